using Emend.Engine.Normalizing;
using Emend.Logic;

namespace Emend.Engine.Observing;

/// <summary>What became known of a decision after it was served.</summary>
/// <param name="DecisionId">The decision.</param>
/// <param name="Truth">The right action; null when not known.</param>
/// <param name="ProposalIsWrong">The agent's proposal was wrong; null when that is not known.</param>
/// <param name="At">When that was known, microseconds since 1970 UTC.</param>
internal readonly record struct Judgement(string DecisionId, AgentAction? Truth, bool? ProposalIsWrong, long At)
{
    /// <summary>The outcome metric that speaks; null: a ruling or a revealed truth.</summary>
    public string? Metric { get; init; }

    /// <summary>Value of <see cref="Metric"/>.</summary>
    public double Value { get; init; }

    /// <summary>Whether it is a truth that was revealed whatever was done, rather than what somebody chose to look at.</summary>
    public bool IsRevealed { get; init; }

    /// <summary>From a ruling or a revealed truth.</summary>
    public static Judgement Of(string decisionId, AgentAction? truth, bool? proposalIsWrong, long at) => new(decisionId, truth, proposalIsWrong, at);

    /// <summary>From an outcome metric.</summary>
    public static Judgement Of(string decisionId, string metric, double value, long at) => new(decisionId, null, null, at) { Metric = metric, Value = value };

    /// <summary>From a stored decision; null while nothing is known of it.</summary>
    public static Judgement? Of(KnownDecision known) =>
        known.IsWrong is { } isWrong ? Of(known.Decision.Id, known.Truth, isWrong, known.TruthAt ?? known.Decision.OccurredAt) with { IsRevealed = !known.IsRuled } : null;
}
