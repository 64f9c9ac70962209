using Emend.Engine.Access;
using Emend.Engine.Learning.DataSets;
using Emend.Engine.Normalizing;
using Emend.Engine.Releasing;
using Emend.Logic;

namespace Emend.Engine.Learning;

/// <summary>Nobody has judged a decision of this agent yet, nor written a rule for it.</summary>
internal sealed record NothingToLearnFrom(string Agent)
    : Refusal("learn.nothing-to-learn-from", $"no correction of agent '{Agent}' has been accepted as true yet, and nobody has written a rule; import corrections, rule on those that wait (`emend reviews list`), or write one (`emend rules add`)");

/// <summary>Asks to build a candidate from everything that was accepted so far, and to put it into the registry.</summary>
/// <param name="Agent">The agent.</param>
/// <param name="By">Who asks: the candidate's author.</param>
internal sealed record PrepareCandidate(string Agent, Actor By)
{
    /// <summary>How careful the learner is. Default careful.</summary>
    public LearnerPreset Preset { get; init; }
}

/// <summary>A candidate in the registry and how it came about.</summary>
/// <param name="Digest">Its name.</param>
/// <param name="Built">The bundle, and what was mined and refused.</param>
internal sealed record PreparedCandidate(string Digest, BuiltCandidate Built);

internal sealed class PrepareCandidateHandler(
    Agents agents, CandidateSource source, CandidateSnapshots snapshots, ReleaseLedger ledger, RegisterCandidateHandler register)
{
    /// <summary>Builds and registers. Asking again with nothing new gives the same candidate.</summary>
    public async Task<Answer<PreparedCandidate>> HandleAsync(PrepareCandidate ask, CancellationToken cancel)
    {
        if (ask.By.Lacks(Permission.BundleAuthor) is { } no) return no;
        if (agents.Find(ask.Agent) is not { } agent) return new AgentIsUnknown(ask.Agent);
        var snapshot = source.SnapshotNow(agent, ask.Preset);
        var cases = source.Cases(snapshot);
        if (cases.Count == 0 && source.WrittenFor(snapshot).Count == 0 && source.GuidanceFor(snapshot).Written.Count == 0) return new NothingToLearnFrom(ask.Agent);
        return await RegisterAsync(snapshot, source.Build(snapshot, ledger.Board(agent.Id).Served, cases, cancel), cases, ask.By, cancel).ConfigureAwait(false);
    }

    /// <summary>Keeps what a bundle was built from and puts it into the registry.</summary>
    public async Task<Answer<PreparedCandidate>> RegisterAsync(CandidateSnapshot snapshot, BuiltCandidate built, IReadOnlyCollection<LearningCase> cases, Actor by, CancellationToken cancel)
    {
        var digest = BundleDigest.Of(BundleJson.Write(built.Bundle));
        await snapshots.KeepAsync(snapshot with { Bundle = digest, DataSet = DataSetDigest.Of(cases) }, by, cancel).ConfigureAwait(false);
        var submitters = cases.SelectMany(static c => c.Ruling.Submitters).Distinct(StringComparer.Ordinal);
        return await register.HandleAsync(new RegisterCandidate(built.Bundle, [.. submitters], by), cancel).ConfigureAwait(false) switch
        {
            Answer<string>.Refused(var why) => why,
            _ => new PreparedCandidate(digest, built),
        };
    }
}
