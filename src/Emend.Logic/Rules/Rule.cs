using System.Collections.Immutable;
using Emend.Logic.Conditions;

namespace Emend.Logic.Rules;

/// <summary>What a rule does when its condition holds.</summary>
public enum RuleEffect : byte
{
    /// <summary>Keep the agent's action: an exception to rules of lower priority.</summary>
    Keep,
    /// <summary>Do another action instead.</summary>
    Override,
    /// <summary>Do the proposed action with some arguments changed.</summary>
    Patch,
    /// <summary>Do nothing.</summary>
    Block,
    /// <summary>Ask a person.</summary>
    Escalate,
}

/// <summary>Where a rule came from.</summary>
public enum RuleOrigin : byte
{
    /// <summary>Written by a person.</summary>
    Written,
    /// <summary>Mined from many rulings.</summary>
    Mined,
    /// <summary>One approved correction, acting on the identical case only.</summary>
    Exact,
}

/// <summary>One piece of an agent's logic: when <see cref="When"/> holds, do <see cref="Effect"/>.</summary>
/// <remarks>
/// Among the rules that hold, the first in this order acts: highest <see cref="Priority"/>, then most specific
/// (<see cref="Specificity"/>), then newest (<see cref="EvidenceThrough"/>), then smallest <see cref="Id"/>. The order is total.
/// </remarks>
public sealed record Rule
{
    /// <summary>Id within the bundle, stable across rebuilds: derived from content for learned rules.</summary>
    public required string Id { get; init; }

    /// <summary>Where it came from. Default: written by a person.</summary>
    public RuleOrigin Origin { get; init; }

    /// <summary>Higher acts first; -1,000 to 1,000, default 0.</summary>
    public int Priority { get; init; }

    /// <summary>The condition.</summary>
    public required Condition When { get; init; }

    /// <summary>What to do.</summary>
    public required RuleEffect Effect { get; init; }

    /// <summary>Label to do instead; required for <see cref="RuleEffect.Override"/>, null for all others.</summary>
    public string? Action { get; init; }

    /// <summary>Arguments of the new action (override), or the merge patch (patch; RFC 7396).</summary>
    public ActionArgs Args { get; init; } = ActionArgs.None;

    /// <summary>Why, for people; shown with every result. Learned rules generate it.</summary>
    public string Because { get; init; } = "";

    /// <summary>Instant of the newest evidence behind it, microseconds since 1970 UTC; when it was written, for a rule written by a person.</summary>
    public long EvidenceThrough { get; init; }

    /// <summary>Instant after which it no longer acts, microseconds since 1970 UTC; null: never expires.</summary>
    public long? ExpiresAt { get; init; }

    /// <summary>Ids of the rulings it stands on, sorted; empty for a written rule.</summary>
    public ImmutableArray<string> Evidence { get; init; } = [];

    /// <summary>Reviewed cases it fired on where it would have been right.</summary>
    public int Right { get; init; }

    /// <summary>Reviewed cases it fired on where it would have been wrong.</summary>
    public int Wrong { get; init; }

    /// <summary>Distinct people whose rulings support it.</summary>
    public int Submitters { get; init; }

    /// <summary>Number of predicates in <see cref="When"/>: more is more specific.</summary>
    public int Specificity => Count(When);

    /// <summary>The order in which rules are tried: priority, specificity, newest evidence, id. Total on rules with different ids.</summary>
    public static IComparer<Rule> Order { get; } = Comparer<Rule>.Create(static (a, b) =>
    {
        var order = b.Priority.CompareTo(a.Priority);
        if (order == 0) order = b.Specificity.CompareTo(a.Specificity);
        if (order == 0) order = b.EvidenceThrough.CompareTo(a.EvidenceThrough);
        return order != 0 ? order : string.CompareOrdinal(a.Id, b.Id);
    });

    /// <summary>The rules in the order in which they are tried; the array itself when it is sorted already.</summary>
    public static ImmutableArray<Rule> Sort(ImmutableArray<Rule> rules)
    {
        for (var i = 1; i < rules.Length; i++)
            if (Order.Compare(rules[i - 1], rules[i]) > 0) return rules.Sort(Order);
        return rules;
    }

    /// <inheritdoc cref="Sort(ImmutableArray{Rule})"/>
    public static ImmutableArray<Rule> Sort(IEnumerable<Rule> rules) => Sort(rules.ToImmutableArray());

    private static int Count(Condition condition) => condition switch
    {
        All all => all.Terms.Sum(Count),
        Any any => any.Terms.Length == 0 ? 0 : any.Terms.Min(Count),
        Not not => Count(not.Term),
        _ => 1,
    };
}
