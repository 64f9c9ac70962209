namespace Emend.Engine.Releasing;

/// <summary>A refusal for which a release stays where it is until a person has looked: neither good news nor bad, but no basis to go on.</summary>
internal interface IHoldReason;

internal sealed record UnitsFallAskew(long InCanary, double Expected, double Evidence)
    : Refusal("release.sample-ratio", FormattableString.Invariant($"{InCanary} units are in the canary where {Expected:0} were to be expected (evidence {Evidence:0.#}): assignment is broken or one arm's records are lost or late, so nothing the arms show can be trusted. Find out why; a person may go on with --without-proof, or take it back")), IHoldReason;

internal sealed record ReportsAreLopsided(long InCanary, double Expected, double Evidence)
    : Refusal("release.reports-lopsided", FormattableString.Invariant($"it is known of {InCanary} units of the canary how they did where {Expected:0} were to be expected (evidence {Evidence:0.#}): one arm is looked at more, or later, than the other, so their bad outcomes cannot be compared. Find out why; a person may go on with --without-proof, or take it back")), IHoldReason;

internal sealed record OverHorizon(string Id, long Decisions)
    : Refusal("release.over-horizon", FormattableString.Invariant($"release {Id} is at this step longer than its policy looks ahead ({Decisions} decisions by now) and nothing was shown; a person decides: advance with --without-proof, resume after a pause to look on, or take it back")), IHoldReason;

/// <summary>When the statistics of a release are no basis to go on.</summary>
internal static class ReleaseHold
{
    /// <summary>Codes of all reasons.</summary>
    public static readonly IReadOnlySet<string> Codes = new HashSet<string>(StringComparer.Ordinal) { "release.sample-ratio", "release.reports-lopsided", "release.over-horizon" };

    /// <summary>Why what the arms show cannot be trusted; null when it can.</summary>
    public static Refusal? Of(ReleaseEvidence evidence)
    {
        if (evidence.Units.IsBroken) return new UnitsFallAskew(evidence.Units.InCanary, evidence.Units.Expected, Math.Exp(Math.Min(evidence.Units.HighestLog, 500)));
        return evidence.Reports.IsBroken ? new ReportsAreLopsided(evidence.Reports.InCanary, evidence.Reports.Expected, Math.Exp(Math.Min(evidence.Reports.HighestLog, 500))) : null;
    }

    /// <summary>Whether a step takes longer, in time or decisions, than the policy looks ahead.</summary>
    public static bool IsOver(Release release, ReleaseEvidence evidence, long at) =>
        at - release.StepStartedAt >= (long)release.Policy.Horizon.TotalMicroseconds || evidence.DecisionsAtStep >= release.Policy.HorizonDecisions;
}
