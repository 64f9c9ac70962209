using Emend.Engine.Access;
using Emend.Engine.Capturing;
using Emend.Engine.Evaluating.Golden;
using Emend.Engine.Journal;
using Emend.Engine.Learning;
using Emend.Engine.Learning.DataSets;
using Emend.Engine.Learning.Features;
using Emend.Engine.Learning.Guidance;
using Emend.Engine.Learning.Written;
using Emend.Engine.Messaging;
using Emend.Engine.Observing.Alerts;
using Emend.Engine.Observing.Drift;
using Emend.Engine.Releasing;
using Emend.Engine.Serving;

namespace Emend.Engine;

/// <summary>The read models of all stages. Each is made from the journal alone and can be made again from it.</summary>
internal static class ReadModels
{
    /// <summary>One of each, in the order in which an entry is shown to them.</summary>
    public static IReadOnlyList<IProjection> Create() =>
    [
        .. IntakeProjections.Create(),
        WrittenRules.Table.Projection,
        WrittenGuidance.Table.Projection,
        new GuidanceExposureProjection(),
        new CandidateSnapshotProjection(),
        new FeatureProjection(),
        new DataSetProjection(),
        new GoldenProjection(),
        new ReleasingProjection(),
        new LogicHistoryProjection(),
        new ExposureProjection(),
        new AccessProjection(),
        new ProposalProjection(),
        new AlertProjection(),
        new DriftProjection(),
        new WebhookProjection(),
        new ManifestProjection(),
    ];
}
