using Emend.Engine.Evaluating;
using Emend.Engine.Evaluating.Gates;
using Emend.Engine.Evaluating.Replay;
using Emend.Engine.Normalizing;
using Emend.Engine.Releasing;
using Emend.Engine.Reviewing;

namespace Emend.Engine.Learning;

/// <summary>What taking a correction back does to what an agent is served.</summary>
/// <param name="Agent">The agent; null while the correction's decision has not arrived.</param>
/// <param name="Served">Digest of what is served; null: the agent alone, so nothing changes.</param>
/// <param name="Rebuilt">What would be served instead, with the bundles it descends from; null when nothing is served or it was not built here.</param>
/// <param name="Rules">Rules that come and go.</param>
/// <param name="Replay">The bundle that is served against the rebuilt one over the whole history.</param>
internal sealed record UndoPreview(string? Agent, string? Served, IReadOnlyList<RebuiltBundle>? Rebuilt, BundleChange? Rules, ReplayResult? Replay)
{
    /// <summary>The bundle to be served instead.</summary>
    public RebuiltBundle? Instead => Rebuilt?[^1];

    /// <summary>Names exactly this difference.</summary>
    public string Shown(string correction) => Releasing.Shown.Of(correction, Agent, Served, Instead?.Digest);
}

/// <summary>A correction that was taken back, and what follows.</summary>
/// <param name="Preview">The difference it makes.</param>
/// <param name="Report">The rebuilt bundle's evaluation; null when nothing had to be rebuilt.</param>
internal sealed record UndoneCorrection(UndoPreview Preview, EvaluationReport? Report);

/// <summary>
/// Takes a correction back out of everything that was built on it: the bundle is built again without it, the difference is shown,
/// and the rebuilt one goes through the same gates, approvals and release as any other candidate.
/// </summary>
internal sealed class UndoCorrection(
    Agents agents, Corrections corrections, Decisions decisions, WithdrawCorrectionHandler withdraw, RebuildWithout rebuild,
    PrepareCandidateHandler prepare, CandidateSource source, ReleaseLedger ledger, EvaluateCandidateHandler evaluate)
{
    /// <summary>Shows the difference; changes nothing.</summary>
    public async Task<Answer<UndoPreview>> PreviewAsync(string correction, CancellationToken cancel)
    {
        if (corrections.Find(correction) is not { } known) return new CorrectionIsUnknown(correction);
        if (decisions.Find(known.Correction.DecisionId)?.Decision.Agent is not { } agent) return new UndoPreview(null, null, null, null, null);
        var served = ledger.Board(agent) is var board && board.Current is { } release ? release.Candidate : board.Served;
        if (served is null || ledger.Bundle(served) is not { } bundle) return new UndoPreview(agent, null, null, null, null);
        var rebuilt = await Task.Run(() => rebuild.Run(served, new Dictionary<string, long>(StringComparer.Ordinal) { [correction] = known.At.Entry }, cancel), cancel).ConfigureAwait(false);
        if (rebuilt is null) return new UndoPreview(agent, served, null, null, null);
        var last = rebuilt[^1];
        var replay = await ReplayRun.OverAsync(
            source.GroundOf(last.Snapshot, null, last.Cases).History(), new CompiledPolicy(bundle), new CompiledPolicy(last.Built.Bundle), new ReplayOptions(), cancel).ConfigureAwait(false);
        return new UndoPreview(agent, served, rebuilt, BundleChange.Between(bundle, last.Built.Bundle), replay);
    }

    /// <summary>Takes it back, registers the rebuilt bundles and evaluates the one to be served instead.</summary>
    public async Task<Answer<UndoneCorrection>> HandleAsync(WithdrawCorrection ask, CancellationToken cancel)
    {
        var seen = await PreviewAsync(ask.CorrectionId, cancel).ConfigureAwait(false);
        if (seen is not Answer<UndoPreview>.Granted(var preview)) return ((Answer<UndoPreview>.Refused)seen).Why;
        if (ask.Shown is { } shown && !string.Equals(shown, preview.Shown(ask.CorrectionId), StringComparison.Ordinal)) return new ShownIsStale();
        if (await withdraw.HandleAsync(ask, cancel).ConfigureAwait(false) is Answer<CorrectionFacts>.Refused(var why)) return why;
        if (preview.Rebuilt is not { } rebuilt) return new UndoneCorrection(preview, null);

        // What follows is the withdrawal's consequence and needs no right of its own; approving and releasing it does.
        var by = ask.By with { Rights = Access.PermissionSet.All };
        // From here on the correction is out; a crash leaves a withdrawn correction and the next build without it.
        foreach (var bundle in rebuilt)
            if (await prepare.RegisterAsync(bundle.Snapshot, bundle.Built, bundle.Cases, by, cancel).ConfigureAwait(false) is Answer<PreparedCandidate>.Refused(var refused)) return refused;
        var last = rebuilt[^1];
        if (string.Equals(last.Digest, preview.Served, StringComparison.Ordinal)) return new UndoneCorrection(preview, null);
        var agent = agents.Find(preview.Agent!)!;
        var report = await evaluate.HandleAsync(
            new EvaluateCandidate(last.Digest, by) { Purpose = EvaluationPurpose.Withdraw },
            agent, source.GroundOf(last.Snapshot, last.Built.Bundle.Parent, last.Cases), new ReplayOptions(), cancel).ConfigureAwait(false);
        return report switch
        {
            Answer<EvaluationReport>.Refused(var no) => no,
            Answer<EvaluationReport>.Granted(var granted) => new UndoneCorrection(preview, granted),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
    }
}
