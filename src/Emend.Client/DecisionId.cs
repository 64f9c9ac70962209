using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Emend.Client;

/// <summary>Name of one decision: the caller's own, or a time-ordered one (UUIDv7) that is written out only when somebody asks for its text.</summary>
public readonly struct DecisionId : IEquatable<DecisionId>
{
    private readonly string? _text;
    private readonly Guid _guid;

    private DecisionId(string text) => _text = text;

    private DecisionId(Guid guid) => _guid = guid;

    /// <summary>The caller's own id.</summary>
    public static DecisionId Of(string text)
    {
        ArgumentException.ThrowIfNullOrEmpty(text);
        return new(text);
    }

    /// <inheritdoc/>
    public override string ToString() => _text ?? _guid.ToString();

    /// <inheritdoc/>
    public bool Equals(DecisionId other) => string.Equals(_text, other._text, StringComparison.Ordinal) && _guid == other._guid;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is DecisionId other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(_text, _guid);

    /// <summary>Whether two ids are the same.</summary>
    public static bool operator ==(DecisionId left, DecisionId right) => left.Equals(right);

    /// <summary>Whether two ids differ.</summary>
    public static bool operator !=(DecisionId left, DecisionId right) => !left.Equals(right);

    /// <summary>Whether this id reads so.</summary>
    internal bool Reads(ReadOnlySpan<char> text)
    {
        Span<char> own = stackalloc char[36];
        return Text(own).SequenceEqual(text);
    }

    /// <summary>Its text; <paramref name="room"/> (36 characters) is used when it has to be written out.</summary>
    internal ReadOnlySpan<char> Text(Span<char> room)
    {
        if (_text is not null) return _text;
        _guid.TryFormat(room, out var written);
        return room[..written];
    }

    /// <summary>Makes ids: time, 42 bits drawn once for the process, and a counter. No lock, nothing allocated.</summary>
    internal sealed class Maker
    {
        private readonly ulong _high;
        private readonly ulong _low;
        private uint _count;

        public Maker()
        {
            Span<byte> drawn = stackalloc byte[16];
            RandomNumberGenerator.Fill(drawn);
            _high = 0x7000 | (BinaryPrimitives.ReadUInt64LittleEndian(drawn) & 0x0FFF);
            _low = 0x8000_0000_0000_0000 | ((BinaryPrimitives.ReadUInt64LittleEndian(drawn[8..]) & 0x3FFF_FFFF) << 32);
        }

        public DecisionId Next(long unixMicroseconds)
        {
            Span<byte> bytes = stackalloc byte[16];
            BinaryPrimitives.WriteUInt64BigEndian(bytes, ((ulong)(unixMicroseconds / 1_000) << 16) | _high);
            BinaryPrimitives.WriteUInt64BigEndian(bytes[8..], _low | Interlocked.Increment(ref _count));
            return new(new Guid(bytes, bigEndian: true));
        }
    }
}
