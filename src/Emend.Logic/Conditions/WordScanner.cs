using System.Globalization;
using System.Text;

namespace Emend.Logic.Conditions;

/// <summary>Walks the words of a text (<see cref="TextTokens"/>) without allocating: each word is lower-cased into the caller's buffer.</summary>
internal ref struct WordScanner
{
    private readonly ReadOnlySpan<char> _text;
    private readonly Span<char> _buffer;
    private int _at;

    /// <param name="text">Text to walk.</param>
    /// <param name="buffer">Holds one word. A longer word is reported as <see cref="IsTooLong"/> and cut.</param>
    public WordScanner(ReadOnlySpan<char> text, Span<char> buffer)
    {
        _text = text;
        _buffer = buffer;
    }

    /// <summary>The current word; valid until the next call of <see cref="Next"/>.</summary>
    public ReadOnlySpan<char> Word { get; private set; }

    /// <summary>True when the current word did not fit the buffer.</summary>
    public bool IsTooLong { get; private set; }

    // What an ASCII character is to a word: itself in lower case, 1 for the apostrophe, which stands in words and is left out, 0 for their end.
    private static ReadOnlySpan<byte> OfAscii =>
    [
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, (byte)'0', (byte)'1', (byte)'2', (byte)'3', (byte)'4', (byte)'5', (byte)'6', (byte)'7', (byte)'8', (byte)'9', 0, 0, 0, 0, 0, 0,
        0, (byte)'a', (byte)'b', (byte)'c', (byte)'d', (byte)'e', (byte)'f', (byte)'g', (byte)'h', (byte)'i', (byte)'j', (byte)'k', (byte)'l', (byte)'m', (byte)'n', (byte)'o',
        (byte)'p', (byte)'q', (byte)'r', (byte)'s', (byte)'t', (byte)'u', (byte)'v', (byte)'w', (byte)'x', (byte)'y', (byte)'z', 0, 0, 0, 0, 0,
        0, (byte)'a', (byte)'b', (byte)'c', (byte)'d', (byte)'e', (byte)'f', (byte)'g', (byte)'h', (byte)'i', (byte)'j', (byte)'k', (byte)'l', (byte)'m', (byte)'n', (byte)'o',
        (byte)'p', (byte)'q', (byte)'r', (byte)'s', (byte)'t', (byte)'u', (byte)'v', (byte)'w', (byte)'x', (byte)'y', (byte)'z', 0, 0, 0, 0, 0,
    ];

    /// <summary>Moves to the next word; false at the end of the text.</summary>
    public bool Next()
    {
        var text = _text;
        var buffer = _buffer;
        var at = _at;
        var length = 0;
        var isTooLong = false;
        while (at < text.Length)
        {
            var c = text[at];
            if (c < OfAscii.Length)
            {
                at++;
                var folded = OfAscii[c];
                if (folded > 1)
                {
                    if (length < buffer.Length) buffer[length++] = (char)folded;
                    else isTooLong = true;
                }
                else if (folded == 0 && (length > 0 || isTooLong))
                {
                    break;
                }
                continue;
            }

            Rune.DecodeFromUtf16(text[at..], out var rune, out var consumed);
            at += consumed;
            if (IsOfWord(rune))
            {
                var lower = Rune.ToLowerInvariant(rune);
                if (length + lower.Utf16SequenceLength <= buffer.Length) length += lower.EncodeToUtf16(buffer[length..]);
                else isTooLong = true;
            }
            else if (rune.Value != 0x2019 && (length > 0 || isTooLong))
            {
                break;
            }
        }
        _at = at;
        IsTooLong = isTooLong;
        Word = buffer[..length];
        return length > 0 || isTooLong;
    }

    // Letters, marks and numbers: the first eleven categories after one another (Lu .. No).
    private static bool IsOfWord(Rune rune) => Rune.GetUnicodeCategory(rune) is >= UnicodeCategory.UppercaseLetter and <= UnicodeCategory.OtherNumber;
}
