using System.Collections.Immutable;
using System.Text.Json;
using Emend.Engine.Evaluating.Gates;
using Emend.Logic.Guidance;

namespace Emend.Engine.Lineage;

/// <summary>One predicate of what decided, and the value it met.</summary>
/// <param name="Text">The predicate.</param>
/// <param name="Actual">The value, as conditions write it; null when there was none, or it is personal and the reader may not see it.</param>
/// <param name="Holds">Whether it held.</param>
internal sealed record MetPredicate(string Text, string? Actual, bool Holds);

/// <summary>Somebody behind what decided.</summary>
/// <param name="Name">Their name, or the pseudonym once it was erased.</param>
/// <param name="Corrections">Corrections of theirs it stands on.</param>
internal sealed record PersonBehind(string Name, int Corrections);

/// <summary>A gate the bundle went through.</summary>
/// <param name="Id">G0 to G8.</param>
/// <param name="Verdict">What it said.</param>
/// <param name="Says">Why.</param>
internal sealed record GateBehind(string Id, GateVerdict Verdict, string Says);

/// <summary>Why the final action of one decision was what it was, and what stands behind that.</summary>
internal sealed record DecisionExplanation
{
    public required string Decision { get; init; }
    public required string Agent { get; init; }
    public required long At { get; init; }
    public required string Proposed { get; init; }
    /// <summary>What was done; null when nothing was, or a person was asked.</summary>
    public string? Final { get; init; }
    /// <summary><c>kept</c>, <c>changed</c>, <c>blocked</c>, <c>escalated</c>; <c>not-served</c> when Emend only recorded it.</summary>
    public required string Outcome { get; init; }
    /// <summary>Kill switch, guardrail, rule, corrector or none.</summary>
    public string? Cause { get; init; }
    public string? CauseId { get; init; }
    public string? Because { get; init; }
    public ImmutableArray<MetPredicate> Predicates { get; init; } = [];
    public string? Bundle { get; init; }
    public string? Release { get; init; }
    public string? Arm { get; init; }
    public string? Author { get; init; }
    public ImmutableArray<string> Approvers { get; init; } = [];
    public ImmutableArray<GateBehind> Gates { get; init; } = [];
    public int Corrections { get; init; }
    public ImmutableArray<PersonBehind> People { get; init; } = [];
    /// <summary>The certificate of the corrector, canonical JSON; null when it did not decide.</summary>
    public string? Certificate { get; init; }
    public GuidanceExposure? Guidance { get; init; }
    /// <summary>The right action, once known.</summary>
    public string? Truth { get; init; }
    public bool? ProposalWasWrong { get; init; }
    /// <summary>Probability with which it was drawn for review, where a person answered; null where not.</summary>
    public double? DrawnWith { get; init; }
    /// <summary>All of it in plain words, one finding each.</summary>
    public ImmutableArray<string> Text { get; init; } = [];

    /// <summary>Writes one JSON object.</summary>
    public void WriteTo(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("decision", Decision);
        json.WriteString("agent", Agent);
        json.WriteString("at", Emend.Logic.CanonicalJson.Instant(At));
        json.WriteString("proposed", Proposed);
        Maybe("final", Final);
        json.WriteString("outcome", Outcome);
        Maybe("cause", Cause);
        Maybe("causeId", CauseId);
        Maybe("because", Because);
        json.WriteStartArray("predicates");
        foreach (var predicate in Predicates)
        {
            json.WriteStartObject();
            json.WriteString("text", predicate.Text);
            if (predicate.Actual is { } actual) json.WriteString("actual", actual);
            json.WriteBoolean("holds", predicate.Holds);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        Maybe("bundle", Bundle);
        Maybe("release", Release);
        Maybe("arm", Arm);
        Maybe("author", Author);
        List("approvers", Approvers);
        json.WriteStartArray("gates");
        foreach (var gate in Gates)
        {
            json.WriteStartObject();
            json.WriteString("id", gate.Id);
            json.WriteString("verdict", gate.Verdict.ToString());
            json.WriteString("says", gate.Says);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteNumber("corrections", Corrections);
        json.WriteStartArray("people");
        foreach (var person in People)
        {
            json.WriteStartObject();
            json.WriteString("name", person.Name);
            json.WriteNumber("corrections", person.Corrections);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        if (Certificate is { } certificate)
        {
            json.WritePropertyName("certificate");
            json.WriteRawValue(certificate);
        }
        if (Guidance is { } guidance)
        {
            json.WriteStartObject("guidance");
            json.WriteString("bundle", guidance.Bundle);
            List("shown", guidance.Shown);
            List("withheld", guidance.Withheld);
            json.WriteEndObject();
        }
        Maybe("truth", Truth);
        if (ProposalWasWrong is { } wrong) json.WriteBoolean("proposalWasWrong", wrong);
        if (DrawnWith is { } share) json.WriteNumber("drawnWith", share);
        List("text", Text);
        json.WriteEndObject();

        void Maybe(string name, string? value)
        {
            if (value is not null) json.WriteString(name, value);
        }
        void List(string name, ImmutableArray<string> values)
        {
            json.WriteStartArray(name);
            foreach (var value in values) json.WriteStringValue(value);
            json.WriteEndArray();
        }
    }
}
