using System.Collections.Immutable;
using Emend.Engine.Learning.Corrector;
using Emend.Engine.Learning.Guidance;
using Emend.Engine.Learning.Rules;
using Emend.Engine.Normalizing;
using Emend.Logic;
using Emend.Logic.Guidance;
using Emend.Logic.Rules;

namespace Emend.Engine.Learning;

/// <summary>Everything a build depends on.</summary>
internal sealed record LearningInput
{
    /// <summary>The agent: catalogue, guardrails, schema.</summary>
    public required AgentDefinition Agent { get; init; }
    /// <summary>Digest of the bundle that this one follows; null for the first.</summary>
    public string? Parent { get; init; }
    /// <summary>Reviewed decisions, in any order.</summary>
    public required IReadOnlyCollection<LearningCase> Cases { get; init; }
    /// <summary>Rules written by people: taken over as they are.</summary>
    public IReadOnlyCollection<Rule> Written { get; init; } = [];
    /// <summary>Settings.</summary>
    public LearnerOptions Options { get; init; } = LearnerOptions.Default;
    /// <summary>
    /// Decisions per proposed action whose proposal stood, reviewed or not; null when not known. Used where people only volunteer
    /// corrections: an action counts as never right only if it was corrected every single time.
    /// </summary>
    public IReadOnlyDictionary<string, int>? Decisions { get; init; }
    /// <summary>What guidance is made from besides the cases; null: the items of <see cref="KeptGuidance"/> stay as they are.</summary>
    public GuidanceSource? Guidance { get; init; }
    /// <summary>Items taken over from the parent, canonical JSON each: where nobody is to look at new ones.</summary>
    public ImmutableArray<string> KeptGuidance { get; init; } = [];
    /// <summary>The corrector to take over as it is where none is trained: canonical JSON; null for none.</summary>
    public string? Corrector { get; init; }
    /// <summary>Learned rules that were suspended because they did harm.</summary>
    public ImmutableArray<RetiredRule> Retired { get; init; } = [];
    /// <summary>When the corrector was suspended because it did harm: only what was ruled since may license it; null while it may act.</summary>
    public long? CorrectorStoppedAt { get; init; }
    /// <summary>
    /// Which certificate of a corrector of this agent it would be: the v-th may err with 6/(pi^2 v^2) of the error level, so that all there will ever be err with no more
    /// than that. Null: it is the only one, as in a backtest, and may err with all of it.
    /// </summary>
    public int? Certificate { get; init; }
    /// <summary>Remember only what the agent's change envelope covers: the bundle is to be released without a person.</summary>
    public bool InsideEnvelope { get; init; }
}

/// <summary>What guidance is made from besides the cases.</summary>
/// <param name="Written">Items that people wrote and that stand.</param>
/// <param name="Uses">Uses of earlier guidance whose truth is known.</param>
internal sealed record GuidanceSource(IReadOnlyCollection<GuidanceItem> Written, IReadOnlyCollection<GuidanceTally> Uses);

/// <summary>A candidate and how it came about.</summary>
internal sealed record BuiltCandidate(Bundle Bundle, LearningReport Report);

/// <summary>
/// Turns reviewed decisions into a candidate: a pure function of the <i>set</i> of cases. Any order, any number of threads and
/// any time of day give the same bytes, and leaving a case out gives what would have been had it never existed.
/// </summary>
/// <remarks>An instance remembers the words of texts and the blocks of cases it has seen, so that building again with more is cheap; the result is the same as that of a new one. One build at a time per instance.</remarks>
internal sealed class BuildCandidate(LearnerOptions options)
{
    private readonly Phrases _phrases = new(options.PhraseWords);
    private readonly LearnCorrector _corrector = new(options);
    private WalkForward? _forward;
    private ImmutableArray<string> _actions = [];

    /// <summary>Builds once.</summary>
    public static BuiltCandidate From(LearningInput input, CancellationToken cancel = default) => new BuildCandidate(input.Options).Build(input, cancel);

    /// <summary>Builds.</summary>
    public BuiltCandidate Build(LearningInput input, CancellationToken cancel = default)
    {
        using var span = LearningTelemetry.Start(input);
        var (learned, corrector) = options.Mines ? Mine(input, cancel) : (LearnRules.Remember(input, options), input.Corrector);
        List<Rule> rules = [.. input.Written, .. learned.Rules];
        rules.Sort(RuleOrder);
        var bundle = new Bundle
        {
            Agent = input.Agent.Id,
            ContextSchema = input.Agent.Schema.Version,
            Parent = input.Parent,
            Rules = [.. rules],
            Corrector = corrector,
            Guardrails = [.. input.Agent.Guardrails.OrderBy(static g => g.Id, StringComparer.Ordinal)],
            Guidance = GuidanceOf(input),
            Learner = LearnerOf(input),
            Manifest = CaseManifest.Of(input.Cases, input.Decisions, input.Written, input.Guidance, input.Retired, input.CorrectorStoppedAt),
        };
        LearningTelemetry.Built(input, learned.Report);
        return new(bundle, learned.Report);
    }

    /// <summary>Between two builds: the corrector as it is with the cases of now. Learning goes case by case, mining does not.</summary>
    public (string? Corrector, CorrectorReport Report) Retrain(LearningInput input, LearningReport last, CancellationToken cancel = default) =>
        _corrector.From(CaseTable.InTime(input.Cases), input, last.DeadProposals, cancel);

    private static ImmutableArray<string> GuidanceOf(LearningInput input) => input.Guidance is not { } from
        ? input.KeptGuidance
        : [.. LearnGuidance.From(new(input.Agent, input.Cases, from.Written, from.Uses)).Select(GuidanceJson.Write).Order(StringComparer.Ordinal)];

    // Said only where something is learned: all other bundles keep the bytes they always had.
    private string LearnerOf(LearningInput input) => input is { Guidance: not null, Agent.Guidance.Learns: true }
        ? CanonicalJson.Of(options.ToJson()[..^1] + $",\"guidance\":\"{LearnGuidance.Algorithm}\"}}")
        : options.ToJson();

    private ((ImmutableArray<Rule> Rules, LearningReport Report) Learned, string? Corrector) Mine(LearningInput input, CancellationToken cancel)
    {
        // What was tested under another catalogue says nothing of this one.
        if (!_actions.AsSpan().SequenceEqual(input.Agent.Actions.AsSpan())) (_actions, _forward) = (input.Agent.Actions, null);
        var table = CaseTable.Of(input.Cases, _phrases, options);
        var (rules, report) = LearnRules.From(table, input, options, _forward ??= new(_phrases, options), cancel);
        if (!options.Corrects || input.InsideEnvelope) return ((rules, report), input.Corrector);
        var (corrector, trained) = _corrector.From(table.Cases, input, report.DeadProposals, cancel);
        return ((rules, report with { Corrector = trained }), corrector);
    }

    private static int RuleOrder(Rule a, Rule b)
    {
        if (a.Priority != b.Priority) return b.Priority.CompareTo(a.Priority);
        if (a.Specificity != b.Specificity) return b.Specificity.CompareTo(a.Specificity);
        if (a.EvidenceThrough != b.EvidenceThrough) return b.EvidenceThrough.CompareTo(a.EvidenceThrough);
        return string.CompareOrdinal(a.Id, b.Id);
    }
}
