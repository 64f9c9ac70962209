using System.Text;

namespace Emend.Engine.Journal;

/// <summary>The distinct (class, path) pairs of a batch, written once per run of records instead of once per record.</summary>
internal sealed class PathTable
{
    private readonly List<(FieldClass Class, string Path, byte[] Utf8)> _paths = [];
    private readonly Dictionary<(FieldClass, string), int> _index = [];

    public int Count => _paths.Count;

    /// <summary>One pair.</summary>
    public (FieldClass Class, string Path, byte[] Utf8) this[int i] => _paths[i];

    /// <summary>Bytes it takes.</summary>
    public int Size { get; private set; }

    /// <summary>Index of a pair, added when new.</summary>
    public int Add(FieldClass @class, string path)
    {
        if (_index.TryGetValue((@class, path), out var at)) return at;
        var utf8 = Encoding.UTF8.GetBytes(path);
        at = _paths.Count;
        _paths.Add((@class, path, utf8));
        _index.Add((@class, path), at);
        Size += 1 + ByteWriter.SizeOfCount(utf8.Length) + utf8.Length;
        return at;
    }

    /// <summary>Index of a pair that was added.</summary>
    public int Of(FieldClass @class, string path) => _index[(@class, path)];

    public void Write(Span<byte> to, ref int at)
    {
        ByteWriter.Count(to, ref at, _paths.Count);
        foreach (var (@class, _, utf8) in _paths)
        {
            to[at++] = (byte)@class;
            ByteWriter.Count(to, ref at, utf8.Length);
            utf8.CopyTo(to[at..]);
            at += utf8.Length;
        }
    }

    // The table read last on this thread: entries of one type come with the same table, and making it anew is most of what opening a small run costs.
    [ThreadStatic]
    private static (byte[] Bytes, PathTable Table) t_last;

    /// <summary>Reads a table. It is shared: nothing may be added to it.</summary>
    public static PathTable Read(ref ByteReader reader)
    {
        if (t_last is { Bytes: { } bytes, Table: { } last } && reader.Rest.StartsWith(bytes))
        {
            // The bytes say themselves where they end, so equal beginnings are equal tables.
            reader.Take(bytes.Length);
            return last;
        }
        var rest = reader.Rest;
        var read = ReadNew(ref reader);
        t_last = (rest[..^reader.Rest.Length].ToArray(), read);
        return read;
    }

    private static PathTable ReadNew(ref ByteReader reader)
    {
        var table = new PathTable();
        for (var count = reader.Count(); count > 0; count--)
        {
            var @class = reader.Byte();
            if (@class >= (byte)FieldClass.Secret) throw new JournalFormatException($"field class {@class} is not stored by this version");
            var before = table.Count;
            table.Add((FieldClass)@class, reader.Text(reader.Count()));
            if (table.Count == before) throw new JournalFormatException("a path stands twice in the table of paths");
        }
        return table;
    }
}
