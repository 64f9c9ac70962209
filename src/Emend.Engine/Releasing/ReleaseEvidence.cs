using System.Collections.Immutable;
using Emend.Engine.Evaluating.Statistics;

namespace Emend.Engine.Releasing;

/// <summary>What is known of a release so far.</summary>
/// <param name="ExposedAtStep">Decisions the candidate took (or computed, in the shadow) since the present step began.</param>
/// <param name="Judged">Decisions the candidate took in this release of which it is known how they did.</param>
/// <param name="Rollback">Evidence that the candidate is wrong more often.</param>
/// <param name="Promotion">Evidence that it is not, by the margin.</param>
internal sealed record ReleaseEvidence(long ExposedAtStep, long Judged, EProcess.Rollback Rollback, EProcess.Promotion Promotion)
{
    /// <summary>Nothing seen yet.</summary>
    public static ReleaseEvidence Nothing => new(0, 0, new(), new());

    /// <summary>Decisions under the release since the present step began, of all arms.</summary>
    public long DecisionsAtStep { get; init; }

    /// <summary>What was seen of each arm.</summary>
    public ArmCounts Canary { get; init; }

    /// <inheritdoc cref="Canary"/>
    public ArmCounts Stable { get; init; }

    /// <summary>Whether units fall into the arms as planned.</summary>
    public SampleRatio Units { get; init; } = new();

    /// <summary>Whether it becomes known of both arms alike how they did.</summary>
    public SampleRatio Reports { get; init; } = new();

    /// <summary>How many times as likely a wrong final action is in the canary.</summary>
    public RelativeRisk Risk { get; init; } = new();

    /// <summary>The policy's guard metrics, beside <c>wrong</c>.</summary>
    public ImmutableArray<MetricEvidence> Guards { get; init; } = [];

    /// <summary>The policy's success metrics.</summary>
    public ImmutableArray<MetricEvidence> Success { get; init; } = [];

    /// <summary>Tripwires and how many units of the canary touched each.</summary>
    public ImmutableArray<(Tripwire Wire, int Touched)> Tripwires { get; init; } = [];

    /// <summary>A release's policy with the guard metrics that were looked at beside it: they share the probability of a false alarm.</summary>
    public ReleasePolicy Watched(ReleasePolicy policy) => Guards.Aggregate(policy, static (watched, guard) => watched.Watching(guard.Metric));

    /// <summary>What takes the candidate back; null: nothing does.</summary>
    public string? TakesBack(ReleasePolicy policy)
    {
        foreach (var (wire, touched) in Tripwires)
            if (touched >= wire.Count) return FormattableString.Invariant($"tripwire {wire.Metric}: {touched} units of the canary touched it ({wire.Count} take it back)");
        if (Rollback.Demands(policy.RollbackAlpha, policy.GuardCount)) return Red(WatchedMetric.WrongName, Rollback, policy);
        foreach (var guard in Guards)
        {
            if (!guard.Demands(policy)) continue;
            var difference = guard.DifferenceAt(policy.RollbackAlpha / policy.GuardCount);
            return guard.Metric.IsMean
                ? FormattableString.Invariant($"{guard.Metric.Name} differs by {difference.Lower:0.###} to {difference.Upper:0.###} from the stable arm: all of it is worse")
                : Red(guard.Metric.Name, guard.Rollback, policy);
        }
        return null;
    }

    /// <summary>Whether something is enough not to widen.</summary>
    public bool IsAlarming(ReleasePolicy policy) => Rollback.IsAlarming(policy.RollbackAlpha) || Guards.Any(guard => guard.IsAlarming(policy));

    /// <summary>Whether the candidate is shown to do no worse by every guard metric.</summary>
    public bool IsHarmless(ReleasePolicy policy) => Promotion.Allows(policy.PromotionAlpha) && Guards.All(guard => guard.Allows(policy));

    /// <summary>Whether it is shown to do better by a success metric, where the policy names any.</summary>
    public bool IsBetter(ReleasePolicy policy) => policy.Success.IsDefaultOrEmpty || Success.Any(metric => metric.IsBetter(policy));

    /// <summary>The highest evidence against the candidate, by any metric.</summary>
    public double AgainstLog => Guards.Where(static guard => !guard.Metric.IsMean).Select(static guard => guard.Rollback.HighestLog).Append(Rollback.HighestLog).Max();

    private static string Red(string metric, EProcess.Rollback rollback, ReleasePolicy policy) => FormattableString.Invariant(
        $"{rollback.Events} bad outcomes ({metric}) are evidence of {Math.Exp(rollback.HighestLog):0.#} that the candidate does worse ({policy.GuardCount / policy.RollbackAlpha:0.#} takes it back)");
}

/// <summary>What was seen of one arm of a release.</summary>
/// <param name="Units">Units.</param>
/// <param name="Decisions">Their decisions.</param>
/// <param name="Judged">Units of which it is known how they did.</param>
/// <param name="Bad">Of those, units with a wrong final action.</param>
internal readonly record struct ArmCounts(long Units, long Decisions, long Judged, long Bad);
