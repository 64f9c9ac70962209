using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Emend.Engine.Privacy;

namespace Emend.Engine.Journal;

/// <summary>A stored run of records, opened: the table of paths read, the records found by position.</summary>
internal sealed class RecordRun
{
    /// <summary>Version of the layout; the first byte of a run.</summary>
    public const byte Version = 1;

    private readonly byte[] _bytes;
    private readonly PathTable _paths;
    private readonly int _ends, _records;

    private RecordRun(byte[] bytes, PathTable paths, int count, int ends)
    {
        (_bytes, _paths, Count, _ends, _records) = (bytes, paths, count, ends, ends + (4 * count));
    }

    /// <summary>Records in it.</summary>
    public int Count { get; }

    /// <summary>Opens the bytes of a run.</summary>
    /// <exception cref="JournalFormatException">They are damaged.</exception>
    public static RecordRun Open(byte[] bytes)
    {
        var reader = new ByteReader(bytes);
        if (reader.Byte() is var version && version != Version) throw new JournalFormatException($"the records are in layout {version}, which this version does not know");
        var paths = PathTable.Read(ref reader);
        var count = reader.Count();
        var ends = reader.Position;
        if (count > (bytes.Length - ends) / 4) throw new JournalFormatException($"{count} records are announced, more than there is room for");
        reader.Take(4 * count);
        var previous = 0;
        for (var i = 0; i < count; i++)
        {
            var end = BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(ends + (4 * i)));
            if (end < previous) throw new JournalFormatException($"record {i} ends before it begins");
            previous = end;
        }
        if (reader.Position + previous != bytes.Length) throw new JournalFormatException($"the records end at {reader.Position + previous}, the run at {bytes.Length}");
        return new(bytes, paths, count, ends);
    }

    /// <summary>Stored bytes of one record.</summary>
    public ReadOnlySpan<byte> this[int i]
    {
        get
        {
            var from = i == 0 ? 0 : BinaryPrimitives.ReadInt32BigEndian(_bytes.AsSpan(_ends + (4 * (i - 1))));
            return _bytes.AsSpan(_records + from, BinaryPrimitives.ReadInt32BigEndian(_bytes.AsSpan(_ends + (4 * i))) - from);
        }
    }

    /// <summary>Reads one record; protected fields are null once their key is destroyed.</summary>
    /// <exception cref="JournalFormatException">It is damaged.</exception>
    public JournalRecord Read(int i, EntryKeys entryKeys, KeyStore keys)
    {
        var stored = StoredRecord.Parse(this[i], _paths);
        var fields = new JournalField[stored.Fields.Length];
        var key = keys.ByToken(stored.Token);
        var plain = stored.HasClosed && key is not null ? stored.Decrypt(entryKeys, key) : null;
        var open = new ByteReader(stored.Open);
        var closed = new ByteReader(plain);
        for (var f = 0; f < fields.Length; f++)
        {
            var (@class, path, _) = _paths[stored.Fields[f]];
            fields[f] = @class < FieldClass.Personal ? new(path, @class, open.Text(open.Count()))
                : plain is null ? new(path, @class, null)
                : new(path, @class, closed.Text(closed.Count()));
        }
        if (!closed.AtEnd) throw new JournalFormatException($"the protected fields of record '{stored.Id}' are followed by bytes that belong to none");
        return new(stored.Id, key?.Subject, ImmutableCollectionsMarshal.AsImmutableArray(fields)) { Token = stored.Token };
    }

    /// <summary>Reads one record as projections see it: protected fields and the subject are null.</summary>
    public JournalRecord ReadOpen(int i)
    {
        var stored = StoredRecord.Parse(this[i], _paths);
        var fields = new JournalField[stored.Fields.Length];
        var open = new ByteReader(stored.Open);
        for (var f = 0; f < fields.Length; f++)
        {
            var (@class, path, _) = _paths[stored.Fields[f]];
            fields[f] = new(path, @class, @class < FieldClass.Personal ? open.Text(open.Count()) : null);
        }
        return new(stored.Id, null, ImmutableCollectionsMarshal.AsImmutableArray(fields)) { Token = stored.Token };
    }

    /// <summary>Name of the key that protects a record; zero: the workspace's.</summary>
    public Guid Token(int i)
    {
        var reader = new ByteReader(this[i]);
        reader.Count();
        return reader.Guid();
    }

    /// <summary>Reads one record's parts without decrypting.</summary>
    public StoredRecord Parse(int i) => StoredRecord.Parse(this[i], _paths);

    /// <summary>Class and path of a field.</summary>
    public (FieldClass Class, string Path, byte[] Utf8) Path(int index) => _paths[index];
}

/// <summary>Parts of a stored record.</summary>
internal readonly ref struct StoredRecord
{
    /// <summary>Place in the draft as it was sealed; keys and salts derive from it.</summary>
    public required int Ordinal { get; init; }
    /// <summary>Name of the key that protects it; zero: the workspace's.</summary>
    public required Guid Token { get; init; }
    public required string Id { get; init; }
    /// <summary>Indexes into the table of paths.</summary>
    public required int[] Fields { get; init; }
    /// <summary>Open values, each with its length before it.</summary>
    public required ReadOnlySpan<byte> Open { get; init; }
    public required bool HasClosed { get; init; }
    /// <summary>Digest of the commitments to the closed fields; empty when there are none.</summary>
    public ReadOnlySpan<byte> ClosedDigest { get; init; }
    public ReadOnlySpan<byte> Cipher { get; init; }
    public ReadOnlySpan<byte> Tag { get; init; }

    public static StoredRecord Parse(ReadOnlySpan<byte> bytes, PathTable paths)
    {
        var reader = new ByteReader(bytes);
        var ordinal = reader.Count();
        var token = reader.Guid();
        var id = reader.Text(reader.Count());
        var count = reader.Count();
        if (count > bytes.Length) throw new JournalFormatException($"record '{id}' announces {count} fields, more than there is room for");
        var fields = new int[count];
        int open = 0, closed = 0;
        for (var i = 0; i < count; i++)
        {
            fields[i] = reader.Count();
            if (fields[i] >= paths.Count) throw new JournalFormatException($"record '{id}' names field {fields[i]}, but there are {paths.Count}");
            if (i > 0 && string.CompareOrdinal(paths[fields[i - 1]].Path, paths[fields[i]].Path) >= 0)
                throw new JournalFormatException($"fields of record '{id}' are out of order");
            if (paths[fields[i]].Class < FieldClass.Personal) open++; else closed++;
        }
        var from = reader.Position;
        for (; open > 0; open--) reader.Take(reader.Count());
        var openBytes = bytes[from..reader.Position];
        if (closed == 0)
        {
            return reader.AtEnd
                ? new() { Ordinal = ordinal, Token = token, Id = id, Fields = fields, Open = openBytes, HasClosed = false }
                : throw new JournalFormatException($"record '{id}' is followed by bytes that do not belong to it");
        }
        var digest = reader.Take(MerkleHash.Size);
        var cipher = reader.Take(reader.Count());
        var tag = reader.Take(EntryKeys.TagSize);
        if (!reader.AtEnd) throw new JournalFormatException($"record '{id}' is followed by bytes that do not belong to it");
        return new() { Ordinal = ordinal, Token = token, Id = id, Fields = fields, Open = openBytes, HasClosed = true, ClosedDigest = digest, Cipher = cipher, Tag = tag };
    }

    /// <summary>The closed values, each with its length before it.</summary>
    public byte[] Decrypt(EntryKeys entryKeys, DataKey key)
    {
        var plain = new byte[Cipher.Length];
        entryKeys.Decrypt(key, Ordinal, Id, Cipher, Tag, plain);
        return plain;
    }
}
