using System.Buffers;
using System.Globalization;

namespace Emend.Logic.Evaluation;

/// <summary>A dotted path into the canonical JSON text of arguments, followed in place: no parsing into objects, no allocation.</summary>
/// <remarks>Canonical text has no white space and one spelling per string, so names compare as they stand, quotes and escapes included.</remarks>
internal sealed class ArgsPath
{
    private readonly string[] _names; // quoted
    private readonly int[] _indexes; // the same steps as positions in an array; -1 when not a number

    public ArgsPath(string path)
    {
        Steps = path.Split('.');
        _names = [.. Steps.Select(CanonicalJson.Quote)];
        _indexes = [.. Steps.Select(static s => int.TryParse(s, NumberStyles.None, CultureInfo.InvariantCulture, out var i) ? i : -1)];
    }

    /// <summary>The steps, unquoted.</summary>
    public string[] Steps { get; }

    /// <summary>The JSON text of the value; empty when there is none.</summary>
    public ReadOnlySpan<char> Find(ReadOnlySpan<char> json, int steps = int.MaxValue)
    {
        for (var i = 0; i < _names.Length && i < steps; i++)
        {
            json = json.IsEmpty ? json : json[0] == '{' ? Member(json, _names[i]) : json[0] == '[' ? Item(json, _indexes[i]) : [];
            if (json.IsEmpty) return json;
        }
        return json[..Length(json)];
    }

    /// <summary>Whether an array holds strings only.</summary>
    public static bool IsSet(ReadOnlySpan<char> array)
    {
        for (var rest = array[1..]; rest[0] != ']';)
        {
            if (rest[0] != '"') return false;
            rest = After(rest);
        }
        return true;
    }

    /// <summary>Takes the next string of an array; false at its end.</summary>
    public static bool NextString(ref ReadOnlySpan<char> rest, out ReadOnlySpan<char> quoted)
    {
        quoted = [];
        if (rest[0] == ']') return false;
        quoted = rest[..Length(rest)];
        rest = After(rest);
        return true;
    }

    /// <summary>The symbol of a quoted string.</summary>
    public static int FindString(SymbolTable table, ReadOnlySpan<char> quoted)
    {
        var inner = quoted[1..^1];
        if (!inner.Contains('\\')) return table.Find(inner);
        char[]? rented = null;
        Span<char> plain = inner.Length <= 256 ? stackalloc char[256] : (rented = ArrayPool<char>.Shared.Rent(inner.Length));
        var length = 0;
        for (var i = 0; i < inner.Length; i++)
        {
            var c = inner[i];
            if (c == '\\')
            {
                c = inner[++i] switch { 'b' => '\b', 't' => '\t', 'n' => '\n', 'f' => '\f', 'r' => '\r', var other => other };
                if (c == 'u')
                {
                    c = (char)ushort.Parse(inner.Slice(i + 1, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
                    i += 4;
                }
            }
            plain[length++] = c;
        }
        var symbol = table.Find(plain[..length]);
        if (rented is not null) ArrayPool<char>.Shared.Return(rented);
        return symbol;
    }

    private static ReadOnlySpan<char> Member(ReadOnlySpan<char> json, string name)
    {
        for (var rest = json[1..]; rest[0] != '}';)
        {
            var length = Length(rest);
            var value = rest[(length + 1)..];
            if (rest[..length].SequenceEqual(name)) return value;
            rest = After(value);
        }
        return [];
    }

    private static ReadOnlySpan<char> Item(ReadOnlySpan<char> json, int index)
    {
        if (index < 0) return [];
        var rest = json[1..];
        for (; rest[0] != ']'; index--)
        {
            if (index == 0) return rest;
            rest = After(rest);
        }
        return [];
    }

    // What follows a value: the next one after its comma, or the closing bracket.
    private static ReadOnlySpan<char> After(ReadOnlySpan<char> value)
    {
        var rest = value[Length(value)..];
        return rest[0] == ',' ? rest[1..] : rest;
    }

    // Length of the value that the text begins with.
    private static int Length(ReadOnlySpan<char> json)
    {
        if (json[0] == '"') return StringLength(json);
        if (json[0] is not ('{' or '['))
        {
            var end = json.IndexOfAny(',', '}', ']');
            return end < 0 ? json.Length : end;
        }
        var depth = 0;
        for (var i = 0; ; i++)
        {
            switch (json[i])
            {
                case '"': i += StringLength(json[i..]) - 1; break;
                case '{' or '[': depth++; break;
                case '}' or ']' when --depth == 0: return i + 1;
            }
        }
    }

    private static int StringLength(ReadOnlySpan<char> json)
    {
        var i = 1;
        while (json[i] != '"') i += json[i] == '\\' ? 2 : 1;
        return i + 1;
    }
}
