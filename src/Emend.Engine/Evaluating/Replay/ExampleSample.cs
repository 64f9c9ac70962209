using System.Runtime.InteropServices;
using System.Text.Json;

namespace Emend.Engine.Evaluating.Replay;

/// <summary>A few decision ids out of many: those with the smallest hash.</summary>
/// <remarks>
/// The same ids whatever the order of the stream and the number of workers, spread over the whole history rather than its
/// first hour, and bounded in memory.
/// </remarks>
internal struct ExampleSample
{
    private (ulong Hash, string Id)[]? _items;
    private int _count;

    /// <summary>The ids, by hash.</summary>
    public readonly string[] Ids => [.. (_items ?? []).Take(_count).Select(static item => item.Id)];

    public void Add(ulong hash, string id, int limit)
    {
        if (limit == 0) return;
        _items ??= new (ulong, string)[limit];
        if (_count == limit && !Before((hash, id), _items[_count - 1])) return;
        var at = _count < limit ? _count++ : limit - 1;
        while (at > 0 && Before((hash, id), _items[at - 1]))
        {
            _items[at] = _items[at - 1];
            at--;
        }
        _items[at] = (hash, id);
    }

    public void Add(in ExampleSample other, int limit)
    {
        for (var i = 0; i < other._count; i++) Add(other._items![i].Hash, other._items[i].Id, limit);
    }

    public readonly void WriteTo(Utf8JsonWriter json, string name)
    {
        if (_count == 0) return;
        json.WriteStartArray(name);
        for (var i = 0; i < _count; i++) json.WriteStringValue(_items![i].Id);
        json.WriteEndArray();
    }

    /// <summary>A 64-bit hash of an id, the same on every machine: eight bytes a step, multiply and fold (not for secrets).</summary>
    public static ulong HashOf(string id)
    {
        var hash = 0x9E3779B97F4A7C15UL ^ (ulong)id.Length;
        var bytes = MemoryMarshal.AsBytes(id.AsSpan());
        while (bytes.Length >= 8)
        {
            hash = Mix(hash ^ MemoryMarshal.Read<ulong>(bytes));
            bytes = bytes[8..];
        }
        var tail = 0UL;
        for (var i = 0; i < bytes.Length; i++) tail |= (ulong)bytes[i] << (8 * i);
        return Mix(hash ^ tail);
    }

    private static ulong Mix(ulong value)
    {
        var high = Math.BigMul(value, 0xD6E8FEB86659FD93UL, out var low);
        return high ^ low;
    }

    private static bool Before((ulong Hash, string Id) left, (ulong Hash, string Id) right) =>
        left.Hash != right.Hash ? left.Hash < right.Hash : string.CompareOrdinal(left.Id, right.Id) < 0;
}
