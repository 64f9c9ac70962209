using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Emend.Engine.Evaluating.Gates;
using Emend.Logic;

namespace Emend.Engine.Evaluating;

/// <summary>What the gates say together.</summary>
internal enum EvaluationResult : byte
{
    /// <summary>No gate blocks and none lacks evidence.</summary>
    Passed,
    /// <summary>No gate blocks, but not everything could be shown: a person may approve where the risk is low.</summary>
    NeedsEvidence,
    /// <summary>At least one gate blocks: nobody can approve.</summary>
    Blocked,
}

/// <summary>The evaluation of exactly one bundle against exactly one incumbent, golden set and policy. Immutable; named by its digest.</summary>
internal sealed record EvaluationReport
{
    /// <summary>Version of this shape.</summary>
    public const string Schema = "emend/evaluation/v1";

    public required string Agent { get; init; }
    public required string Candidate { get; init; }
    public string? Incumbent { get; init; }
    public required EvaluationPurpose Purpose { get; init; }
    public required string GoldenSet { get; init; }
    public required string Policy { get; init; }
    public required ImmutableArray<GateResult> Gates { get; init; }
    /// <summary>The candidate over the whole history, canonical JSON.</summary>
    public required string History { get; init; }
    /// <summary>The learner out of fold, canonical JSON; null where there was nothing to rebuild.</summary>
    public string? OutOfFold { get; init; }

    /// <summary>What the gates say together.</summary>
    public EvaluationResult Result =>
        Gates.Any(static gate => gate.Verdict == GateVerdict.Block) ? EvaluationResult.Blocked
        : Gates.Any(static gate => gate.Verdict == GateVerdict.InsufficientEvidence) ? EvaluationResult.NeedsEvidence
        : EvaluationResult.Passed;

    /// <summary>Canonical JSON. Figures are rounded to six places, so that the last bit of a logarithm never names another report.</summary>
    public string Canonical()
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            json.WriteString("schema", Schema);
            json.WriteString("agent", Agent);
            json.WriteString("candidate", Candidate);
            json.WriteString("incumbent", Incumbent);
            json.WriteString("purpose", Purpose.ToString());
            json.WriteString("goldenSet", GoldenSet);
            json.WriteString("policy", Policy);
            json.WriteString("result", Result.ToString());
            json.WriteStartArray("gates");
            foreach (var gate in Gates)
            {
                json.WriteStartObject();
                json.WriteString("id", gate.Id);
                json.WriteString("title", gate.Title);
                WriteFigure(json, "figure", gate.Figure);
                WriteFigure(json, "threshold", gate.Threshold);
                json.WriteString("verdict", gate.Verdict.ToString());
                json.WriteString("reason", gate.Reason);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WritePropertyName("history");
            json.WriteRawValue(History);
            json.WritePropertyName("outOfFold");
            json.WriteRawValue(OutOfFold ?? "null");
            json.WriteEndObject();
        }
        return CanonicalJson.Of(bytes.ToArray());
    }

    /// <summary>SHA-256 of the canonical bytes.</summary>
    public string Digest() => BundleDigest.Of(Encoding.UTF8.GetBytes(Canonical()));

    /// <summary>For people: one line a gate.</summary>
    public string Text()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{Result switch { EvaluationResult.Passed => "PASSED", EvaluationResult.Blocked => "BLOCKED", _ => "NEEDS EVIDENCE" }}: candidate {Candidate} of {Agent}").Append('\n');
        foreach (var gate in Gates)
            text.Append(CultureInfo.InvariantCulture, $"  {gate.Id,-3}{gate.Title,-16}{Word(gate.Verdict),-9}{gate.Reason}").Append('\n');
        return text.ToString();
    }

    /// <summary>A verdict in a word or two.</summary>
    public static string Word(GateVerdict verdict) => verdict switch
    {
        GateVerdict.Pass => "pass",
        GateVerdict.Warn => "warn",
        GateVerdict.Block => "BLOCK",
        GateVerdict.InsufficientEvidence => "unproven",
        _ => "-",
    };

    private static void WriteFigure(Utf8JsonWriter json, string name, double? value)
    {
        if (value is { } number) json.WriteNumber(name, Math.Round(number, 6));
        else json.WriteNull(name);
    }
}
