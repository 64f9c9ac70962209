using System.Text;
using System.Text.Json;
using Emend.Engine.Capturing.Logs;
using Emend.Logic;

namespace Emend.Engine.Learning.Features;

/// <summary>A row cannot be joined.</summary>
internal sealed record JoinRowIsWrong(long Line, string Problem) : Refusal("feature.row-wrong", $"line {Line}: {Problem}");

/// <summary>Joins a file of rows: reads what each asks, then writes each with its values. Twice over the file; of the rows only what they ask is held.</summary>
internal static class JoinRows
{
    private const int MaxLine = 1 << 20;

    /// <summary>Joins.</summary>
    /// <param name="rows">One JSON object a line, with <c>asOf</c> and <c>key</c>; must be seekable.</param>
    /// <param name="to">Gets each line with a member <c>values</c> at its end.</param>
    /// <param name="known">The view.</param>
    /// <param name="join">Joins.</param>
    /// <param name="cancel">Cancels.</param>
    public static Answer<long> Run(Stream rows, Stream to, KnownView known, HistoricalJoin join, CancellationToken cancel)
    {
        var asks = new List<FeatureAsk>();
        var keys = new Dictionary<string, string>(StringComparer.Ordinal);
        var lines = new JsonLines(rows, MaxLine);
        while (lines.MoveNext())
        {
            if (lines.IsTooLong) return new JoinRowIsWrong(lines.Number, $"longer than {MaxLine} bytes");
            switch (Ask(lines.Current, lines.Number, known, join))
            {
                case Answer<FeatureAsk>.Refused(var why): return why;
                case Answer<FeatureAsk>.Granted(var ask):
                    // Rows tend to ask for few keys many times: each is held once.
                    if (ask.Key is { } key && !keys.TryAdd(key, key)) ask = ask with { Key = keys[key] };
                    asks.Add(ask);
                    break;
            }
        }
        var answer = join.OfAll(known, asks, cancel);
        if (answer is not Answer<IReadOnlyList<FeatureValue[]>>.Granted(var values)) return ((Answer<IReadOnlyList<FeatureValue[]>>.Refused)answer).Why;
        rows.Position = 0;
        lines = new JsonLines(rows, MaxLine);
        var text = new StringBuilder();
        for (var row = 0; lines.MoveNext(); row++)
        {
            var line = Encoding.UTF8.GetString(lines.Current.TrimEnd(" \t\r"u8));
            text.Append(line.AsSpan(0, line.Length - 1).TrimEnd()).Append(",\"values\":").Append(Values(known, values, row)).Append("}\n");
            if (text.Length < 1 << 16) continue;
            Flush();
        }
        Flush();
        return asks.Count;

        void Flush()
        {
            to.Write(Encoding.UTF8.GetBytes(text.ToString()));
            text.Clear();
        }
    }

    /// <summary>The values of one row as canonical JSON, by <c>view.feature</c>.</summary>
    public static string Values(KnownView known, IReadOnlyList<FeatureValue[]> values, int row) =>
        "{" + string.Join(',', known.View.Series.Select((series, i) => $"{CanonicalJson.Quote($"{known.Definition.Name}.{series.Feature.Name}")}:{CanonicalJson.Text(values[i][row])}")) + "}";

    /// <summary>Parts of a key from a JSON object.</summary>
    public static Dictionary<string, FeatureValue> Parts(JsonElement key)
    {
        var parts = new Dictionary<string, FeatureValue>(StringComparer.Ordinal);
        foreach (var member in key.EnumerateObject())
        {
            parts[member.Name] = member.Value.ValueKind switch
            {
                JsonValueKind.String => FeatureValue.Of(member.Value.GetString()),
                JsonValueKind.Number => FeatureValue.Of(member.Value.GetDouble()),
                JsonValueKind.True or JsonValueKind.False => FeatureValue.Of(member.Value.GetBoolean()),
                _ => FeatureValue.Missing,
            };
        }
        return parts;
    }

    private static Answer<FeatureAsk> Ask(ReadOnlySpan<byte> line, long number, KnownView known, HistoricalJoin join)
    {
        try
        {
            using var document = JsonDocument.Parse(line.ToArray(), new() { AllowDuplicateProperties = false });
            var row = document.RootElement;
            if (row.ValueKind != JsonValueKind.Object) return new JoinRowIsWrong(number, "a row is a JSON object");
            if (row.TryGetProperty("values", out _)) return new JoinRowIsWrong(number, "it has a member 'values' already, which is where the values go");
            if (!row.TryGetProperty("asOf", out var asOf) || asOf.ValueKind != JsonValueKind.String || !CanonicalJson.TryInstant(asOf.GetString(), out var at))
                return new JoinRowIsWrong(number, "asOf is an instant with zone, e.g. \"2026-03-01T12:00:00Z\"");
            var key = row.TryGetProperty("key", out var given) ? given : default;
            if (key.ValueKind is not (JsonValueKind.Object or JsonValueKind.Undefined)) return new JoinRowIsWrong(number, "key is an object, e.g. {\"proposed.action\":\"refund\"}");
            return join.Ask(known, key.ValueKind == JsonValueKind.Object ? Parts(key) : [], at) switch
            {
                Answer<FeatureAsk>.Refused(var why) => new JoinRowIsWrong(number, why.Message),
                var ask => ask,
            };
        }
        catch (JsonException why)
        {
            return new JoinRowIsWrong(number, "not JSON: " + why.Message);
        }
        catch (InvalidOperationException)
        {
            return new JoinRowIsWrong(number, "it holds half of a surrogate pair");
        }
    }
}
