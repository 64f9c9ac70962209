using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Emend.Engine.Evaluating.Gates;
using Emend.Engine.Evaluating.Statistics;
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

    /// <summary>What decisions drawn at random say; null where none could be drawn.</summary>
    public AuditedGain? Audited { get; init; }

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
            if (Audited is { } audited) WriteAudited(json, audited);
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
        if (Audited is { } audited) text.Append("  ").Append(Says(audited)).Append('\n');
        return text.ToString();
    }

    /// <summary>What drawn decisions say, in a sentence or two for people.</summary>
    public static string Says(AuditedGain audited)
    {
        var seen = string.Create(CultureInfo.InvariantCulture, $"Drawn at random: {audited.Answered:N0} of {audited.Decisions:N0} decisions answered, {audited.Disagreements:N0} on which the two disagree (effective {audited.Ess:0.#}). ");
        if (audited.Verdict == AuditVerdict.InsufficientEvidence)
            return seen + string.Create(CultureInfo.InvariantCulture, $"Insufficient evidence: about {audited.MissingAnswers:N0} more drawn decisions are missing.");
        var word = audited.Verdict switch { AuditVerdict.Gain => "It gains", AuditVerdict.Loss => "It loses", _ => "Neither gain nor loss is shown" };
        return seen + string.Create(CultureInfo.InvariantCulture,
            $"{word}: {100 * audited.Dr.Value:0.00} of 100 decisions, between {100 * audited.Bound.Lower:0.00} and {100 * audited.Bound.Upper:0.00} (IPS {Interval(audited.Ips)}, SNIPS {Interval(audited.Snips)}, DR {Interval(audited.Dr)}).");
    }

    private static string Interval(Estimate one) => string.Create(CultureInfo.InvariantCulture, $"{100 * one.Value:0.00} [{100 * one.Lower:0.00}, {100 * one.Upper:0.00}]");

    private static void WriteAudited(Utf8JsonWriter json, AuditedGain audited)
    {
        json.WriteStartObject("audited");
        json.WriteNumber("decisions", audited.Decisions);
        json.WriteNumber("answered", audited.Answered);
        json.WriteNumber("disagreements", audited.Disagreements);
        WriteFigure(json, "ess", audited.Ess);
        json.WriteBoolean("uniform", audited.IsUniform);
        foreach (var (name, one) in new[] { ("ips", audited.Ips), ("snips", audited.Snips), ("dr", audited.Dr), ("bound", audited.Bound) })
        {
            json.WriteStartObject(name);
            WriteFigure(json, "value", one.Value);
            WriteFigure(json, "lower", one.Lower);
            WriteFigure(json, "upper", one.Upper);
            json.WriteEndObject();
        }
        json.WriteString("verdict", audited.Verdict.ToString());
        json.WriteNumber("missingAnswers", audited.MissingAnswers);
        json.WriteEndObject();
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
