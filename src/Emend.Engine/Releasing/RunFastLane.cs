using System.Collections.Concurrent;
using Emend.Engine.Evaluating;
using Emend.Engine.Evaluating.Gates;
using Emend.Engine.Evaluating.Golden;
using Emend.Engine.Evaluating.Replay;
using Emend.Engine.Learning;
using Emend.Engine.Normalizing;
using Emend.Logic;
using Emend.Logic.Rules;

namespace Emend.Engine.Releasing;

/// <summary>The agent has no open change envelope: everything waits for people.</summary>
internal sealed record EnvelopeIsClosed(string Agent)
    : Refusal("fastlane.envelope-closed", $"the change envelope of agent '{Agent}' is closed: nothing is released without a person; open it with `emend agents change`, or build, approve and release by hand");

/// <summary>Something was taken back; the same evidence would bring it again.</summary>
internal sealed record FastLaneIsHeld(string Agent)
    : Refusal("fastlane.held", $"something of agent '{Agent}' was taken back, and the same corrections would bring it again: withdraw what was wrong, then `emend release resume {Agent}` lets the fast lane go on");

/// <summary>At least one gate does not hold.</summary>
internal sealed record FastLaneIsStopped(string Candidate, string Gates)
    : Refusal("fastlane.gate", $"candidate {Candidate} is not released without a person: {Gates}");

/// <summary>
/// Asks to take what was accepted inside an agent's change envelope to the first step of a release by itself: build, gates, approval
/// by policy, release. Asking again with nothing new does nothing.
/// </summary>
/// <param name="Agent">The agent.</param>
internal sealed record RunFastLane(string Agent)
{
    /// <summary>Who acts in the fast lane; the name that rulings by policy carry too.</summary>
    public static Actor Policy { get; } = Actor.Policy("fast-lane");

    /// <summary>Whether anything may be released by itself now; null: yes.</summary>
    internal static Refusal? Decide(AgentDefinition agent, AgentBoard board)
    {
        if (!agent.Envelope.IsOpen) return new EnvelopeIsClosed(agent.Id);
        if (board.IsKilled) return new KillSwitchIsOn(agent.Id);
        if (board.IsFastLaneHeld) return new FastLaneIsHeld(agent.Id);
        if (board.Current is not { } release) return null;
        if (!release.IsAutomatic) return new ReleaseIsUnderWay(release.Id);
        return release.IsPaused ? new ReleaseIsPaused(release.Id) : null;
    }
}

/// <summary>What a run of the fast lane came to.</summary>
internal enum FastLaneOutcome : byte
{
    /// <summary>What is served or on its way says all of it already.</summary>
    NothingNew,
    /// <summary>A release began.</summary>
    Started,
    /// <summary>The release under way goes on with more.</summary>
    Extended,
}

/// <summary>A run of the fast lane.</summary>
/// <param name="Outcome">What it came to.</param>
/// <param name="Candidate">Digest of the candidate; null when there is nothing new.</param>
/// <param name="Release">The release it is in now; null when there is nothing new.</param>
/// <param name="Remembered">Single corrections that act now and did not before.</param>
/// <param name="Learned">Generalised rules that act now and did not before.</param>
internal sealed record FastLaneRun(FastLaneOutcome Outcome, string? Candidate, Release? Release, int Remembered, int Learned)
{
    /// <summary>Nothing to do.</summary>
    public static FastLaneRun NothingNew { get; } = new(FastLaneOutcome.NothingNew, null, null, 0, 0);
}

/// <summary>Runs the fast lane of one agent once.</summary>
/// <remarks>
/// Every step is a use case of its own and journaled under the policy's name; a crash between two of them leaves a candidate that the next
/// run picks up. One run per agent at a time is <see cref="FastLane"/>'s business; two at once would only do the work twice.
/// </remarks>
internal sealed class RunFastLaneHandler(
    Agents agents, AgentHistories histories, CandidateSource source, CandidateSnapshots snapshots, PrepareCandidateHandler prepare, EvaluateCandidateHandler evaluate,
    ApproveCandidateHandler approve, StartReleaseHandler start, ExtendReleaseHandler extend, GoldenSets golden, ReleaseLedger ledger)
{
    // Generalising costs a mining run and its evidence comes slowly: it is tried again when there is a good deal more of it.
    private const int LearnsAfter = 20;
    private const double LearnsAfterShare = 0.1;

    private static readonly Actor By = RunFastLane.Policy;

    // What mining found nothing in leaves no trace in the registry; after a restart it is tried once more.
    private readonly ConcurrentDictionary<string, int> _triedWith = new(StringComparer.Ordinal);

    public async Task<Answer<FastLaneRun>> HandleAsync(RunFastLane ask, CancellationToken cancel)
    {
        using var activity = ReleasingTelemetry.Source.StartActivity("fast lane");
        var answer = await RunAsync(ask, cancel).ConfigureAwait(false);
        var result = answer switch
        {
            Answer<FastLaneRun>.Granted(var run) => run.Outcome.ToString(),
            Answer<FastLaneRun>.Refused(var why) => why.Code,
            _ => throw new System.Diagnostics.UnreachableException(),
        };
        activity?.SetTag("emend.result", result);
        ReleasingTelemetry.FastLane.Add(1, new KeyValuePair<string, object?>("result", result));
        return answer;
    }

    private async Task<Answer<FastLaneRun>> RunAsync(RunFastLane ask, CancellationToken cancel)
    {
        if (agents.Find(ask.Agent) is not { } agent) return new AgentIsUnknown(ask.Agent);
        var board = ledger.Board(agent.Id);
        if (RunFastLane.Decide(agent, board) is { } refused) return refused;
        var snapshot = source.SnapshotNow(agent, LearnerPreset.Remember);
        var history = histories.Of(agent, snapshot.UpTo);
        history = history with { Cases = source.Trusted(agent.Id, history.Cases, snapshot.UpTo) };
        if (history.Cases.Count == 0) return new NothingToLearnFrom(agent.Id);
        if (board.Current is null && IsTimeToLearn(agent.Id, history.Cases.Count))
        {
            var learned = await TryAsync(agent, board, snapshot with { Preset = LearnerPreset.Automatic }, board.Served, history, cancel).ConfigureAwait(false);
            if (learned is Answer<FastLaneRun>.Granted { Value.Outcome: not FastLaneOutcome.NothingNew }) return learned;
        }
        // A release under way that generalises has evidence of its own to gather; only one that remembers may grow.
        if (board.Current is { } current && snapshots.PresetOf(current.Candidate) != LearnerPreset.Remember)
            return Remembers(current.Candidate, source.Build(snapshot, BaseOf(board.Served), history.Cases, cancel).Bundle) ? FastLaneRun.NothingNew : new ReleaseIsUnderWay(current.Id);
        return await TryAsync(agent, board, snapshot, BaseOf(board.Served), history, cancel).ConfigureAwait(false);
    }

    // Whether a candidate remembers every single correction that there is.
    private bool Remembers(string candidate, Bundle all) =>
        ledger.Bundle(candidate) is { } bundle && !BundleChange.Between(bundle, all).Added.Any(static rule => rule.Origin == RuleOrigin.Exact);

    // What remembers stands on the bundle whose rules it keeps, not on the one that remembered less: so a correction that is taken
    // back leads to one bundle to be built again, not to hundreds.
    private string? BaseOf(string? served) =>
        served is not null && snapshots.PresetOf(served) == LearnerPreset.Remember ? ledger.Candidate(served)?.Parent : served;

    private bool IsTimeToLearn(string agent, int cases)
    {
        var before = Math.Max(snapshots.MostLearnedFrom(agent), _triedWith.GetValueOrDefault(agent));
        if (cases - before < Math.Max(LearnsAfter, before * LearnsAfterShare)) return false;
        _triedWith[agent] = cases;
        return true;
    }

    private async Task<Answer<FastLaneRun>> TryAsync(
        AgentDefinition agent, AgentBoard board, CandidateSnapshot snapshot, string? parent, AgentHistory history, CancellationToken cancel)
    {
        var built = source.Build(snapshot, parent, history.Cases, cancel);
        var acts = board.Current?.Candidate ?? board.Served;
        var change = BundleChange.Between(acts is null ? null : ledger.Bundle(acts), built.Bundle);
        if (!IsNew(change, built.Bundle)) return FastLaneRun.NothingNew;
        // Nothing could be generalised: then it is remembering, which may grow afterwards.
        if (snapshot.Preset == LearnerPreset.Automatic && change.IsExactOnly) return FastLaneRun.NothingNew;

        var digest = BundleDigest.Of(BundleJson.Write(built.Bundle));
        var protectedCases = golden.Of(agent.Id).Digest;
        var known = ledger.Candidate(digest);
        if (known?.State is CandidateState.Rejected) return new CandidateIsRejected(digest);
        // Judged before on the same terms and not let through: nothing was said since that could change it.
        if (known?.Evaluation is { IsAutomatic: true, Result: not EvaluationResult.Passed } before && string.Equals(before.Incumbent, board.Served, StringComparison.Ordinal)
            && string.Equals(before.GoldenSet, protectedCases, StringComparison.Ordinal)) return new FastLaneIsStopped(digest, "its gates did not hold before, and no correction came since");

        if (await prepare.RegisterAsync(snapshot, built, history.Cases, By, cancel).ConfigureAwait(false) is Answer<PreparedCandidate>.Refused(var notRegistered)) return notRegistered;
        var ground = source.GroundOf(snapshot, parent, history.Cases, history.Decisions);
        var evaluated = await evaluate.HandleAsync(new EvaluateCandidate(digest, By) { IsAutomatic = true }, agent, ground, new ReplayOptions(), cancel).ConfigureAwait(false);
        if (evaluated is Answer<EvaluationReport>.Refused(var notEvaluated)) return notEvaluated;
        var report = ((Answer<EvaluationReport>.Granted)evaluated).Value;
        if (report.Result != EvaluationResult.Passed) return new FastLaneIsStopped(digest, Reasons(report));

        var inForce = new InForce(report.GoldenSet);
        if (await approve.HandleAsync(new ApproveCandidate(digest, AcceptsUnproven: false, "inside the change envelope, every gate holds", By), agent, inForce, cancel).ConfigureAwait(false)
            is Answer<CandidateApproved>.Refused(var notApproved)) return notApproved;
        var refused = board.Current is null
            ? (await start.HandleAsync(new StartRelease(agent.Id, digest, FastLaneSteps.Of(change, agent), By), inForce, cancel).ConfigureAwait(false) as Answer<ReleaseStarted>.Refused)?.Why
            : (await extend.HandleAsync(new ExtendRelease(agent.Id, digest, change, By), inForce, cancel).ConfigureAwait(false) as Answer<ReleaseExtended>.Refused)?.Why;
        if (refused is not null) return refused;
        var remembered = change.Added.Count(static rule => rule.Origin == RuleOrigin.Exact);
        return new FastLaneRun(board.Current is null ? FastLaneOutcome.Started : FastLaneOutcome.Extended, digest, ledger.Board(agent.Id).Current, remembered, change.Added.Length - remembered);
    }

    // Entries that only ran out of time have stopped acting by themselves; what was said otherwise of must stop now.
    private static bool IsNew(BundleChange change, Bundle built)
    {
        if (!change.Added.IsEmpty) return true;
        var newest = built.Rules.Select(static rule => rule.EvidenceThrough).DefaultIfEmpty(long.MinValue).Max();
        return change.Removed.Any(rule => rule.ExpiresAt is not { } end || end >= newest);
    }

    private static string Reasons(EvaluationReport report) =>
        string.Join("; ", report.Gates.Where(static gate => gate.Verdict is GateVerdict.Block or GateVerdict.InsufficientEvidence).Select(static gate => $"{gate.Id} {gate.Title}: {gate.Reason}"));
}
