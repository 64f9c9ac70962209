using System.Collections.Immutable;
using Emend.Engine.Learning;

namespace Emend.Engine.Evaluating.Backtest;

/// <summary>Errors of the agent alone and with Emend, over some decisions.</summary>
/// <param name="AgentErrors">Proposals that were wrong.</param>
/// <param name="EmendErrors">Final actions that were wrong.</param>
/// <param name="Decisions">Decisions that were scored.</param>
internal readonly record struct ErrorCount(int AgentErrors, int EmendErrors, int Decisions)
{
    public static ErrorCount operator +(ErrorCount a, ErrorCount b) => new(a.AgentErrors + b.AgentErrors, a.EmendErrors + b.EmendErrors, a.Decisions + b.Decisions);
}

/// <summary>What a replay counted, of one agent or of all.</summary>
internal sealed record BacktestTally
{
    /// <summary>Errors over the whole replay.</summary>
    public ErrorCount Errors { get; init; }
    /// <summary>Agent wrong, Emend right.</summary>
    public int Fixes { get; init; }
    /// <summary>Agent right, Emend wrong.</summary>
    public int Breaks { get; init; }
    /// <summary>Decisions handed to a person or blocked: an error of neither side.</summary>
    public int Escalations { get; init; }
    /// <summary>Decisions whose final action was not the proposed one.</summary>
    public int Overrides { get; init; }
    /// <summary>Corrections learned from; confirmations are not counted.</summary>
    public int Corrections { get; init; }
    /// <summary>Decisions whose truth the outcomes do not tell: replayed, not scored.</summary>
    public int Unscored { get; init; }
    /// <summary>Learned rules at the end.</summary>
    public int Rules { get; init; }
    /// <summary>Errors by fifths of each agent's stream, oldest first.</summary>
    public ImmutableArray<ErrorCount> Fifths { get; init; } = [default, default, default, default, default];

    public static BacktestTally operator +(BacktestTally a, BacktestTally b) => new()
    {
        Errors = a.Errors + b.Errors,
        Fixes = a.Fixes + b.Fixes,
        Breaks = a.Breaks + b.Breaks,
        Escalations = a.Escalations + b.Escalations,
        Overrides = a.Overrides + b.Overrides,
        Corrections = a.Corrections + b.Corrections,
        Unscored = a.Unscored + b.Unscored,
        Rules = a.Rules + b.Rules,
        Fifths = [.. a.Fifths.Zip(b.Fifths, static (x, y) => x + y)],
    };
}

/// <summary>The replay of one agent.</summary>
/// <param name="Agent">The agent.</param>
/// <param name="Tally">What was counted.</param>
/// <param name="Seconds">Time it took.</param>
/// <param name="Learned">What was learned by the end.</param>
internal sealed record AgentBacktest(string Agent, BacktestTally Tally, double Seconds, LearningReport Learned)
{
    /// <summary>Decisions whose truth is known, in the order of time.</summary>
    public IReadOnlyList<ScoredDecision> Scored { get; init; } = [];
}

/// <summary>What Emend would have done with these decisions.</summary>
/// <param name="Total">All agents.</param>
/// <param name="Seconds">Wall-clock time of the replay.</param>
/// <param name="Agents">Each agent, by name.</param>
internal sealed record BacktestReport(BacktestTally Total, double Seconds, ImmutableArray<AgentBacktest> Agents)
{
    /// <summary>Decisions of all agents whose truth is known, in the order of time.</summary>
    public IReadOnlyList<ScoredDecision> Scored { get; } =
        Agents is [var only] ? only.Scored : [.. Agents.SelectMany(static agent => agent.Scored).OrderBy(static one => one.Decision.OccurredAt).ThenBy(static one => one.Decision.Id, StringComparer.Ordinal)];
}

/// <summary>How far a replay has come.</summary>
/// <param name="Done">Decisions replayed.</param>
/// <param name="All">Decisions in all.</param>
internal readonly record struct BacktestProgress(int Done, int All);
