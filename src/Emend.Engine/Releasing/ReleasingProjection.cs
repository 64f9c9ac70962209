using Emend.Engine.Journal;
using Emend.Engine.Storage;

namespace Emend.Engine.Releasing;

/// <summary>The registry of candidates and the boards of agents: the folds of <see cref="Candidate"/> and <see cref="AgentBoard"/> over the journal.</summary>
internal sealed class ReleasingProjection : IProjection
{
    public string Name => "releasing";

    public IReadOnlyList<string> Tables { get; } = ["candidate", "agent_board"];

    public IReadOnlyList<string> DigestQueries { get; } =
    [
        """
        SELECT digest, agent, name_of(author), parent, data_set, records, built_us, state, report, result, golden_set, gate_policy, incumbent, automatic, risk
          FROM candidate ORDER BY digest
        """,
        """
        SELECT agent, version, served, previous, killed, counter, release_id, release_candidate, release_replaces, release_salt, release_policy,
               release_share_bp, release_paused, release_started_us, release_step_us, fast_lane_held, release_held, holdback_bp, suspended
          FROM agent_board ORDER BY agent
        """,
    ];

    public void Apply(UnitOfWork work, JournalEntry entry)
    {
        if (ReleaseFactJournal.Read(entry, () => PersonOf(work, entry.Actor)) is not { } fact) return;
        var board = ReleasingRows.ReadBoard(work.Command(ReleasingSql.Board), fact.Agent);
        ReleasingRows.WriteBoard(work.Command(ReleasingSql.SetBoard), board.After(fact));

        if (fact is CandidateBuilt built)
        {
            Store(work, new(new()
            {
                Digest = built.Candidate,
                Agent = built.Agent,
                Author = built.By,
                Submitters = built.Submitters,
                Parent = built.Parent,
                DataSet = built.DataSet,
                Records = built.Records,
                BuiltAt = built.At,
            }, entry.Index, null));
            return;
        }
        foreach (var digest in Touched(fact))
        {
            foreach (var stored in ReleasingRows.ReadCandidates(work.Command(ReleasingSql.Candidate).Bind("@digest", digest)))
                Store(work, stored with { Candidate = stored.Candidate.After(fact), ReportEntry = fact is CandidateEvaluated ? entry.Index : stored.ReportEntry });
        }
    }

    /// <summary>How people and policies are named in rows.</summary>
    internal static string PersonOf(UnitOfWork work, Actor actor) => actor.IsPolicy ? actor.Name : work.PrincipalOf(actor.Name).ToString();

    private static void Store(UnitOfWork work, CandidateRow row) => ReleasingRows.WriteCandidate(work.Command(ReleasingSql.SetCandidate), row);

    private static IEnumerable<string> Touched(ReleaseFact fact)
    {
        string?[] touched = fact switch
        {
            CandidateEvaluated f => [f.Candidate],
            CandidateApproved f => [f.Candidate],
            CandidateRejected f => [f.Candidate],
            ReleaseStarted f => [f.Release.Candidate, f.Displaces],
            ReleaseExtended f => [f.From, f.To],
            ReleaseAdvanced f => [f.Candidate, f.Replaces],
            RolledBack f => [f.From, f.To],
            _ => [],
        };
        return touched.OfType<string>();
    }
}
