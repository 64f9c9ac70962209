using Emend.Engine.Evaluating.Statistics;

namespace Emend.Engine.Releasing;

/// <summary>What is known of a release so far.</summary>
/// <param name="ExposedAtStep">Decisions the candidate took (or computed, in the shadow) since the present step began.</param>
/// <param name="Judged">Decisions the candidate took in this release of which it is known how they did.</param>
/// <param name="Rollback">Evidence that the candidate is worse.</param>
/// <param name="Promotion">Evidence that it is not worse by the margin.</param>
internal sealed record ReleaseEvidence(long ExposedAtStep, long Judged, EProcess.Rollback Rollback, EProcess.Promotion Promotion)
{
    /// <summary>Nothing seen yet.</summary>
    public static ReleaseEvidence Nothing => new(0, 0, new(), new());
}
