using System.Collections.Immutable;
using System.Text.Json;
using Emend.Engine.Learning.Corrector;
using Emend.Engine.Learning.Rules;

namespace Emend.Engine.Learning;

/// <summary>What a build mined, what it refused and why, in figures.</summary>
internal sealed record LearningReport
{
    /// <summary>Reviewed decisions.</summary>
    public required int Cases { get; init; }
    /// <summary>Of them, proposals that were wrong.</summary>
    public required int Wrong { get; init; }
    /// <summary>People only spoke up when something was wrong, so that the share of right proposals is not known.</summary>
    public required bool IsVolunteered { get; init; }
    /// <summary>Proposed actions that have never been right, or are not in the catalogue.</summary>
    public ImmutableArray<string> DeadProposals { get; init; } = [];
    /// <summary>Score a rule needs to act; null when the forward test certified none.</summary>
    public double? Threshold { get; init; }
    /// <summary>The forward test: what rules of at least each score did to cases they had not seen.</summary>
    public ImmutableArray<ForwardStep> Forward { get; init; } = [];
    /// <summary>Rules that act.</summary>
    public ImmutableArray<ReportedRule> Learned { get; init; } = [];
    /// <summary>Exceptions and contradictions: where the agent's action is kept, with the reason.</summary>
    public ImmutableArray<ReportedRule> Kept { get; init; } = [];
    /// <summary>Corrections that act on the identical case.</summary>
    public int Exact { get; init; }
    /// <summary>Rules that do not act, with the reason.</summary>
    public ImmutableArray<ReportedRule> Refused { get; init; } = [];

    /// <summary>The corrector; null when none was trained.</summary>
    public CorrectorReport? Corrector { get; init; }

    /// <summary>One JSON object.</summary>
    public string ToJson()
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes)) WriteTo(json);
        return System.Text.Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length);
    }

    /// <summary>Writes one JSON object.</summary>
    public void WriteTo(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteNumber("cases", Cases);
        json.WriteNumber("wrong", Wrong);
        json.WriteBoolean("volunteered", IsVolunteered);
        json.WriteStartArray("deadProposals");
        foreach (var action in DeadProposals) json.WriteStringValue(action);
        json.WriteEndArray();
        if (Threshold is { } threshold) json.WriteNumber("threshold", threshold);
        else json.WriteNull("threshold");
        json.WriteStartArray("forward");
        foreach (var step in Forward)
        {
            json.WriteStartObject();
            json.WriteNumber("score", step.Score);
            json.WriteNumber("fixes", step.Fixes);
            json.WriteNumber("breaks", step.Breaks);
            json.WriteNumber("wasted", step.Wasted);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        Write("learned", Learned);
        Write("kept", Kept);
        json.WriteNumber("exact", Exact);
        Write("refused", Refused);
        if (Corrector is { } corrector)
        {
            json.WritePropertyName("corrector");
            corrector.WriteTo(json);
        }
        json.WriteEndObject();

        void Write(string name, ImmutableArray<ReportedRule> rules)
        {
            json.WriteStartArray(name);
            foreach (var rule in rules) rule.WriteTo(json);
            json.WriteEndArray();
        }
    }
}

/// <summary>One rule in a report.</summary>
/// <param name="Id">Its id in the bundle.</param>
/// <param name="Text">What it says, for people.</param>
/// <param name="Score">Expected share of fixes among the decisions whose rightness it changes.</param>
/// <param name="Fixes">Reviewed cases it would have fixed.</param>
/// <param name="Breaks">Reviewed cases it would have broken.</param>
/// <param name="Wasted">Reviewed cases that are wrong either way.</param>
/// <param name="Reason">Why it does not act; null for one that does.</param>
internal sealed record ReportedRule(string Id, string Text, double Score, int Fixes, int Breaks, int Wasted, string? Reason)
{
    /// <summary>Writes one JSON object.</summary>
    public void WriteTo(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("id", Id);
        json.WriteString("text", Text);
        json.WriteNumber("score", Math.Round(Score, 4));
        json.WriteNumber("fixes", Fixes);
        json.WriteNumber("breaks", Breaks);
        json.WriteNumber("wasted", Wasted);
        if (Reason is not null) json.WriteString("reason", Reason);
        json.WriteEndObject();
    }
}
