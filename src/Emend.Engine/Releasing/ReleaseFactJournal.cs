using Emend.Engine.Evaluating;
using Emend.Engine.Journal;
using Emend.Engine.Normalizing;

namespace Emend.Engine.Releasing;

/// <summary>Facts of releasing as journal entries, and back.</summary>
internal static class ReleaseFactJournal
{
    public const string Built = "candidate.built";
    public const string Evaluated = "candidate.evaluated";
    public const string Approved = "candidate.approved";
    public const string Rejected = "candidate.rejected";
    public const string Started = "release.started";
    public const string Extended = "release.extended";
    public const string Advanced = "release.advanced";
    public const string Held = "release.held";
    public const string Paused = "release.paused";
    public const string Resumed = "release.resumed";
    public const string TakenBack = "release.rolled-back";
    public const string Killed = "kill-switch.turned";
    public const string Suspended = "logic.suspended";
    public const string Restored = "logic.restored";

    /// <summary>Field of <see cref="Built"/> with the bundle's canonical bytes. Conditions may quote what customers wrote, so it is personal.</summary>
    public const string BundleField = "bundle";

    /// <summary>Field of <see cref="Evaluated"/> with the report's canonical bytes.</summary>
    public const string ReportField = "report";

    /// <summary>The entry of a fact.</summary>
    public static JournalDraft Draft(ReleaseFact fact, Actor actor)
    {
        var fields = new RecordFields().Text("agent", fact.Agent);
        var (type, id) = fact switch
        {
            CandidateBuilt f => (Built, Write(fields, f)),
            CandidateEvaluated f => (Evaluated, Write(fields, f)),
            CandidateApproved f => (Approved, Write(fields, f)),
            CandidateRejected f => (Rejected, Write(fields.Text("why", f.Why, FieldClass.Personal), "candidate", f.Candidate)),
            ReleaseStarted f => (Started, Write(fields.Text("displaces", f.Displaces), f.Release)),
            ReleaseExtended f => (Extended, Write(fields.Text("from", f.From).Text("to", f.To), "release", f.Id)),
            ReleaseAdvanced f => (Advanced, Write(fields, f)),
            ReleaseHeld f => (Held, Write(Write(fields.Text("code", f.Code), f.Evidence), "release", f.Id)),
            ReleasePaused f => (Paused, Write(fields.Text("why", f.Why, FieldClass.Personal), "release", f.Id)),
            ReleaseResumed f => (Resumed, Write(fields, "release", f.Id)),
            RolledBack f => (TakenBack, Write(Write(fields.Text("release", f.Id).Text("to", f.To).Text("why", f.Why, FieldClass.Personal), f.Evidence), "from", f.From)),
            LogicSuspended f => (Suspended, Write(fields.Text("why", f.Why, FieldClass.Personal), "logic", f.Id)),
            LogicRestored f => (Restored, Write(fields.Text("why", f.Why, FieldClass.Personal), "logic", f.Id)),
            KillSwitchTurned f => (Killed, Write(fields.Flag("on", f.IsOn).Text("why", f.Why, FieldClass.Personal), "switch", f.Agent)),
            _ => throw new ArgumentException($"unknown fact {fact.GetType().Name}", nameof(fact)),
        };
        return new() { Type = type, Actor = actor, OccurredAt = fact.At, Records = [fields.Record(id)] };
    }

    /// <summary>The fact of an entry; null for entries of other kinds. Protected fields may be missing: no state depends on them.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="by">Pseudonym of its actor.</param>
    public static ReleaseFact? Read(JournalEntry entry, Func<string> by)
    {
        var r = entry.Records[0];
        var at = entry.OccurredAt;
        return entry.Type switch
        {
            Built => new CandidateBuilt(r.Text("agent"), by(), at, r.Text("candidate"), r.TextOrNull("parent"), r.Text("dataSet"), (int)r.Number("records"), r.List("submitters"), r[BundleField] ?? ""),
            Evaluated => new CandidateEvaluated(r.Text("agent"), by(), at, r.Text("candidate"), new(
                r.Text("reportDigest"), Enum.Parse<EvaluationResult>(r.Text("result")), r.Text("goldenSet"), r.Text("policy"), r.TextOrNull("incumbent"),
                r.Flag("automatic"), Enum.Parse<RiskClass>(r.Text("risk")), by(), at), r[ReportField] ?? ""),
            Approved => new CandidateApproved(r.Text("agent"), by(), at, r.Text("candidate"), new(by(), r.Text("reportDigest"), at), r.Flag("complete"), r.Flag("acceptsUnproven"), r.TextOrNull("why") ?? ""),
            Rejected => new CandidateRejected(r.Text("agent"), by(), at, r.Text("candidate"), r.TextOrNull("why") ?? ""),
            Started => new ReleaseStarted(r.Text("agent"), by(), at, new()
            {
                Id = r.Text("release"),
                Candidate = r.Text("candidate"),
                Replaces = r.TextOrNull("replaces"),
                Salt = r.Text("salt"),
                Policy = ReleasePolicy.Parse(r["steps"]!),
                Share = TrafficShare.FromBasisPoints((int)r.Number("shareBp")),
                By = by(),
                StartedAt = at,
                StepStartedAt = at,
            }, r.TextOrNull("displaces")),
            Extended => new ReleaseExtended(r.Text("agent"), by(), at, r.Text("release"), r.Text("from"), r.Text("to")),
            Advanced => new ReleaseAdvanced(r.Text("agent"), by(), at, r.Text("release"), r.Text("candidate"), r.TextOrNull("replaces"),
                TrafficShare.FromBasisPoints((int)r.Number("fromBp")), TrafficShare.FromBasisPoints((int)r.Number("toBp")), r.Flag("proof")) { Evidence = EvidenceNote.Parse(r[EvidenceNote.Field]) },
            Held => new ReleaseHeld(r.Text("agent"), by(), at, r.Text("release"), r.Text("code")) { Evidence = EvidenceNote.Parse(r[EvidenceNote.Field]) },
            Paused => new ReleasePaused(r.Text("agent"), by(), at, r.Text("release"), r.TextOrNull("why") ?? ""),
            Resumed => new ReleaseResumed(r.Text("agent"), by(), at, r.Text("release")),
            TakenBack => new RolledBack(r.Text("agent"), by(), at, r.TextOrNull("release"), r.Text("from"), r.TextOrNull("to"), r.TextOrNull("why") ?? "") { Evidence = EvidenceNote.Parse(r[EvidenceNote.Field]) },
            Suspended => new LogicSuspended(r.Text("agent"), by(), at, r.Text("logic"), r.TextOrNull("why") ?? ""),
            Restored => new LogicRestored(r.Text("agent"), by(), at, r.Text("logic"), r.TextOrNull("why") ?? ""),
            Killed => new KillSwitchTurned(r.Text("agent"), by(), at, r.Flag("on"), r.TextOrNull("why") ?? ""),
            _ => null,
        };
    }

    private static string Write(RecordFields fields, string path, string id)
    {
        fields.Text(path, id);
        return id;
    }

    private static RecordFields Write(RecordFields fields, EvidenceNote? evidence) =>
        evidence is null ? fields : fields.Json(EvidenceNote.Field, evidence.Canonical(), FieldClass.Internal);

    private static string Write(RecordFields fields, CandidateBuilt f)
    {
        fields.Text("parent", f.Parent).Text("dataSet", f.DataSet).Number("records", f.Records).List("submitters", f.Submitters).Json(BundleField, f.Bundle, FieldClass.Personal);
        return Write(fields, "candidate", f.Candidate);
    }

    private static string Write(RecordFields fields, CandidateEvaluated f)
    {
        var e = f.Evaluation;
        fields.Text("reportDigest", e.Report).Text("result", e.Result.ToString()).Text("goldenSet", e.GoldenSet).Text("policy", e.Policy)
            .Text("incumbent", e.Incumbent).Flag("automatic", e.IsAutomatic).Text("risk", e.Risk.ToString()).Json(ReportField, f.Report, FieldClass.Internal);
        return Write(fields, "candidate", f.Candidate);
    }

    private static string Write(RecordFields fields, CandidateApproved f)
    {
        fields.Text("reportDigest", f.Approval.Report).Flag("complete", f.IsComplete).Flag("acceptsUnproven", f.Accepts).Text("why", f.Why, FieldClass.Personal);
        return Write(fields, "candidate", f.Candidate);
    }

    private static string Write(RecordFields fields, Release release)
    {
        fields.Text("candidate", release.Candidate).Text("replaces", release.Replaces).Text("salt", release.Salt).Number("shareBp", release.Share.BasisPoints)
            .Json("steps", release.Policy.Canonical(), FieldClass.Internal);
        return Write(fields, "release", release.Id);
    }

    private static string Write(RecordFields fields, ReleaseAdvanced f)
    {
        Write(fields, f.Evidence).Text("candidate", f.Candidate).Text("replaces", f.Replaces).Number("fromBp", f.From.BasisPoints).Number("toBp", f.To.BasisPoints).Flag("proof", f.HasProof);
        return Write(fields, "release", f.Id);
    }
}
