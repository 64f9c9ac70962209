using Emend.Engine.Learning;
using Emend.Engine.Normalizing;
using Emend.Engine.Trust;
using Emend.Logic;

namespace Emend.Engine.Evaluating.Backtest;

/// <summary>Who reviews, in a backtest without recorded corrections.</summary>
internal enum ReviewOn : byte
{
    /// <summary>Every decision may be reviewed, whatever it was: right final actions are confirmed, wrong ones corrected.</summary>
    All,
    /// <summary>Only wrong final actions are spoken of; silence says nothing.</summary>
    Errors,
}

/// <summary>How to replay.</summary>
internal sealed record BacktestOptions
{
    /// <summary>Share of decisions (of errors, with <see cref="ReviewOn.Errors"/>) that are reviewed, 0 to 1. Default 0.2. Not used with recorded corrections.</summary>
    public double ReviewRate { get; init; } = 0.2;
    /// <summary>Which decisions people look at. Default all.</summary>
    public ReviewOn On { get; init; } = ReviewOn.All;
    /// <summary>Data time between a decision and its review. Default none: it is known before the next decision.</summary>
    public TimeSpan Delay { get; init; }
    /// <summary>Seed of the coin that chooses what is reviewed. Default 1.</summary>
    public int Seed { get; init; } = 1;
    /// <summary>People the simulated reviews are shared among. Default 1.</summary>
    public int Reviewers { get; init; } = 1;
    /// <summary>What a simulated reviewer takes for right instead of the truth; null: the truth.</summary>
    public Func<Decision, AgentAction, AgentAction>? Believed { get; init; }
    /// <summary>How people's words are weighed before anything learns from them; null: all alike.</summary>
    public TrustPolicy? Trust { get; init; } = TrustPolicy.Default;
    /// <summary>Told each decision and its final action as it is scored; null: nobody is.</summary>
    public Action<Decision, AgentAction?>? Scored { get; init; }
    /// <summary>Settings of learning.</summary>
    public LearnerOptions Learner { get; init; } = LearnerOptions.Default;
    /// <summary>Streams replayed at the same time. Default: as many as there are processors.</summary>
    public int Parallelism { get; init; } = Environment.ProcessorCount;
}

/// <summary>What to replay.</summary>
internal sealed record BacktestInput
{
    /// <summary>Decisions of one or more agents, in any order.</summary>
    public required IReadOnlyCollection<Decision> Decisions { get; init; }
    /// <summary>Outcomes; those of metric <c>truth</c> say what was right. Decisions without one are replayed but not scored.</summary>
    public required IReadOnlyCollection<Outcome> Outcomes { get; init; }
    /// <summary>Recorded corrections; null to simulate reviewers.</summary>
    public IReadOnlyCollection<Correction>? Corrections { get; init; }
    /// <summary>Corrections that come on top of simulated reviews, and stand against them where both speak of a decision.</summary>
    public IReadOnlyCollection<Correction> Volunteered { get; init; } = [];
    /// <summary>Labels of the agents' catalogue; empty when not given.</summary>
    public IReadOnlyCollection<string> Catalogue { get; init; } = [];
}
