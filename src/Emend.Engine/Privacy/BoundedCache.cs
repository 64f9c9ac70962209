using System.Diagnostics.CodeAnalysis;

namespace Emend.Engine.Privacy;

/// <summary>A cache of at most twice <paramref name="capacity"/> items in two generations: when the young one is full it becomes the old one, and the old one is dropped. Not safe for several threads.</summary>
internal sealed class BoundedCache<TKey, TValue>(int capacity, IEqualityComparer<TKey>? comparer = null) where TKey : notnull
{
    private Dictionary<TKey, TValue> _young = new(comparer), _old = new(comparer);

    public bool TryGet(TKey key, [MaybeNullWhen(false)] out TValue value)
    {
        if (_young.TryGetValue(key, out value)) return true;
        if (!_old.TryGetValue(key, out value)) return false;
        Put(key, value);
        return true;
    }

    public void Put(TKey key, TValue value)
    {
        if (_young.Count >= capacity && !_young.ContainsKey(key))
        {
            (_old, _young) = (_young, _old);
            _young.Clear();
        }
        _young[key] = value;
    }

    public void Remove(TKey key)
    {
        _young.Remove(key);
        _old.Remove(key);
    }
}
