using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Emend.Logic.Conditions;

namespace Emend.Logic.Evaluation;

/// <summary>
/// What identifies a case without saying what it is: a salted hash over everything the agent knew and proposed (task type, features, the words
/// of the text, the action with its arguments). Confidence and time do not enter. The format is in docs/spec/conditions.md.
/// </summary>
/// <remarks>
/// A bundle that remembers a case holds this in place of the case's words. Who holds the bundle can still test a guess of the whole case; see there.
/// Text: four hexadecimal digits that tell most other cases apart at the price of a short multiplication, then the first 16 bytes of the SHA-256.
/// </remarks>
public static class CaseFingerprint
{
    /// <summary>Characters of a fingerprint.</summary>
    public const int Length = TagDigits + DigestDigits;

    /// <summary>Longest salt, in characters.</summary>
    public const int MaxSalt = 64;

    private const int StackRoom = 162; // texts of up to 1,024 characters
    private const int TagDigits = 4;
    private const int DigestDigits = 32;
    private const ulong Multiplier = 0x9e3779b97f4a7c15UL;

    /// <summary>The fingerprint of a case under a salt.</summary>
    public static string Of(Context context, AgentAction proposed, string salt)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(proposed);
        ArgumentNullException.ThrowIfNull(salt);
        var bytes = ArrayPool<byte>.Shared.Rent(Bound(context, proposed) + Bound(salt));
        var length = Write(context, proposed, bytes);
        length += WriteSalt(salt, bytes.AsSpan(length));
        Span<byte> hash = stackalloc byte[2 + SHA256.HashSizeInBytes];
        BinaryPrimitives.WriteUInt16BigEndian(hash, Tag(bytes.AsSpan(0, length)));
        SHA256.HashData(bytes.AsSpan(0, length), hash[2..]);
        ArrayPool<byte>.Shared.Return(bytes, clearArray: true);
        return Convert.ToHexStringLower(hash[..(Length / 2)]);
    }

    /// <summary>Reads a fingerprint; false when the text is none.</summary>
    internal static bool TryParse(string text, out ushort tag, out UInt128 digest)
    {
        (tag, digest) = (0, 0);
        if (text.Length != Length) return false;
        foreach (var c in text)
            if (!char.IsAsciiHexDigitLower(c)) return false;
        var bytes = Convert.FromHexString(text);
        tag = BinaryPrimitives.ReadUInt16BigEndian(bytes);
        digest = BinaryPrimitives.ReadUInt128BigEndian(bytes.AsSpan(2));
        return true;
    }

    /// <summary>Bytes that <see cref="Write"/> needs at most.</summary>
    internal static int Bound(Context context, AgentAction proposed)
    {
        // A code unit takes at most three bytes, a lower-cased one too; a word is followed by one byte.
        var size = 64 + Bound(context.TaskType) + Bound(proposed.Label) + Bound(proposed.Args.Json) + (4 * (context.Text?.Length ?? 0));
        foreach (var (name, value) in context.Features)
        {
            size += Bound(name) + 16 + Bound(value.AsString);
            foreach (var member in value.AsSet) size += Bound(member);
        }
        return size;
    }

    /// <summary>Bytes that a text takes at most.</summary>
    internal static int Bound(string? text) => 8 + (3 * (text?.Length ?? 0));

    /// <summary>Writes a case down, without its salt; answers the length.</summary>
    internal static int Write(Context context, AgentAction proposed, Span<byte> to)
    {
        var at = 0;
        if (context.TaskType is { } task) Put((byte)'t', task, to, ref at);
        Put((byte)'a', proposed.Label, to, ref at);
        Put((byte)'j', proposed.Args.Json, to, ref at);
        foreach (var (name, value) in context.Features)
        {
            Put((byte)'f', name, to, ref at);
            Put(value, to, ref at);
        }
        if (context.Text is { } text) PutWords(text, to, ref at);
        return at;
    }

    /// <summary>Writes the salt behind a case; answers its length.</summary>
    internal static int WriteSalt(string salt, Span<byte> to)
    {
        var at = 0;
        Put((byte)'s', salt, to, ref at);
        return at;
    }

    /// <summary>A short sum that two cases rarely share.</summary>
    internal static ushort Tag(ReadOnlySpan<byte> bytes)
    {
        var sum = (ulong)bytes.Length;
        for (; bytes.Length >= 8; bytes = bytes[8..]) sum = Mix(sum, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        ulong rest = 0;
        for (var i = 0; i < bytes.Length; i++) rest |= (ulong)bytes[i] << (8 * i);
        return (ushort)(Mix(sum, rest) >> 48);
    }

    private static ulong Mix(ulong sum, ulong chunk)
    {
        sum = (sum ^ chunk) * Multiplier;
        return sum ^ (sum >> 32);
    }

    private static void Put(byte what, ReadOnlySpan<char> text, Span<byte> to, ref int at)
    {
        to[at] = what;
        var length = Encoding.UTF8.GetBytes(text, to[(at + 5)..]);
        BinaryPrimitives.WriteInt32LittleEndian(to[(at + 1)..], length);
        at += 5 + length;
    }

    private static void Put(in FeatureValue value, Span<byte> to, ref int at)
    {
        switch (value.Kind)
        {
            case FeatureKind.String:
                Put((byte)'S', value.AsString, to, ref at);
                break;
            case FeatureKind.Number:
                to[at++] = (byte)'N';
                BinaryPrimitives.WriteDoubleLittleEndian(to[at..], value.AsNumber);
                at += 8;
                break;
            case FeatureKind.Boolean:
                to[at++] = (byte)(value.AsBoolean ? '1' : '0');
                break;
            case FeatureKind.Timestamp:
                to[at++] = (byte)'I';
                BinaryPrimitives.WriteInt64LittleEndian(to[at..], value.AsMicroseconds);
                at += 8;
                break;
            case FeatureKind.StringSet:
                to[at++] = (byte)'[';
                foreach (var member in value.AsSet) Put((byte)'m', member, to, ref at);
                to[at++] = (byte)']';
                break;
        }
    }

    private static void PutWords(string text, Span<byte> to, ref int at)
    {
        to[at++] = (byte)'w';
        var size = TextRuns.Room(text.Length);
        var rented = size > StackRoom ? ArrayPool<ulong>.Shared.Rent(size) : null;
        var runs = new TextRuns(text, rented ?? stackalloc ulong[StackRoom]);
        while (runs.Next())
        {
            if (runs.IsPlain)
            {
                runs.Lowered.CopyTo(to[at..]);
                at += runs.Length;
                to[at++] = (byte)' ';
            }
            else
            {
                PutWordsOneByOne(runs.Text, to, ref at);
            }
        }
        if (rented is not null) ArrayPool<ulong>.Shared.Return(rented, clearArray: true);
    }

    private static void PutWordsOneByOne(ReadOnlySpan<char> run, Span<byte> to, ref int at)
    {
        // Lower-casing one code point at a time never makes a text longer than twice itself.
        var size = run.Length * 2;
        var rented = size > 256 ? ArrayPool<char>.Shared.Rent(size) : null;
        var words = new WordScanner(run, rented ?? stackalloc char[256]);
        while (words.Next())
        {
            at += Encoding.UTF8.GetBytes(words.Word, to[at..]);
            to[at++] = (byte)' ';
        }
        if (rented is not null) ArrayPool<char>.Shared.Return(rented, clearArray: true);
    }
}
