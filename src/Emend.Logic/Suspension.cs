using System.Collections.Immutable;
using Emend.Logic.Rules;

namespace Emend.Logic;

/// <summary>
/// A bundle with some of its logic told not to act for the time being. The bundle itself, its digest and its approval stay what they are: what is
/// suspended is named beside it in the signed <see cref="ReleaseManifest"/>.
/// </summary>
public static class Suspension
{
    /// <summary>Stands in a list of suspended rules for the corrector.</summary>
    public const string Corrector = "corrector";

    /// <summary>What acts while some of it is suspended.</summary>
    /// <remarks>
    /// A suspended rule still holds where it held, and the agent's proposal stands there: were it taken out, a rule of lower priority would
    /// act in its place, in a combination that nobody evaluated. A suspended corrector is left out; nothing comes after it. Guardrails are never suspended.
    /// </remarks>
    /// <param name="bundle">The bundle.</param>
    /// <param name="suspended">Ids of rules, and <see cref="Corrector"/>; those the bundle does not have are passed over.</param>
    public static Bundle Apply(Bundle bundle, IReadOnlyCollection<string> suspended)
    {
        ArgumentNullException.ThrowIfNull(bundle);
        ArgumentNullException.ThrowIfNull(suspended);
        if (suspended.Count == 0) return bundle;
        var ids = suspended.ToHashSet(StringComparer.Ordinal);
        var isCorrector = bundle.Corrector is not null && ids.Contains(Corrector);
        if (!isCorrector && !bundle.Rules.Any(rule => ids.Contains(rule.Id))) return bundle;
        return bundle with
        {
            Rules = [.. bundle.Rules.Select(rule => ids.Contains(rule.Id) ? rule with { Effect = RuleEffect.Keep, Action = null, Args = ActionArgs.None } : rule)],
            Corrector = isCorrector ? null : bundle.Corrector,
        };
    }

    /// <summary>What acts for units that nothing learned is served to: the guardrails.</summary>
    public static Bundle OnlyGuardrails(Bundle bundle)
    {
        ArgumentNullException.ThrowIfNull(bundle);
        return bundle with { Rules = [], Corrector = null, Guidance = ImmutableArray<string>.Empty };
    }
}
