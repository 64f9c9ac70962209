using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Emend.Logic;

namespace Emend.Engine.Capturing.Logs;

/// <summary>Reads the members of one line and notes everything that is wrong with it, not only the first thing.</summary>
internal ref struct LineParser(ReadOnlySpan<byte> line, LogLimits limits, NamePool names)
{
    private readonly ReadOnlySpan<byte> _line = line;
    private Utf8JsonReader _json = new(line, new JsonReaderOptions { MaxDepth = LogLimits.MaxDepth });
    private List<Flaw>? _flaws;

    /// <summary>Reads the line as one object of the given shape.</summary>
    /// <returns>The record, or null when the line has flaws.</returns>
    public static T? Read<T>(ReadOnlySpan<byte> line, LogLimits limits, NamePool names, LineShape<T> shape, out ImmutableArray<Flaw> flaws) where T : class
    {
        var parser = new LineParser(line, limits, names);
        T? record = null;
        try
        {
            if (!Utf8.IsValid(line)) parser.InvalidUtf8();
            else if (parser.Opens()) record = shape(ref parser);
        }
        catch (JsonException why)
        {
            parser.Syntax(why);
        }
        flaws = parser._flaws is null ? [] : [.. parser._flaws];
        return flaws.IsEmpty ? record : null;
    }

    public readonly bool IsClean => _flaws is null;

    /// <summary>Goes to the next member of the current object; false at its end.</summary>
    public bool NextMember() => _json.Read() && _json.TokenType == JsonTokenType.PropertyName;

    /// <summary>Whether the current member has this name.</summary>
    public readonly bool Is(ReadOnlySpan<byte> name) => _json.ValueTextEquals(name);

    /// <summary>Goes to the member's value. A member that stood before is a flaw: only one of two could survive.</summary>
    public bool Once(ref uint seen, int bit, string path)
    {
        var again = (seen & (1u << bit)) != 0;
        if (again) Add(path, "duplicate-member", "stands twice in the line", "keep one of them");
        seen |= 1u << bit;
        _json.Read();
        if (!again) return true;
        _json.Skip();
        return false;
    }

    /// <summary>Text of the current value; null when it is JSON null or flawed.</summary>
    public string? Text(string path, bool pooled = false)
    {
        if (_json.TokenType == JsonTokenType.Null) return null;
        if (_json.TokenType != JsonTokenType.String)
        {
            Wrong(path, "text");
            return null;
        }
        return Decode(path, pooled);
    }

    /// <summary>A name, id or label: 1 to 200 characters, none of them a control character. Null when absent or flawed.</summary>
    public string? Name(string path, bool pooled = true)
    {
        if (_json.TokenType == JsonTokenType.Number)
        {
            Wrong(path, "text");
            return null;
        }
        if (Text(path, pooled) is not { } text) return null;
        if (text.Length is > 0 and <= LogLimits.MaxName && !text.AsSpan().ContainsAnyInRange('\0', '\x1f')) return text;
        if (text.Length == 0) Add(path, "empty", "is empty", "give it a value, or leave the member out when it is optional");
        else if (text.Length > LogLimits.MaxName) Add(path, "too-long", $"has {text.Length} characters", $"use at most {LogLimits.MaxName}");
        else Add(path, "control-character", "holds a control character", "remove it");
        return null;
    }

    /// <summary>An instant with a zone, not more than a day ahead of our clock.</summary>
    public long? Instant(string path)
    {
        if (_json.TokenType == JsonTokenType.Null) return null;
        if (_json.TokenType != JsonTokenType.String)
        {
            Wrong(path, "an instant in quotes");
            return null;
        }
        long micros;
        string? wrong;
        if (_json.ValueIsEscaped)
        {
            if (Decode(path, pooled: false) is not { } text) return null;
            wrong = InstantText.Read(text, out micros);
        }
        else wrong = InstantText.Read(_json.ValueSpan, out micros);
        if (wrong is not null)
        {
            Add(path, "bad-instant", wrong, "write it like 2025-11-03T08:02:59Z or 2025-11-03T09:02:59+01:00");
            return null;
        }
        if (micros <= limits.LatestAt) return micros;
        Add(path, "future", $"is {CanonicalJson.Instant(micros)}, more than a day in the future", "check the sender's clock and time zone");
        return null;
    }

    /// <summary>A finite number.</summary>
    public double? Number(string path)
    {
        if (_json.TokenType == JsonTokenType.Null) return null;
        if (_json.TokenType != JsonTokenType.Number)
        {
            Wrong(path, "a number");
            return null;
        }
        if (_json.TryGetDouble(out var value) && double.IsFinite(value)) return value;
        Add(path, "out-of-range", "is a number too large for a double", "use a number between -1.7e308 and 1.7e308");
        return null;
    }

    /// <summary>Arguments of an action: an object, or null for none.</summary>
    public ActionArgs? Args(string path)
    {
        if (_json.TokenType == JsonTokenType.Null) return ActionArgs.None;
        if (_json.TokenType != JsonTokenType.StartObject)
        {
            Wrong(path, "an object");
            return null;
        }
        var ahead = _json;
        if (ahead.Read() && ahead.TokenType == JsonTokenType.EndObject)
        {
            _json = ahead;
            return ActionArgs.None;
        }
        var column = Column;
        try
        {
            using var document = JsonDocument.ParseValue(ref _json);
            return ActionArgs.Of(document.RootElement);
        }
        // The text was JSON, so what has no canonical form is a value in it: a member twice, a number too large, half a character.
        catch (JsonException why) when (_json.TokenType == JsonTokenType.EndObject)
        {
            Add(path, "bad-value", why.Message, "send a value that every JSON reader understands alike", column);
        }
        return null;
    }

    /// <summary>The features object: strings, numbers, booleans and arrays of strings; null leaves a feature out.</summary>
    public ImmutableArray<Feature> Features(string path)
    {
        if (_json.TokenType == JsonTokenType.Null) return [];
        if (_json.TokenType != JsonTokenType.StartObject)
        {
            Wrong(path, "an object");
            return [];
        }
        var features = ImmutableArray.CreateBuilder<Feature>();
        var inOrder = true;
        while (NextMember())
        {
            var name = Decode(path, pooled: true);
            if (name?.Length is 0 or > LogLimits.MaxName)
            {
                Add(path, "bad-name", "holds a feature whose name is empty or too long", $"use 1 to {LogLimits.MaxName} characters");
                name = null;
            }
            _json.Read();
            if (name is null)
            {
                _json.Skip();
                continue;
            }
            inOrder &= features.Count == 0 || string.CompareOrdinal(features[^1].Name, name) < 0;
            features.Add(new(name, Value(path, name)));
        }
        if (!inOrder)
        {
            features.Sort(static (a, b) => string.CompareOrdinal(a.Name, b.Name));
            for (var i = 1; i < features.Count; i++)
                if (features[i].Name == features[i - 1].Name)
                    Add($"{path}.{features[i].Name}", "duplicate-member", "stands twice", "keep one of them");
        }
        features.RemoveAll(static feature => feature.Value.Kind == FeatureKind.Missing);
        return features.DrainToImmutable();
    }

    /// <summary>Notes and skips a member that the format does not have.</summary>
    public void Unknown(string path, params ReadOnlySpan<string> known)
    {
        var name = Decode(path, pooled: false) ?? "?";
        _json.Read();
        _json.Skip();
        var shown = name.Length > 40 ? name[..40] + "…" : name;
        var meant = Alias(name) is { } alias && known.Contains(alias) ? $"did you mean '{alias}'? " : Closest.Hint(name, known.ToArray());
        Add(path.Length == 0 ? shown : $"{path}.{shown}", "unknown-member", "is not a member of this format", $"{meant}known are {string.Join(", ", known!)}");
    }

    /// <summary>Notes that a required member is not there (or is null), unless it was there and flawed.</summary>
    public void Require(bool present, uint seen, int bit, string path, string fix)
    {
        if (present || (_flaws is not null && (seen & (1u << bit)) != 0 && _flaws.Exists(flaw => flaw.Path == path))) return;
        Add(path, "missing", (seen & (1u << bit)) != 0 ? "is null" : "is missing", fix, column: 1);
    }

    /// <summary>Notes a flaw of the current value.</summary>
    public void Add(string path, string code, string reason, string fix, int? column = null) =>
        (_flaws ??= []).Add(new(column ?? Column, path, code, reason, fix));

    /// <summary>Begins an object that is the current value; notes a flaw and skips when it is something else.</summary>
    public bool OpensObject(string path)
    {
        if (_json.TokenType == JsonTokenType.StartObject) return true;
        if (_json.TokenType != JsonTokenType.Null) Wrong(path, "an object");
        return false;
    }

    /// <summary>Whether the current value is JSON null.</summary>
    public readonly bool IsNull => _json.TokenType == JsonTokenType.Null;

    /// <summary>Checks that nothing follows the object.</summary>
    public void Close() => _json.Read();

    private readonly int Column => (int)Math.Min(_json.TokenStartIndex + 1, int.MaxValue);

    private bool Opens()
    {
        _json.Read();
        if (_json.TokenType == JsonTokenType.StartObject) return true;
        Add("", "wrong-type", $"the line is {Kind(_json.TokenType)}, not an object", "write one object a line: {…}");
        return false;
    }

    private FeatureValue Value(string path, string name)
    {
        switch (_json.TokenType)
        {
            case JsonTokenType.String:
                return FeatureValue.Of(Decode(path + "." + name, pooled: true));
            case JsonTokenType.Number:
                if (_json.TryGetDouble(out var number) && double.IsFinite(number)) return FeatureValue.Of(number);
                Add($"{path}.{name}", "out-of-range", "is a number too large for a double", "use a number between -1.7e308 and 1.7e308");
                return default;
            case JsonTokenType.True: return FeatureValue.Of(true);
            case JsonTokenType.False: return FeatureValue.Of(false);
            case JsonTokenType.Null: return default;
            case JsonTokenType.StartArray:
                var set = new List<string>();
                while (_json.Read() && _json.TokenType != JsonTokenType.EndArray)
                {
                    if (_json.TokenType == JsonTokenType.String)
                    {
                        if (Decode($"{path}.{name}", pooled: true) is { } member) set.Add(member);
                        continue;
                    }
                    Add($"{path}.{name}", "wrong-type", $"holds {Kind(_json.TokenType)}", "a list feature is a list of texts");
                    _json.Skip();
                }
                return FeatureValue.OfSet(set);
            default:
                Wrong($"{path}.{name}", "text, a number, a boolean or a list of texts");
                return default;
        }
    }

    // Text of the current string or member name. Escapes may spell half a surrogate pair, which no UTF-8 can hold.
    private string? Decode(string path, bool pooled)
    {
        if (!_json.ValueIsEscaped) return pooled ? names.Get(_json.ValueSpan) : Encoding.UTF8.GetString(_json.ValueSpan);
        try
        {
            return _json.GetString();
        }
        catch (InvalidOperationException)
        {
            Add(path, "unpaired-surrogate", "holds half of a surrogate pair", "write the whole character, or remove it");
            return null;
        }
    }

    private void Wrong(string path, string wanted)
    {
        Add(path, "wrong-type", $"is {Kind(_json.TokenType)}, not {wanted}", _json.TokenType is JsonTokenType.Number or JsonTokenType.True or JsonTokenType.False && wanted == "text" ? "put it in quotes" : $"give {wanted}");
        _json.Skip();
    }

    private void InvalidUtf8()
    {
        var at = 0;
        while (Rune.DecodeFromUtf8(_line[at..], out _, out var used) == System.Buffers.OperationStatus.Done) at += used;
        Add("", "invalid-utf8", string.Create(CultureInfo.InvariantCulture, $"byte 0x{_line[at]:x2} is not UTF-8"), "save the file as UTF-8", at + 1);
    }

    private void Syntax(JsonException why)
    {
        var at = (int)Math.Min(why.BytePositionInLine ?? 0, _line.Length);
        var rest = _line[at..];
        if (rest.StartsWith("-"u8)) rest = rest[1..];
        var token = rest.StartsWith("NaN"u8) ? "NaN" : rest.StartsWith("Inf"u8) ? "Infinity" : null;
        if (token is not null) Add("", "not-a-number", $"{token} is not JSON", "write null for a value that is not known", at + 1);
        else if (IsTooDeep(out var isPrefix)) Add("", "too-deep", $"is nested deeper than {LogLimits.MaxDepth} levels", "flatten it", at + 1);
        else if (isPrefix) Add("", "cut-off", "the line ends in the middle of its object", "write one whole object a line", _line.Length + 1);
        else Add("", "not-json", "is not JSON: " + Reason(why.Message), "write one JSON object a line", at + 1);
    }

    // Reads the line again with a reader that may hope for more: what it accepts is a valid beginning.
    private readonly bool IsTooDeep(out bool isPrefix)
    {
        var again = new Utf8JsonReader(_line, isFinalBlock: false, new(new JsonReaderOptions { MaxDepth = LogLimits.MaxDepth }));
        try
        {
            while (again.Read()) { }
            isPrefix = true;
            return false;
        }
        catch (JsonException)
        {
            isPrefix = false;
            // The depth property leaves out a bracket that was just opened.
            return again.CurrentDepth + (again.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray ? 1 : 0) >= LogLimits.MaxDepth;
        }
    }

    // The parser's sentence without its position, which has a column of its own here.
    private static string Reason(string message)
    {
        var end = message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        return (end < 0 ? message : message[..end]).TrimEnd('.');
    }

    private static string Kind(JsonTokenType token) => token switch
    {
        JsonTokenType.String => "text",
        JsonTokenType.Number => "a number",
        JsonTokenType.True or JsonTokenType.False => "a boolean",
        JsonTokenType.StartObject => "an object",
        JsonTokenType.StartArray => "a list",
        _ => "null",
    };

    // What other tools call the same thing.
    private static string? Alias(string name) => name.ToLowerInvariant() switch
    {
        "timestamp" or "time" or "ts" or "created_at" or "createdat" or "date" => "occurredAt",
        "text" or "message" or "prompt" or "question" => "input",
        "score" or "probability" => "confidence",
        "user" or "reviewer" or "author" or "submitter" or "annotator" => "by",
        "key" => "idempotencyKey",
        "note" or "explanation" => "comment",
        "context" => "features",
        "output" or "prediction" => "proposed",
        "trace_id" or "traceid" => "correlationId",
        "decision" => "decisionId",
        "name" => "metric",
        _ => null,
    };
}

/// <summary>Reads the members of one kind of line; returns null after noting what is missing.</summary>
internal delegate T? LineShape<T>(ref LineParser line) where T : class;
