using Emend.Engine.Capturing;
using Emend.Engine.Evaluating;
using Emend.Engine.Evaluating.Replay;
using Emend.Engine.Learning.Guidance;
using Emend.Engine.Learning.Rules;
using Emend.Engine.Learning.Written;
using Emend.Engine.Normalizing;
using Emend.Engine.Releasing;
using Emend.Engine.Reviewing;
using Emend.Engine.Storage;
using Emend.Engine.Trust;
using Emend.Logic;
using Emend.Logic.Rules;

namespace Emend.Engine.Learning;

/// <summary>How careful a learner is.</summary>
internal enum LearnerPreset : byte
{
    /// <summary>Only what its own forward test certifies acts.</summary>
    Careful,
    /// <summary>Whatever was corrected often, without a look at where the agent was right: for showing what the gates are for.</summary>
    Rash,
    /// <summary>Careful, and every rule stands on as many people as the agent's change envelope asks for: for a release without a person.</summary>
    Automatic,
    /// <summary>Remembers single corrections inside the change envelope beside the parent's rules, and generalises nothing.</summary>
    Remember,
}

/// <summary>What a candidate was built from, so that it can be built again: kept beside the bundle, not in it, since it depends on when things arrived.</summary>
/// <param name="Bundle">Digest of the bundle.</param>
/// <param name="Agent">The agent as it was defined then.</param>
/// <param name="UpTo">Journal entries before this one were there.</param>
/// <param name="BuiltAt">When, microseconds since 1970 UTC.</param>
/// <param name="Preset">How careful the learner was.</param>
internal sealed record CandidateSnapshot(string Bundle, AgentDefinition Agent, long UpTo, long BuiltAt, LearnerPreset Preset)
{
    /// <summary>Digest of the data set its cases are (<see cref="DataSets.DataSet"/>); null for what was built before data sets were kept.</summary>
    public string? DataSet { get; init; }
}

/// <summary>Builds bundles from what a snapshot holds. The same snapshot and the same corrections left out give the same bytes.</summary>
internal sealed class CandidateSource(IWorkspaceStore store, LearningCases cases, Decisions decisions, WrittenRules written, WrittenGuidance writtenGuidance, GuidanceUses uses, ReleaseLedger ledger, TrustBook trust, TimeProvider clock)
{
    private readonly Audits _audits = new(store);
    private readonly LogicHistory _history = new(store, ledger);

    // Decisions that Emend changed were not the agent's to be judged by: their proposals did not stand.
    private const string Proposals = """
        SELECT d.action, count(*) FROM decision d
         WHERE d.agent = @agent AND d.entry < @upTo
           AND NOT EXISTS (SELECT 1 FROM exposure e WHERE e.decision = d.id AND e.changed = 1 AND e.served_us < @builtAt)
         GROUP BY d.action
        """;

    // All rules of a rash candidate come from corrections alone.
    private static readonly LearnerOptions Rash = LearnerOptions.Default with { Mines = false, ExactTimeToLive = TimeSpan.Zero };

    private static readonly LearnerOptions Memory = LearnerOptions.Default with { Mines = false };

    /// <summary>
    /// The reviewed decisions a snapshot holds, as far as they are trusted: without gold items, without what people in quarantine said, then or now, and
    /// without those corrections that were withdrawn since or are in <paramref name="without"/>.
    /// </summary>
    /// <param name="snapshot">The snapshot.</param>
    /// <param name="without">Ids of corrections to leave out; null: none.</param>
    /// <param name="quarantine">Pseudonyms to treat as if they were in quarantine; null: nobody else.</param>
    public List<LearningCase> Cases(CandidateSnapshot snapshot, IReadOnlySet<string>? without = null, IReadOnlySet<Guid>? quarantine = null)
    {
        var (gold, untrusted) = (trust.GoldAt(snapshot.Agent.Id, snapshot.UpTo), trust.QuarantinedAt(snapshot.UpTo));
        if (quarantine is not null) untrusted = untrusted.Union(quarantine).ToHashSet();
        return [.. Trusted(snapshot.Agent.Id, [.. cases.Read(snapshot.Agent, signals => gold.Contains(signals.Decision.Id) ? null : signals.AsOf(snapshot.UpTo, without, untrusted))], snapshot.UpTo)];
    }

    /// <summary>Cases weighed by whose word they rest on; those that are not trusted at all are left out. Drawn ones prove something as far as they were answered in order.</summary>
    public IReadOnlyList<LearningCase> Trusted(string agent, IReadOnlyList<LearningCase> cases, long upTo)
    {
        var trusted = trust.Weigh(agent, _audits.InOrder(agent, cases, upTo), upTo);
        TrustTelemetry.Weighed(trusted);
        return trusted.Cases;
    }

    /// <summary>What there is of an agent now, for a learner.</summary>
    public CandidateSnapshot SnapshotNow(AgentDefinition agent, LearnerPreset preset) => new("", agent, store.Size, FeatureValue.UnixMicroseconds(clock.GetUtcNow()), preset);

    /// <summary>Journal entry of an agent's oldest correction that counts no longer: withdrawn, of somebody in quarantine, or of a gold item; beyond all entries when there is none.</summary>
    public long OldestUncounted(string agent) => store.Read(connection =>
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT min(c.entry) FROM correction c JOIN decision d ON d.id = c.decision_id WHERE d.agent = @agent AND (c.is_withdrawn = 1 OR c.principal IN (SELECT principal FROM quarantine) OR c.decision_id IN (SELECT decision_id FROM gold_item))";
        return command.Bind("@agent", agent).ExecuteScalar() as long? ?? long.MaxValue;
    });

    /// <summary>What people had written when a snapshot was taken.</summary>
    public IReadOnlyList<Rule> WrittenFor(CandidateSnapshot snapshot) => written.AsOf(snapshot.Agent.Id, snapshot.UpTo);

    /// <summary>What guidance is made from besides the cases of a snapshot.</summary>
    public GuidanceSource GuidanceFor(CandidateSnapshot snapshot) => new(writtenGuidance.AsOf(snapshot.Agent.Id, snapshot.UpTo), uses.AsOf(snapshot.Agent.Id, snapshot.UpTo));

    /// <summary>Builds.</summary>
    /// <param name="snapshot">What there was.</param>
    /// <param name="parent">Digest of the bundle that this one follows.</param>
    /// <param name="from">The cases.</param>
    /// <param name="cancel">Cancels.</param>
    /// <param name="parentBundle">The parent itself where it is not in the registry yet.</param>
    public BuiltCandidate Build(CandidateSnapshot snapshot, string? parent, IReadOnlyCollection<LearningCase> from, CancellationToken cancel, Bundle? parentBundle = null) =>
        BuildCandidate.From(Input(snapshot, parent, parentBundle, from), cancel);

    /// <summary>What a candidate is evaluated on: all decisions of its agent, marked by what their truth is worth as proof.</summary>
    /// <param name="snapshot">What the candidate was built from.</param>
    /// <param name="parent">Digest of the bundle that it follows.</param>
    /// <param name="from">The cases.</param>
    /// <param name="history">The agent's decisions where they are at hand; null: read from disk, a chunk at a time.</param>
    public EvaluationGround GroundOf(CandidateSnapshot snapshot, string? parent, IReadOnlyList<LearningCase> from, IReadOnlyList<KnownDecision>? history = null)
    {
        var training = from.Select(static one => one.Decision.Id).ToHashSet(StringComparer.Ordinal);
        var answeredTo = _audits.AnsweredTo(snapshot.Agent.Id, snapshot.UpTo);
        return new(() => (history ?? decisions.Read(snapshot.Agent.Id)).Select(known => ReplayCase.Stored(known, training, answeredTo)), from, RebuildOf(Input(snapshot, parent, null, from), snapshot));
    }

    // Rules made from the corrections of a fold would vouch for themselves: they are made anew for each.
    private Rebuild RebuildOf(LearningInput input, CandidateSnapshot snapshot)
    {
        if (snapshot.Preset != LearnerPreset.Rash) return LearnerRebuild.Of(input);
        var rules = WrittenFor(snapshot);
        return kept => LearnerRebuild.Of(input with { Written = [.. rules, .. NaiveRules.From(kept)] })(kept);
    }

    private LearningInput Input(CandidateSnapshot snapshot, string? parent, Bundle? parentBundle, IReadOnlyCollection<LearningCase> from)
    {
        var input = new LearningInput
        {
            Agent = snapshot.Agent,
            Parent = parent,
            Cases = from,
            Retired = _history.Retired(snapshot.Agent.Id, snapshot.UpTo),
            CorrectorStoppedAt = _history.CorrectorStoppedAt(snapshot.Agent.Id, snapshot.UpTo),
            // The other learners train no corrector.
            Certificate = snapshot.Preset == LearnerPreset.Careful ? 1 + _history.Certificates(snapshot.Agent.Id, snapshot.UpTo) : null,
        };
        return snapshot.Preset switch
        {
            LearnerPreset.Careful => input with { Options = RequiredSupport.For(snapshot.Agent, from, LearnerOptions.Default, isAutomatic: false), Decisions = ProposalsOf(snapshot), Written = WrittenFor(snapshot), Guidance = GuidanceFor(snapshot) },
            LearnerPreset.Rash => input with { Options = Rash, Written = [.. WrittenFor(snapshot), .. NaiveRules.From(from)], Guidance = GuidanceFor(snapshot) },
            // What somebody wrote by hand is released by hand first: only what is served already is kept.
            LearnerPreset.Automatic => input with
            {
                Decisions = ProposalsOf(snapshot),
                Written = [.. Generalised(parentBundle ?? BundleOf(parent)).Where(static rule => rule.Origin == RuleOrigin.Written)],
                Options = RequiredSupport.For(snapshot.Agent, from, LearnerOptions.Default, isAutomatic: true),
                InsideEnvelope = true,
                KeptGuidance = (parentBundle ?? BundleOf(parent))?.Guidance ?? [],
                // A corrector generalises: people release it. The one they released stays.
                Corrector = (parentBundle ?? BundleOf(parent))?.Corrector,
            },
            LearnerPreset.Remember => input with
            {
                Options = Memory,
                InsideEnvelope = true,
                Written = [.. Generalised(parentBundle ?? BundleOf(parent))],
                Corrector = (parentBundle ?? BundleOf(parent))?.Corrector,
                KeptGuidance = (parentBundle ?? BundleOf(parent))?.Guidance ?? [],
            },
            var unknown => throw new InvalidDataException($"bundle {snapshot.Bundle} was built by learner {(int)unknown}, which this version does not know; use the version that built it"),
        };
    }

    private Bundle? BundleOf(string? digest) => digest is null ? null : ledger.Bundle(digest);

    private static IEnumerable<Rule> Generalised(Bundle? parent) => parent is null ? [] : parent.Rules.Where(static rule => rule.Origin != RuleOrigin.Exact);

    private Dictionary<string, int> ProposalsOf(CandidateSnapshot snapshot) => store.Read(connection =>
    {
        using var command = connection.CreateCommand();
        command.CommandText = Proposals;
        command.Bind("@agent", snapshot.Agent.Id).Bind("@upTo", snapshot.UpTo).Bind("@builtAt", snapshot.BuiltAt);
        return SignalRows.All(command, static row => (Action: row.GetString(0), Count: row.GetInt32(1))).ToDictionary(static r => r.Action, static r => r.Count, StringComparer.Ordinal);
    });
}
