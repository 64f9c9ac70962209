using Emend.Engine;
using Emend.Engine.Evaluating;
using Emend.Engine.Evaluating.Golden;
using Emend.Engine.Normalizing;
using Emend.Engine.Releasing;
using Emend.Engine.Storage;
using Emend.Logic;

namespace Emend.TestKit;

/// <summary>Takes bundles through their journey for tests about what comes after: the evaluation is written down rather than run, everything else is the product's own path.</summary>
internal sealed class ReleaseWalk(IWorkspaceStore store, ReleaseLedger ledger, string agent)
{
    private static readonly Actor Author = new("ana"), Approver = new("bo"), Operator = new("otto");

    /// <summary>What the agent is served.</summary>
    public AgentBoard Board => ledger.Board(agent);

    /// <summary>Registers, judges and approves a bundle; answers its digest.</summary>
    public async Task<string> ApproveAsync(Bundle bundle)
    {
        var digest = Granted(await new RegisterCandidateHandler(ledger).HandleAsync(new(bundle, ["rosa", "sam"], Author), CancellationToken.None));
        var golden = new GoldenSets(store).Of(agent).Digest;
        Granted(await ledger.ChangeAsync<CandidateEvaluated>(agent, digest, Author, (now, by, at) =>
            new CandidateEvaluated(agent, by, at, digest, new("sha256:" + new string('0', 64), EvaluationResult.Passed, golden, GatePolicy.Default.Digest(), now.Board.Served, false, RiskClass.Low, by, at), "{}"), CancellationToken.None));
        Granted(await new ApproveCandidateHandler(ledger, new(store), new(store)).HandleAsync(new(digest, false, "looks right", Approver), new() { Id = agent }, new(golden), CancellationToken.None));
        return digest;
    }

    /// <summary>Approves a bundle and begins to release it.</summary>
    /// <param name="bundle">The bundle.</param>
    /// <param name="steps">Shares in basis points; 10,000 follows them.</param>
    public async Task<string> StartAsync(Bundle bundle, params int[] steps)
    {
        var digest = await ApproveAsync(bundle);
        var policy = ReleasePolicy.Default with { StepsBp = [.. steps, 10_000] };
        Granted(await new StartReleaseHandler(ledger).HandleAsync(new(agent, digest, policy, Operator), new(new GoldenSets(store).Of(agent).Digest), CancellationToken.None));
        return digest;
    }

    /// <summary>Takes the release to its next share, without soak or evidence.</summary>
    public async Task AdvanceAsync() =>
        Granted(await ledger.ChangeAsync<ReleaseAdvanced>(agent, Board.Current!.Candidate, Operator, (now, by, at) =>
            new ReleaseAdvanced(agent, by, at, now.Board.Current!.Id, now.Board.Current.Candidate, now.Board.Current.Replaces, now.Board.Current.Share,
                now.Board.Current.Policy.After(now.Board.Current.Share) ?? TrafficShare.Full, false), CancellationToken.None));

    /// <summary>Serves a bundle to everybody.</summary>
    public async Task<string> ReleaseAsync(Bundle bundle)
    {
        var digest = await StartAsync(bundle, 0);
        await AdvanceAsync();
        return digest;
    }

    public async Task RollBackAsync() => Granted(await new RollBackHandler(ledger).HandleAsync(new(agent, "it hurts", Operator), CancellationToken.None));

    public async Task KillAsync(bool on) => Granted(await new TurnKillSwitchHandler(ledger).HandleAsync(new(agent, on, "drill", Operator), CancellationToken.None));

    private static T Granted<T>(Answer<T> answer) =>
        answer is Answer<T>.Refused(var why) ? throw new InvalidOperationException($"refused: {why.Code}: {why.Message}") : ((Answer<T>.Granted)answer).Value;
}
