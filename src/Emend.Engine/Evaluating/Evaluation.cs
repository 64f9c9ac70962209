using System.Text;
using Emend.Engine.Evaluating.Gates;
using Emend.Engine.Evaluating.Golden;
using Emend.Engine.Evaluating.Replay;
using Emend.Engine.Learning;
using Emend.Engine.Normalizing;
using Emend.Logic;
using Emend.Logic.Rules;

namespace Emend.Engine.Evaluating;

/// <summary>What an evaluation is made of.</summary>
internal sealed record EvaluationInput
{
    public required AgentDefinition Agent { get; init; }
    public required Bundle Candidate { get; init; }
    /// <summary>Digest of the candidate's canonical bytes.</summary>
    public required string CandidateDigest { get; init; }
    public Bundle? Incumbent { get; init; }
    public string? IncumbentDigest { get; init; }
    public GatePolicy Policy { get; init; } = GatePolicy.Default;
    public EvaluationPurpose Purpose { get; init; }
    /// <summary>Policy wants to release it by itself.</summary>
    public bool IsAutomatic { get; init; }
    public GoldenSet Golden { get; init; } = GoldenSet.Empty;
    /// <summary>The history, given afresh each time it is asked for; cases the candidate was built from are marked as training.</summary>
    public required Func<IEnumerable<ReplayCase>> History { get; init; }
    /// <summary>The cases the candidate was built from.</summary>
    public IReadOnlyList<LearningCase> Cases { get; init; } = [];
    /// <summary>How it was built; null for a bundle written by hand.</summary>
    public Rebuild? Rebuild { get; init; }
    /// <summary>Digest of a bundle's canonical bytes.</summary>
    public required Func<Bundle, string> DigestOf { get; init; }
    public ReplayOptions Replay { get; init; } = new();
    /// <summary>When rules were first proposed, microseconds since 1970 UTC; one that is not there is new.</summary>
    public IReadOnlyDictionary<string, long> ProposedAt { get; init; } = new Dictionary<string, long>(StringComparer.Ordinal);
    /// <summary>Logic of the agent that is suspended for doing harm.</summary>
    public IReadOnlyList<string> Suspended { get; init; } = [];
    /// <summary>What of the agent an alarm is open on.</summary>
    public IReadOnlyList<string> Alarms { get; init; } = [];
}

/// <summary>Runs a candidate over history, out of fold and over the protected cases, and asks every gate. Reads nothing, writes nothing.</summary>
internal static class Evaluation
{
    /// <summary>Evaluates one candidate. The same input gives the same report, byte for byte.</summary>
    public static async Task<EvaluationReport> RunAsync(EvaluationInput input, CancellationToken cancel)
    {
        using var activity = EvaluatingTelemetry.Source.StartActivity("evaluate");
        var candidate = new CompiledPolicy(input.Candidate);
        var incumbent = input.Incumbent is null ? null : new CompiledPolicy(input.Incumbent);

        var history = await ReplayRun.OverAsync(input.History(), incumbent, candidate, input.Replay, cancel).ConfigureAwait(false);
        string? second = null;
        if (input.Policy.ReplayTwice)
        {
            // Another number of workers and another chunk size: what depends on the order of work shows here.
            var otherwise = input.Replay with { Workers = input.Replay.Workers + 1, Chunk = Math.Max(1, input.Replay.Chunk / 3), Progress = null };
            second = DigestOf((await ReplayRun.OverAsync(input.History(), incumbent, candidate, otherwise, cancel).ConfigureAwait(false)).Canonical);
        }
        var change = BundleChange.Between(input.Incumbent, input.Candidate);
        ReplayResult? outOfFold = null;
        string? rebuilt = null;
        if (input.Rebuild is { } rebuild)
        {
            rebuilt = input.DigestOf(rebuild(input.Cases));
            // Where single cases are remembered and nothing is generalised, there is nothing to be measured on cases it has not seen.
            if (!change.IsExactOnly) outOfFold = await CrossFit.RunAsync(input.Cases, rebuild, incumbent, input.Replay, cancel).ConfigureAwait(false);
        }

        var gates = new GateInput
        {
            Agent = input.Agent,
            Candidate = input.Candidate,
            Change = change,
            Policy = input.Policy,
            Purpose = input.Purpose,
            IsAutomatic = input.IsAutomatic,
            History = history,
            OutOfFold = outOfFold,
            Reproduction = new(input.CandidateDigest, rebuilt, DigestOf(history.Canonical), second),
            Golden = input.Golden.Judge(incumbent, candidate),
            Activation = [.. change.Added.Where(static rule => rule.Origin == RuleOrigin.Mined).Select(rule => ActivationAudit.Of(rule, input.ProposedAt.GetValueOrDefault(rule.Id, long.MaxValue), input.Cases))],
            Suspended = input.Suspended,
            Alarms = input.Alarms,
        };
        var report = new EvaluationReport
        {
            Agent = input.Agent.Id,
            Candidate = input.CandidateDigest,
            Incumbent = input.IncumbentDigest,
            Purpose = input.Purpose,
            GoldenSet = input.Golden.Digest,
            Policy = input.Policy.Digest(),
            Gates =
            [
                ReproducibleGate.Judge(gates),
                GoldenSetGate.Judge(gates),
                GainGate.Judge(gates),
                HarmGate.Judge(gates),
                SliceGate.Judge(gates),
                GuardrailGate.Judge(gates),
                BlastRadiusGate.Judge(gates),
                ProvenanceGate.Judge(gates),
                ActivationGate.Judge(gates),
                DriftGate.Judge(gates),
            ],
            Audited = gates.Audited,
            History = history.Canonical,
            OutOfFold = outOfFold?.Canonical,
        };
        EvaluatingTelemetry.Reports.Add(1, new KeyValuePair<string, object?>("result", report.Result.ToString()));
        activity?.SetTag("emend.result", report.Result.ToString());
        return report;
    }

    private static string DigestOf(string text) => BundleDigest.Of(Encoding.UTF8.GetBytes(text));
}
