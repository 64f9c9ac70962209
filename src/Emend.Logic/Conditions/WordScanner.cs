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

    /// <summary>Moves to the next word; false at the end of the text.</summary>
    public bool Next()
    {
        var length = 0;
        IsTooLong = false;
        while (_at < _text.Length)
        {
            var c = _text[_at];
            if (char.IsAscii(c))
            {
                _at++;
                if (char.IsAsciiLetterOrDigit(c))
                {
                    if (length < _buffer.Length) _buffer[length++] = (char)(char.IsAsciiLetterUpper(c) ? c | 0x20 : c);
                    else IsTooLong = true;
                }
                else if (c != '\'' && (length > 0 || IsTooLong))
                {
                    break;
                }
                continue;
            }

            Rune.DecodeFromUtf16(_text[_at..], out var rune, out var consumed);
            _at += consumed;
            if (IsOfWord(rune))
            {
                var lower = Rune.ToLowerInvariant(rune);
                if (length + lower.Utf16SequenceLength <= _buffer.Length) length += lower.EncodeToUtf16(_buffer[length..]);
                else IsTooLong = true;
            }
            else if (rune.Value != 0x2019 && (length > 0 || IsTooLong))
            {
                break;
            }
        }
        Word = _buffer[..length];
        return length > 0 || IsTooLong;
    }

    // Letters, marks and numbers: the first eleven categories after one another (Lu .. No).
    private static bool IsOfWord(Rune rune) => Rune.GetUnicodeCategory(rune) is >= UnicodeCategory.UppercaseLetter and <= UnicodeCategory.OtherNumber;
}
