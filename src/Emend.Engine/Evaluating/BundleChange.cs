using System.Collections.Immutable;
using Emend.Engine.Normalizing;
using Emend.Logic;
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

    /// <summary>Compares by what a rule does, not by the counts it carries.</summary>
    public static BundleChange Between(Bundle? incumbent, Bundle candidate)
    {
        var before = (incumbent?.Rules ?? []).Select(Acts).ToHashSet();
        var after = candidate.Rules.Select(Acts).ToHashSet();
        return new(
            [.. candidate.Rules.Where(rule => !before.Contains(Acts(rule)))],
            incumbent is null ? [] : [.. incumbent.Rules.Where(rule => !after.Contains(Acts(rule)))]);
    }

    /// <summary>Highest risk class of an action the added rules lead to.</summary>
    public RiskClass RiskFor(AgentDefinition agent)
    {
        var risk = agent.Risk;
        foreach (var rule in Added)
            if (rule.Action is { } action && agent.RiskOf(action) > risk) risk = agent.RiskOf(action);
        return risk;
    }

    private static (int, Emend.Logic.Conditions.Condition, RuleEffect, string?, string, long?) Acts(Rule rule) =>
        (rule.Priority, rule.When, rule.Effect, rule.Action, rule.Args.Json, rule.ExpiresAt);
}
