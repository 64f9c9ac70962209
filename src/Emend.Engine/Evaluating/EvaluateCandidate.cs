using Emend.Engine.Access;
using Emend.Engine.Evaluating.Gates;
using Emend.Engine.Evaluating.Golden;
using Emend.Engine.Evaluating.Replay;
using Emend.Engine.Learning;
using Emend.Engine.Normalizing;
using Emend.Engine.Releasing;
using Emend.Logic;
using Emend.Logic.Rules;

namespace Emend.Engine.Evaluating;

/// <summary>Asks to put a candidate through the gates, against what is served now.</summary>
internal sealed record EvaluateCandidate(string Candidate, Actor By)
{
    public EvaluationPurpose Purpose { get; init; }
    /// <summary>Judge it by the stricter rules of a change that nobody asked for.</summary>
    public bool IsAutomatic { get; init; }
    public GatePolicy Policy { get; init; } = GatePolicy.Default;

    internal static Answer<CandidateEvaluated> Decide(ReleaseView now, EvaluateCandidate ask, EvaluationReport report, RiskClass risk, string by, long at)
    {
        if (now.Candidate is not { } candidate) return new CandidateIsUnknown(ask.Candidate);
        if (candidate.State is CandidateState.Releasing or CandidateState.Released) return new CandidateIsInUse(candidate.Digest, candidate.State);
        if (!string.Equals(report.Incumbent, now.Board.Served, StringComparison.Ordinal)) return new EvaluationIsStale("the bundle that is served");
        var evaluation = new CandidateEvaluation(report.Digest(), report.Result, report.GoldenSet, report.Policy, report.Incumbent, ask.IsAutomatic, risk, by, at);
        return new CandidateEvaluated(candidate.Agent, by, at, candidate.Digest, evaluation, report.Canonical());
    }
}

/// <summary>What a candidate is evaluated on.</summary>
/// <param name="History">The agent's decisions with what is known of them, given afresh each time it is asked for.</param>
/// <param name="Cases">The cases it was built from.</param>
/// <param name="Rebuild">How it was built; null for a bundle written by hand.</param>
internal sealed record EvaluationGround(Func<IEnumerable<ReplayCase>> History, IReadOnlyList<LearningCase> Cases, Rebuild? Rebuild);

/// <param name="ledger">The registry.</param>
/// <param name="golden">Protected cases.</param>
/// <param name="alarms">What of an agent an alarm is open on; null: nobody watches.</param>
internal sealed class EvaluateCandidateHandler(ReleaseLedger ledger, GoldenSets golden, Func<string, IReadOnlyList<string>>? alarms = null)
{
    // Rules keep their id as long as they say the same: older candidates than these say nothing that these do not.
    private const int MostRemembered = 100;

    /// <summary>Evaluates, stores and journals; answers the report.</summary>
    public async Task<Answer<EvaluationReport>> HandleAsync(EvaluateCandidate ask, AgentDefinition agent, EvaluationGround ground, ReplayOptions options, CancellationToken cancel)
    {
        if (ask.By.Lacks(Permission.EvalRun) is { } no) return no;
        var now = ledger.View(agent.Id, ask.Candidate);
        if (now.Candidate is not { } candidate) return new CandidateIsUnknown(ask.Candidate);
        if (!string.Equals(candidate.Agent, agent.Id, StringComparison.Ordinal)) return new CandidateIsForAnotherAgent(candidate.Digest, candidate.Agent);
        if (candidate.State is CandidateState.Releasing or CandidateState.Released) return new CandidateIsInUse(candidate.Digest, candidate.State);
        if (ledger.Bundle(candidate.Digest) is not { } bundle) return new CandidateIsUnknown(ask.Candidate);

        var incumbent = now.Board.Served is { } served ? ledger.Bundle(served) : null;
        var report = await Evaluation.RunAsync(
            new()
            {
                Agent = agent,
                Candidate = bundle,
                CandidateDigest = candidate.Digest,
                Incumbent = incumbent,
                IncumbentDigest = now.Board.Served,
                Policy = ask.Policy,
                Purpose = ask.Purpose,
                IsAutomatic = ask.IsAutomatic,
                Golden = golden.Of(agent.Id),
                History = ground.History,
                Cases = ground.Cases,
                Rebuild = ground.Rebuild,
                DigestOf = static built => BundleDigest.Of(BundleJson.Write(built)),
                Replay = options,
                ProposedAt = ProposedAt(agent.Id, candidate.Digest, bundle, incumbent),
                Suspended = now.Board.Suspended.Ids,
                Alarms = alarms?.Invoke(agent.Id) ?? [],
            },
            cancel).ConfigureAwait(false);

        var risk = BundleChange.Between(incumbent, bundle).RiskFor(agent);
        var answer = await ledger.ChangeAsync(agent.Id, candidate.Digest, ask.By, (view, by, at) => EvaluateCandidate.Decide(view, ask, report, risk, by, at), cancel).ConfigureAwait(false);
        return answer is Answer<CandidateEvaluated>.Refused(var why) ? why : report;
    }

    // When each new generalised rule first stood in a candidate: what was drawn later was not there to be mined.
    private Dictionary<string, long> ProposedAt(string agent, string digest, Bundle bundle, Bundle? incumbent)
    {
        var first = new Dictionary<string, long>(StringComparer.Ordinal);
        var wanted = BundleChange.Between(incumbent, bundle).Added.Where(static rule => rule.Origin == RuleOrigin.Mined).Select(static rule => rule.Id).ToHashSet(StringComparer.Ordinal);
        if (wanted.Count == 0) return first;
        foreach (var known in ledger.Candidates(agent).OrderByDescending(static one => one.BuiltAt).ThenBy(static one => one.Digest, StringComparer.Ordinal).Take(MostRemembered))
        {
            var rules = string.Equals(known.Digest, digest, StringComparison.Ordinal) ? bundle.Rules : ledger.Bundle(known.Digest)?.Rules ?? [];
            foreach (var rule in rules)
                if (wanted.Contains(rule.Id)) first[rule.Id] = Math.Min(known.BuiltAt, first.GetValueOrDefault(rule.Id, long.MaxValue));
        }
        return first;
    }
}
