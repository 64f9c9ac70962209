namespace Emend.Engine.Learning.Features;

/// <summary>The events of one key as a look back meets them: taken in as they became known, asked at instants that only go forward.</summary>
/// <remarks>Holds the grains of one window and what lies ahead of it; each event is added once and dropped once, so an ask costs no walk over the window.</remarks>
internal sealed class SlidingWindow(FeatureView view, Measure measure)
{
    // By grain, ascending. Those before _from have left the window, those from _to on lie ahead of it.
    private readonly List<Cell> _cells = [];
    private readonly Dictionary<string, int> _members = new(StringComparer.Ordinal);
    private int _from, _to;
    private long _now = long.MinValue;
    private long _count;
    private Int128 _total;

    /// <summary>Takes an event in.</summary>
    public void Add(long at, long amount, string? member, string? tie)
    {
        var grain = view.GrainOf(at);
        if (IsBehind(grain)) return;
        var place = Place(grain);
        var cell = _cells[place];
        cell.Count++;
        cell.Total += amount;
        if (measure == Measure.Distinct && member is not null) (cell.Members ??= new(StringComparer.Ordinal))[member] = cell.Members.GetValueOrDefault(member) + 1;
        if (measure == Measure.Last && (cell.Last is null || at > cell.LastAt || (at == cell.LastAt && string.CompareOrdinal(tie, cell.LastTie) > 0)))
            (cell.Last, cell.LastAt, cell.LastTie) = (member, at, tie);
        if (place >= _to) return;
        _count++;
        _total += amount;
        if (measure == Measure.Distinct && member is not null) _members[member] = _members.GetValueOrDefault(member) + 1;
    }

    /// <summary>What is in the window at an instant, which is not before the one asked last.</summary>
    public WindowSums At(long at)
    {
        var now = view.GrainOf(at);
        if (now > _now || _now == long.MinValue)
        {
            _now = now;
            while (_to < _cells.Count && _cells[_to].Grain <= now) Count(_cells[_to++], 1);
            while (_from < _to && IsBehind(_cells[_from].Grain)) Count(_cells[_from++], -1);
            if (_from > 64 && _from * 2 > _cells.Count)
            {
                _cells.RemoveRange(0, _from);
                (_from, _to) = (0, _to - _from);
            }
        }
        return _from == _to ? WindowSums.None : new(_count, _total, _members.Count, _cells[_to - 1].Last, _cells[_to - 1].Grain);
    }

    private bool IsBehind(long grain) => view.Window is not null && _now != long.MinValue && grain <= _now - view.Grains;

    // Nearly always the newest grain or the one before it: looked for from the end.
    private int Place(long grain)
    {
        var at = _cells.Count - 1;
        while (at >= _from && _cells[at].Grain > grain) at--;
        if (at >= _from && _cells[at].Grain == grain) return at;
        _cells.Insert(++at, new() { Grain = grain });
        // In the window, before its end: it pushes the end on by one.
        if (_now != long.MinValue && grain <= _now) _to++;
        return at;
    }

    private void Count(Cell cell, int sign)
    {
        _count += sign * cell.Count;
        _total += sign * cell.Total;
        if (cell.Members is null) return;
        foreach (var (member, n) in cell.Members)
        {
            var left = _members.GetValueOrDefault(member) + (sign * n);
            if (left == 0) _members.Remove(member);
            else _members[member] = left;
        }
    }

    private sealed class Cell
    {
        public long Grain;
        public long Count;
        public Int128 Total;
        public Dictionary<string, int>? Members;
        public string? Last, LastTie;
        public long LastAt;
    }
}
