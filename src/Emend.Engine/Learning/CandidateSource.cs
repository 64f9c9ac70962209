using Emend.Engine.Capturing;
using Emend.Engine.Evaluating;
using Emend.Engine.Evaluating.Replay;
using Emend.Engine.Learning.Rules;
using Emend.Engine.Learning.Written;
using Emend.Engine.Normalizing;
using Emend.Engine.Reviewing;
using Emend.Engine.Storage;
using Emend.Logic.Rules;

namespace Emend.Engine.Learning;

/// <summary>How careful a learner is.</summary>
internal enum LearnerPreset : byte
{
    /// <summary>Only what its own forward test certifies acts.</summary>
    Careful,
    /// <summary>Whatever was corrected often, without a look at where the agent was right: for showing what the gates are for.</summary>
    Rash,
}

/// <summary>What a candidate was built from, so that it can be built again: kept beside the bundle, not in it, since it depends on when things arrived.</summary>
/// <param name="Bundle">Digest of the bundle.</param>
/// <param name="Agent">The agent as it was defined then.</param>
/// <param name="UpTo">Journal entries before this one were there.</param>
/// <param name="BuiltAt">When, microseconds since 1970 UTC.</param>
/// <param name="Preset">How careful the learner was.</param>
internal sealed record CandidateSnapshot(string Bundle, AgentDefinition Agent, long UpTo, long BuiltAt, LearnerPreset Preset);

/// <summary>Builds bundles from what a snapshot holds. The same snapshot and the same corrections left out give the same bytes.</summary>
internal sealed class CandidateSource(IWorkspaceStore store, LearningCases cases, Decisions decisions, WrittenRules written)
{
    // Decisions that Emend changed were not the agent's to be judged by: their proposals did not stand.
    private const string Proposals = """
        SELECT d.action, count(*) FROM decision d
         WHERE d.agent = @agent AND d.entry < @upTo
           AND NOT EXISTS (SELECT 1 FROM exposure e WHERE e.decision = d.id AND e.changed = 1 AND e.served_us < @builtAt)
         GROUP BY d.action
        """;

    // Mines nothing: all rules of a rash candidate come from corrections alone.
    private static readonly LearnerOptions Rash = LearnerOptions.Default with { MinFixes = int.MaxValue, MinFixesOfDeadProposal = int.MaxValue, ExactTimeToLive = TimeSpan.Zero };

    /// <summary>The reviewed decisions a snapshot holds, without those corrections that were withdrawn since or are in <paramref name="without"/>.</summary>
    public List<LearningCase> Cases(CandidateSnapshot snapshot, IReadOnlySet<string>? without = null) =>
        [.. cases.Read(snapshot.Agent, signals => signals.AsOf(snapshot.UpTo, without))];

    /// <summary>Journal entry of an agent's oldest correction that was withdrawn; beyond all entries when none was.</summary>
    public long OldestWithdrawn(string agent) => store.Read(connection =>
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT min(c.entry) FROM correction c JOIN decision d ON d.id = c.decision_id WHERE c.is_withdrawn = 1 AND d.agent = @agent";
        return command.Bind("@agent", agent).ExecuteScalar() as long? ?? long.MaxValue;
    });

    /// <summary>What people had written when a snapshot was taken.</summary>
    public IReadOnlyList<Rule> WrittenFor(CandidateSnapshot snapshot) => written.AsOf(snapshot.Agent.Id, snapshot.UpTo);

    /// <summary>Builds.</summary>
    public BuiltCandidate Build(CandidateSnapshot snapshot, string? parent, IReadOnlyCollection<LearningCase> from, CancellationToken cancel) =>
        BuildCandidate.From(Input(snapshot, parent, from, ProposalsOf(snapshot), WrittenFor(snapshot)), cancel);

    /// <summary>What a candidate is evaluated on: all decisions of its agent, marked by what their truth is worth as proof.</summary>
    public EvaluationGround GroundOf(CandidateSnapshot snapshot, string? parent, IReadOnlyList<LearningCase> from)
    {
        var training = from.ToDictionary(static c => c.Decision.Id, StringComparer.Ordinal);
        var proposals = ProposalsOf(snapshot);
        var rules = WrittenFor(snapshot);
        return new(History, from, kept => BuildCandidate.From(Input(snapshot, parent, kept, proposals, rules)).Bundle);

        IEnumerable<ReplayCase> History()
        {
            foreach (var known in decisions.Read(snapshot.Agent.Id))
            {
                if (training.TryGetValue(known.Decision.Id, out var reviewed)) yield return ReplayCase.Reviewed(reviewed, CaseEvidence.Training);
                else if (known.Truth is { } truth) yield return ReplayCase.Revealed(known.Decision, truth);
                else if (known.IsWrong is true) yield return new(known.Decision, null, true, CaseEvidence.HeldOut, []);
                else yield return ReplayCase.Unjudged(known.Decision);
            }
        }
    }

    private static LearningInput Input(CandidateSnapshot snapshot, string? parent, IReadOnlyCollection<LearningCase> from, IReadOnlyDictionary<string, int> proposals, IReadOnlyList<Rule> rules) =>
        snapshot.Preset == LearnerPreset.Careful
            ? new() { Agent = snapshot.Agent, Parent = parent, Cases = from, Decisions = proposals, Written = rules }
            : new() { Agent = snapshot.Agent, Parent = parent, Cases = from, Options = Rash, Written = [.. rules, .. NaiveRules.From(from)] };

    private Dictionary<string, int> ProposalsOf(CandidateSnapshot snapshot) => store.Read(connection =>
    {
        using var command = connection.CreateCommand();
        command.CommandText = Proposals;
        command.Bind("@agent", snapshot.Agent.Id).Bind("@upTo", snapshot.UpTo).Bind("@builtAt", snapshot.BuiltAt);
        return SignalRows.All(command, static row => (Action: row.GetString(0), Count: row.GetInt32(1))).ToDictionary(static r => r.Action, static r => r.Count, StringComparer.Ordinal);
    });
}
