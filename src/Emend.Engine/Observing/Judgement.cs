using Emend.Engine.Normalizing;
using Emend.Logic;

namespace Emend.Engine.Observing;

/// <summary>What became known of a decision after it was served.</summary>
/// <param name="DecisionId">The decision.</param>
/// <param name="Truth">The right action; null when not known.</param>
/// <param name="ProposalIsWrong">The agent's proposal was wrong; null when that is not known.</param>
/// <param name="IsBad">A guard metric says that it went badly, whatever was right; null when no metric speaks.</param>
/// <param name="At">When that was known, microseconds since 1970 UTC.</param>
internal readonly record struct Judgement(string DecisionId, AgentAction? Truth, bool? ProposalIsWrong, bool? IsBad, long At)
{
    /// <summary>From a ruling or a revealed truth.</summary>
    public static Judgement Of(string decisionId, AgentAction? truth, bool? proposalIsWrong, long at) => new(decisionId, truth, proposalIsWrong, null, at);

    /// <summary>From a stored decision; null while nothing is known of it.</summary>
    public static Judgement? Of(KnownDecision known) =>
        known.IsWrong is { } isWrong ? Of(known.Decision.Id, known.Truth, isWrong, known.TruthAt ?? known.Decision.OccurredAt) : null;

    /// <summary>From an outcome; null when the guard metric does not look at it.</summary>
    public static Judgement? Of(Outcome outcome, GuardMetric metric)
    {
        if (string.Equals(outcome.Metric, Outcome.Truth, StringComparison.Ordinal)) return outcome.Action is null ? null : Of(outcome.DecisionId, outcome.Action, null, outcome.At);
        if (!string.Equals(outcome.Metric, metric.Name, StringComparison.Ordinal) || outcome.Value is not { } value) return null;
        return new(outcome.DecisionId, null, null, metric.IsBad(value), outcome.At);
    }
}

/// <summary>An outcome metric that a release is watched by.</summary>
/// <param name="Name">Name as outcomes have it, e.g. <c>reopened</c>.</param>
/// <param name="Threshold">Where bad begins.</param>
/// <param name="IsHighBad">Whether values at or above the threshold are bad (reopened = 1); else those at or below (csat = 2).</param>
internal sealed record GuardMetric(string Name, double Threshold = 1, bool IsHighBad = true)
{
    /// <summary>Whether a value is bad.</summary>
    public bool IsBad(double value) => IsHighBad ? value >= Threshold : value <= Threshold;
}
