namespace Emend.Engine.Learning.Corrector;

/// <summary>Numbers keys in the order in which they come: 0, 1, 2. A key and its number stand in one word of memory, so that a look-up fetches one line of it.</summary>
/// <remarks>Keys are hashes already (<see cref="Emend.Logic.Corrector.CaseFeatures"/>): their low bits say where to look.</remarks>
internal sealed class KeyTable
{
    private ulong[] _places = new ulong[1_024]; // key above, number + 1 below; 0: free
    private int _count;

    /// <summary>The number of a key; -1 when it is not there.</summary>
    public int Find(uint key) => (int)(uint)_places[PlaceOf(key)] - 1;

    /// <summary>The number of a key; the next one when it is new.</summary>
    public int FindOrAdd(uint key)
    {
        var place = PlaceOf(key);
        if (_places[place] != 0) return (int)(uint)_places[place] - 1;
        _places[place] = (ulong)key << 32 | (uint)++_count;
        if (_count * 2 > _places.Length) Grow();
        return _count - 1;
    }

    private int PlaceOf(uint key)
    {
        var places = _places;
        var mask = places.Length - 1;
        var place = (int)key & mask;
        while (places[place] != 0 && (uint)(places[place] >> 32) != key) place = (place + 1) & mask;
        return place;
    }

    private void Grow()
    {
        var before = _places;
        _places = new ulong[2 * before.Length];
        foreach (var one in before)
            if (one != 0) _places[PlaceOf((uint)(one >> 32))] = one;
    }
}
