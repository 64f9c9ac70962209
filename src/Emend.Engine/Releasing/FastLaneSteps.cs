using Emend.Engine.Evaluating;
using Emend.Engine.Normalizing;

namespace Emend.Engine.Releasing;

/// <summary>How wide a release starts that no person asked for.</summary>
/// <remarks>
/// Single remembered corrections touch the identical case only, and what is right there a person said: they start wide, with a part of the
/// traffic left out to compare with, since a watch without a comparison could never take anything back. Generalised rules reach cases nobody
/// looked at and start small; where the risk is medium, in the shadow. See docs/decisions/2026-11-22-the-fast-lane.md.
/// </remarks>
internal static class FastLaneSteps
{
    private static readonly ReleasePolicy RememberedAtLowRisk = ReleasePolicy.Default with { StepsBp = [9_000, 10_000] };
    private static readonly ReleasePolicy RememberedAtMediumRisk = ReleasePolicy.Default with { StepsBp = [2_500, 9_000, 10_000] };
    private static readonly ReleasePolicy LearnedAtLowRisk = ReleasePolicy.Default with { StepsBp = [100, 500, 2_500, 10_000] };

    /// <summary>The steps for a change.</summary>
    public static ReleasePolicy Of(BundleChange change, AgentDefinition agent) => (change.IsExactOnly, change.RiskFor(agent)) switch
    {
        (true, RiskClass.Low) => RememberedAtLowRisk,
        (true, _) => RememberedAtMediumRisk,
        (false, RiskClass.Low) => LearnedAtLowRisk,
        _ => ReleasePolicy.Default,
    };
}
