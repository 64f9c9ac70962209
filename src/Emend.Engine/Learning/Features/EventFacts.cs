using System.Collections.Immutable;
using Emend.Engine.Journal;
using Emend.Engine.Normalizing;
using Emend.Logic;
using Emend.Logic.Evaluation;

namespace Emend.Engine.Learning.Features;

/// <summary>A signal and the decision it is about, as views see them: open fields only.</summary>
/// <param name="Id">Id of the signal, for ties.</param>
/// <param name="At">When it happened, microseconds since 1970 UTC.</param>
/// <param name="Subject">Key of whom the decision is about; empty: nobody.</param>
/// <param name="By">Pseudonym of who said it; null for decisions and outcomes.</param>
/// <param name="Input">What conditions look at: the decision's open context, and the signal's own facts as features <c>event.…</c>.</param>
internal sealed record EventFacts(string Id, long At, Guid Subject, string? By, DecisionInput Input)
{
    public const string Agent = "event.agent";
    public const string Verdict = "event.verdict";
    public const string Action = "event.action";
    public const string Reason = "event.reason";
    public const string Metric = "event.metric";
    public const string Value = "event.value";
    /// <summary>Who said it.</summary>
    public const string Submitter = "event.by";
    /// <summary>Whom the decision is about.</summary>
    public const string About = "subject";

    private const string ProposedAction = "proposed.action", Confidence = "confidence", TaskType = "taskType";

    /// <summary>Facts of the signals themselves that conditions and values may name.</summary>
    public static IReadOnlyList<string> Own(EventKind kind) => kind switch
    {
        EventKind.Decisions => [Agent],
        EventKind.Corrections => [Agent, Verdict, Action, Reason],
        _ => [Agent, Metric, Value, Action],
    };

    /// <summary>Operands that are no feature of the context.</summary>
    public static IReadOnlyList<string> BuiltIn(EventKind kind) =>
        [ProposedAction, Confidence, TaskType, About, .. Own(kind), .. kind == EventKind.Corrections ? [Submitter] : Array.Empty<string>()];

    /// <summary>Whether values of an operand are pseudonyms.</summary>
    public static bool IsPerson(string operand) => operand is About or Submitter;

    /// <summary>Value of an operand; missing when the event has none.</summary>
    public FeatureValue this[string operand] => operand switch
    {
        ProposedAction => FeatureValue.Of(Input.Proposed.Label),
        Confidence => Input.Confidence is { } confidence ? FeatureValue.Of(confidence) : FeatureValue.Missing,
        TaskType => FeatureValue.Of(Input.Context.TaskType),
        About => Subject == Guid.Empty ? FeatureValue.Missing : FeatureValue.Of(Subject.ToString("N")),
        Submitter => FeatureValue.Of(By),
        _ => Input.Context[operand],
    };

    /// <summary>A decision as an event.</summary>
    public static EventFacts OfDecision(JournalRecord record)
    {
        var decision = DecisionRecord.Read(record);
        return new(decision.Id, decision.OccurredAt, record.Token, null, InputOf(decision, []));
    }

    /// <summary>A correction as an event.</summary>
    public static EventFacts OfCorrection(JournalRecord correction, JournalRecord decision) => new(
        correction.Id, FieldText.Instant(correction, "at"), decision.Token, correction.Text("by"),
        InputOf(DecisionRecord.Read(decision),
        [
            new(Verdict, FeatureValue.Of(correction.Text("verdict"))),
            new(Action, FeatureValue.Of(correction.TextOrNull("action"))),
            new(Reason, FeatureValue.Of(correction.TextOrNull("reason"))),
        ]));

    /// <summary>An outcome as an event.</summary>
    public static EventFacts OfOutcome(JournalRecord outcome, JournalRecord decision) => new(
        outcome.Id, FieldText.Instant(outcome, "at"), decision.Token, null,
        InputOf(DecisionRecord.Read(decision),
        [
            new(Metric, FeatureValue.Of(outcome.Text("metric"))),
            new(Action, FeatureValue.Of(outcome.TextOrNull("action"))),
            new(Value, FieldText.Number(outcome["value"]) is { } value ? FeatureValue.Of(value) : FeatureValue.Missing),
        ]));

    private static DecisionInput InputOf(Decision decision, ReadOnlySpan<Feature> own)
    {
        var known = decision.Context.Features;
        var features = ImmutableArray.CreateBuilder<Feature>(known.Length + own.Length + 1);
        // A feature of the agent's that is called like a fact of ours gives way.
        foreach (var feature in known)
            if (!feature.Name.StartsWith("event.", StringComparison.Ordinal)) features.Add(feature);
        features.Add(new(Agent, FeatureValue.Of(decision.Agent)));
        foreach (var fact in own)
            if (fact.Value.Kind != FeatureKind.Missing) features.Add(fact);
        features.Sort(static (a, b) => string.CompareOrdinal(a.Name, b.Name));
        return new(Context.OfSorted(features.DrainToImmutable(), decision.Context.TaskType, null), decision.Proposed, decision.Confidence, decision.OccurredAt);
    }
}
