using System.Globalization;
using System.Text;

namespace Emend.Logic.Conditions;

internal enum TokenKind : byte { End, Name, String, Number, Sign }

/// <summary>One piece of the text form; <see cref="Text"/> is unescaped for strings.</summary>
internal readonly record struct Token(TokenKind Kind, int Start, string Text)
{
    public bool IsName(string name) => Kind == TokenKind.Name && Text == name;

    public bool IsSign(string sign) => Kind == TokenKind.Sign && Text == sign;
}

/// <summary>Cuts the text form into tokens.</summary>
internal sealed class ConditionLexer(string text)
{
    // Longest first; some are no operators here, but taken whole they earn a better message.
    private static readonly string[] Signs =
        ["===", "!==", "==", "!=", "<=", ">=", "<>", "=>", "=<", "&&", "||", "<", ">", "=", "!", "&", "|", "(", ")", "[", "]", "{", "}", ",", "-", "'"];

    private int _at;

    public Token Next()
    {
        while (_at < text.Length && char.IsWhiteSpace(text[_at])) _at++;
        var start = _at;
        if (start == text.Length) return new(TokenKind.End, start, "");
        var c = text[start];
        if (c == '"') return String();
        if (char.IsAsciiDigit(c) || c == '-' && start + 1 < text.Length && char.IsAsciiDigit(text[start + 1])) return Number();
        if (IsNameStart(c))
        {
            while (_at < text.Length && (IsNameStart(text[_at]) || char.IsDigit(text[_at]) || IsDotInside())) _at++;
            return new(TokenKind.Name, start, text[start.._at]);
        }
        foreach (var sign in Signs)
        {
            if (string.CompareOrdinal(text, start, sign, 0, sign.Length) != 0) continue;
            _at += sign.Length;
            return new(TokenKind.Sign, start, sign);
        }
        var shown = Rune.TryGetRuneAt(text, start, out var rune) && !Rune.IsControl(rune) ? $"`{rune}`" : $"U+{(int)c:X4}";
        throw Error(start, $"unexpected character {shown}", c is '“' or '”' or '„' ? "strings stand in straight double quotes" : null);
    }

    public ConditionSyntaxException Error(int position, string what, string? suggestion = null)
    {
        var (line, lineStart) = (1, 0);
        for (var i = 0; i < position && i < text.Length; i++)
            if (text[i] == '\n') (line, lineStart) = (line + 1, i + 1);
        return new(what, line, position - lineStart + 1, suggestion);
    }

    private static bool IsNameStart(char c) => char.IsLetter(c) || c == '_';

    private bool IsDotInside() =>
        text[_at] == '.' && _at + 1 < text.Length && (IsNameStart(text[_at + 1]) || char.IsDigit(text[_at + 1]));

    private Token Number()
    {
        var start = _at++;
        Digits();
        if (_at + 1 < text.Length && text[_at] == '.' && char.IsAsciiDigit(text[_at + 1]))
        {
            _at++;
            Digits();
        }
        if (_at < text.Length && text[_at] is 'e' or 'E')
        {
            var digits = _at + 1 < text.Length && text[_at + 1] is '+' or '-' ? _at + 2 : _at + 1;
            if (digits < text.Length && char.IsAsciiDigit(text[digits]))
            {
                _at = digits;
                Digits();
            }
        }
        if (_at < text.Length && (IsNameStart(text[_at]) || text[_at] == '.'))
            throw Error(start, $"`{text[start..(_at + 1)]}` is not a number", "a name that begins with a digit is written features[\"…\"]");
        return new(TokenKind.Number, start, text[start.._at]);
    }

    private void Digits()
    {
        while (_at < text.Length && char.IsAsciiDigit(text[_at])) _at++;
    }

    private Token String()
    {
        var start = _at++;
        var value = new StringBuilder();
        while (true)
        {
            if (_at >= text.Length) throw Error(start, "this string is never closed", "add the closing double quote");
            var c = text[_at++];
            if (c == '"') return new(TokenKind.String, start, value.ToString());
            if (c < ' ') throw Error(_at - 1, $"a string cannot hold the control character U+{(int)c:X4} as it is", $"write \\u{(int)c:x4}");
            if (c != '\\')
            {
                value.Append(c);
                continue;
            }
            var escape = _at < text.Length ? text[_at++] : '\0';
            switch (escape)
            {
                case '"' or '\\' or '/': value.Append(escape); break;
                case 'b': value.Append('\b'); break;
                case 'f': value.Append('\f'); break;
                case 'n': value.Append('\n'); break;
                case 'r': value.Append('\r'); break;
                case 't': value.Append('\t'); break;
                case 'u' when _at + 4 <= text.Length && ushort.TryParse(text.AsSpan(_at, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var unit):
                    value.Append((char)unit);
                    _at += 4;
                    break;
                default:
                    throw Error(_at - 2, "unknown escape in a string", "known are \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX");
            }
        }
    }
}
