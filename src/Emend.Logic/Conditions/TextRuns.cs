using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Emend.Logic.Conditions;

/// <summary>
/// Cuts a text where every word ends, sixteen characters at a time: at ASCII characters that are neither letter, digit nor apostrophe. A run
/// between two cuts that is plain (ASCII letters and digits only) is one word, lower-cased already; of any other <see cref="WordScanner"/>
/// makes the words, of which it may hold none or several.
/// </summary>
internal ref struct TextRuns
{
    private const int Block = 64; // characters behind one mask
    private const int WordsPerBlock = (Block / sizeof(ulong)) + 2; // bytes lower-cased, and two masks

    private readonly ReadOnlySpan<char> _text;
    private readonly Span<byte> _lowered; // two words longer than the text, so that keys are read without looking
    private readonly Span<ulong> _runs;
    private readonly Span<ulong> _special;
    private readonly bool _isAllPlain;
    private int _at;

    /// <param name="text">Text to cut.</param>
    /// <param name="room">At least <see cref="Room"/> words; what is in them does not matter.</param>
    public TextRuns(ReadOnlySpan<char> text, Span<ulong> room)
    {
        var blocks = (text.Length + Block - 1) / Block;
        _text = text;
        _runs = room[..blocks];
        _special = room.Slice(blocks, blocks);
        _lowered = MemoryMarshal.AsBytes(room[(2 * blocks)..]);
        _isAllPlain = Classify(text, ref MemoryMarshal.GetReference(_lowered), _runs, _special) == 0;
    }

    /// <summary>Where the current run starts.</summary>
    public int Start { get; private set; }

    /// <summary>How many characters it has.</summary>
    public int Length { get; private set; }

    /// <summary>Its characters.</summary>
    public readonly ReadOnlySpan<char> Text => _text.Slice(Start, Length);

    /// <summary>The word, when <see cref="IsPlain"/>.</summary>
    public readonly ReadOnlySpan<byte> Lowered => _lowered.Slice(Start, Length);

    /// <summary>Whether the run is one word of ASCII letters and digits.</summary>
    public readonly bool IsPlain => _isAllPlain || IsClear(_special, Start, Start + Length);

    /// <summary>Words of memory that a text of so many characters needs.</summary>
    public static int Room(int length) => ((length + Block - 1) / Block * WordsPerBlock) + 2;

    /// <summary>Moves to the next run; false at the end of the text.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Next()
    {
        Start = Find(_runs, _at, 0);
        if (Start < 0) return false;
        var end = Find(_runs, Start, ulong.MaxValue);
        if (end < 0) end = _runs.Length * Block;
        Length = end - Start;
        _at = end;
        return true;
    }

    /// <summary>A plain word of at most sixteen characters as a number: two words are the same when their numbers are.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly (ulong Low, ulong High) Key()
    {
        var bytes = _lowered[Start..];
        var (low, high) = (BinaryPrimitives.ReadUInt64LittleEndian(bytes), BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]));
        return Length <= 8 ? (low & (ulong.MaxValue >> (64 - (8 * Length))), 0) : (low, high & (ulong.MaxValue >> (128 - (8 * Length))));
    }

    // The first bit at or after a place that differs from the pattern; -1 when there is none.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Find(ReadOnlySpan<ulong> masks, int from, ulong pattern)
    {
        var at = from / Block;
        if (at >= masks.Length) return -1;
        var bits = (masks[at] ^ pattern) & (ulong.MaxValue << from);
        while (bits == 0)
        {
            if (++at == masks.Length) return -1;
            bits = masks[at] ^ pattern;
        }
        return (at * Block) + BitOperations.TrailingZeroCount(bits);
    }

    private static bool IsClear(ReadOnlySpan<ulong> masks, int from, int to)
    {
        var next = Find(masks, from, 0);
        return next < 0 || next >= to;
    }

    // Answers whether anything is special: an apostrophe, or not ASCII.
    [SkipLocalsInit]
    private static ulong Classify(ReadOnlySpan<char> text, ref byte lowered, Span<ulong> runs, Span<ulong> special)
    {
        Span<char> rest = stackalloc char[16];
        var any = 0UL;
        var at = 0;
        for (var block = 0; block < runs.Length; block++)
        {
            var (run, odd) = (0UL, 0UL);
            for (var shift = 0; shift < Block && at < text.Length; shift += 16, at += 16)
            {
                var isWhole = text.Length - at >= 16;
                if (!isWhole)
                {
                    // The end of the text, filled up with what is in no word.
                    rest.Clear();
                    text[at..].CopyTo(rest);
                }
                Classify(ref isWhole ? ref Unsafe.Add(ref MemoryMarshal.GetReference(text), at) : ref MemoryMarshal.GetReference(rest), out var low, out var runBits, out var oddBits);
                low.StoreUnsafe(ref lowered, (nuint)at);
                run |= (ulong)runBits << shift;
                odd |= (ulong)oddBits << shift;
            }
            runs[block] = run;
            special[block] = odd;
            any |= odd;
        }
        return any;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Classify(ref char from, out Vector128<byte> lowered, out uint run, out uint special)
    {
        ref var units = ref Unsafe.As<char, ushort>(ref from);
        // What is not ASCII keeps its highest bit, by saturation.
        var c = Vector128.NarrowWithSaturation(Vector128.LoadUnsafe(ref units), Vector128.LoadUnsafe(ref units, 8));
        var lower = c | Vector128.Create((byte)0x20);
        var isLetter = Vector128.LessThanOrEqual(lower - Vector128.Create((byte)'a'), Vector128.Create((byte)25));
        var isDigit = Vector128.LessThanOrEqual(c - Vector128.Create((byte)'0'), Vector128.Create((byte)9));
        var isApostrophe = Vector128.Equals(c, Vector128.Create((byte)'\''));
        lowered = Vector128.ConditionalSelect(isLetter, lower, c);
        special = (isApostrophe | c).ExtractMostSignificantBits();
        run = (isLetter | isDigit).ExtractMostSignificantBits() | special;
    }
}
