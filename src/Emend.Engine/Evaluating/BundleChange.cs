using System.Collections.Immutable;
using Emend.Engine.Normalizing;
using Emend.Logic;
using Emend.Logic.Guidance;
using Emend.Logic.Rules;

namespace Emend.Engine.Evaluating;

/// <summary>What sets a candidate apart from the bundle it would replace.</summary>
/// <param name="Added">Rules it has and the incumbent does not (or has with another effect or condition).</param>
/// <param name="Removed">Rules of the incumbent it does without.</param>
internal sealed record BundleChange(ImmutableArray<Rule> Added, ImmutableArray<Rule> Removed)
{
    /// <summary>
    /// Only remembers or forgets single approved corrections: each acts on the identical case and on nothing else, so the ruling itself is
    /// all the evidence there can be.
    /// </summary>
    public bool IsExactOnly => Removed.All(static rule => rule.Origin == RuleOrigin.Exact) && Added.All(static rule => rule.Origin == RuleOrigin.Exact) && Added.Length + Removed.Length > 0;

    /// <summary>Guidance it has and the incumbent has not, or with another text, scope or evidence; counters apart.</summary>
    public ImmutableArray<GuidanceItem> AddedGuidance { get; init; } = [];

    /// <summary>Guidance of the incumbent it does without.</summary>
    public ImmutableArray<GuidanceItem> RemovedGuidance { get; init; } = [];

    /// <summary>Changes what the agent reads and nothing of what is done with its proposals.</summary>
    public bool IsGuidanceOnly { get; init; }

    /// <summary>Compares by what a rule does, not by the counts it carries.</summary>
    public static BundleChange Between(Bundle? incumbent, Bundle candidate)
    {
        var before = (incumbent?.Rules ?? []).Select(Acts).ToHashSet();
        var after = candidate.Rules.Select(Acts).ToHashSet();
        ImmutableArray<Rule> added = [.. candidate.Rules.Where(rule => !before.Contains(Acts(rule)))];
        ImmutableArray<Rule> removed = incumbent is null ? [] : [.. incumbent.Rules.Where(rule => !after.Contains(Acts(rule)))];
        var (gained, lost) = (Without(candidate, incumbent), incumbent is null ? [] : Without(incumbent, candidate));
        return new(added, removed)
        {
            AddedGuidance = gained,
            RemovedGuidance = lost,
            IsGuidanceOnly = added.IsEmpty && removed.IsEmpty && gained.Length + lost.Length > 0 && string.Equals(incumbent?.Corrector, candidate.Corrector, StringComparison.Ordinal),
        };
    }

    /// <summary>Highest risk class of an action the added rules lead to.</summary>
    public RiskClass RiskFor(AgentDefinition agent)
    {
        var risk = agent.Risk;
        foreach (var rule in Added)
            if (rule.Action is { } action && agent.RiskOf(action) > risk) risk = agent.RiskOf(action);
        return risk;
    }

    // Ids of learned items stay while their words grow: what an item says is compared.
    private static ImmutableArray<GuidanceItem> Without(Bundle of, Bundle? other)
    {
        if (of.Guidance.IsEmpty) return [];
        var there = (other?.Guidance ?? []).Select(GuidanceJson.Read).ToLookup(static item => item.Id, StringComparer.Ordinal);
        return [.. of.Guidance.Select(GuidanceJson.Read).Where(item => !there[item.Id].Any(item.SaysTheSame)).OrderBy(static item => item.Id, StringComparer.Ordinal)];
    }

    private static (int, Emend.Logic.Conditions.Condition, RuleEffect, string?, string, long?) Acts(Rule rule) =>
        (rule.Priority, rule.When, rule.Effect, rule.Action, rule.Args.Json, rule.ExpiresAt);
}
