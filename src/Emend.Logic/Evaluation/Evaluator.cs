using System.Buffers;
using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Emend.Logic.Conditions;
using Emend.Logic.Corrector;
using Emend.Logic.Guardrails;

namespace Emend.Logic.Evaluation;

/// <summary>A bundle compiled for deciding. Immutable and safe to share between threads; deciding allocates nothing.</summary>
/// <remarks>
/// Gives exactly the verdicts of <see cref="BruteForce"/>. Rules and guardrails are compiled to an index (<see cref="MatchIndex"/>),
/// so a decision costs about as much as looking its own values up, however many rules there are.
/// </remarks>
public sealed class Evaluator
{
    // Lanes and fact words of ordinary bundles fit the stack; larger ones borrow from the pool.
    private const int StackLanes = 128;
    private const int StackFactWords = 64;
    private const int ListedFacts = 128;
    private readonly Lanes _lanes;
    private readonly MatchIndex _rules;
    private readonly long[] _expires; // empty when no rule expires
    private readonly Disposition[] _dispositions; // by rule, beside one another: the rules themselves are spread over the heap
    private readonly MatchIndex? _guardrails;
    private readonly int[] _guardrailOrder; // blocks first, then escalations
    private readonly ActionChange?[] _changes; // by rule; null when guardrails need not look again
    private readonly ActionChange?[] _answers; // by answer of the corrector; null when guardrails need not look again

    private Evaluator(Bundle bundle)
    {
        Bundle = bundle;
        var builder = new LanesBuilder();
        foreach (var rule in bundle.Rules) builder.Collect(rule.When);
        foreach (var guardrail in bundle.Guardrails) builder.Collect(guardrail.When);
        _lanes = builder.Build();

        var cases = new List<MatchCase>(bundle.Rules.Length);
        for (var i = 0; i < bundle.Rules.Length; i++) cases.AddRange(MatchCase.Of(i, bundle.Rules[i].When, builder));
        _rules = MatchIndexBuilder.Build(cases, _lanes.FactCount);
        _expires = bundle.Rules.Any(static r => r.ExpiresAt is not null) ? [.. bundle.Rules.Select(static r => r.ExpiresAt ?? long.MaxValue)] : [];

        _dispositions = [.. bundle.Rules.Select(static r => (Disposition)r.Effect)];
        _guardrailOrder = [.. Enumerable.Range(0, bundle.Guardrails.Length).OrderBy(i => bundle.Guardrails[i].Effect != GuardrailEffect.Block)];
        _changes = new ActionChange?[bundle.Rules.Length];
        Corrector = bundle.Corrector is { } corrector ? CorrectorScorer.Compile(CorrectorJson.Read(corrector)) : null;
        _answers = new ActionChange?[Corrector?.Actions.Length ?? 0];
        if (_guardrailOrder.Length == 0) return;
        cases.Clear();
        for (var i = 0; i < _guardrailOrder.Length; i++) cases.AddRange(MatchCase.Of(i, bundle.Guardrails[_guardrailOrder[i]].When, builder));
        _guardrails = MatchIndexBuilder.Build(cases, _lanes.FactCount);
        var looksAtAction = new LanesBuilder();
        foreach (var guardrail in bundle.Guardrails) looksAtAction.Collect(guardrail.When);
        if (looksAtAction.Build().Slots.Any(static o => o.Kind is OperandKind.ProposedAction or OperandKind.ProposedArgument))
        {
            for (var i = 0; i < _changes.Length; i++) _changes[i] = ActionChange.Of(bundle.Rules[i], _lanes);
            for (var i = 0; i < _answers.Length; i++) _answers[i] = ActionChange.To(Corrector!.Actions[i], _lanes);
        }
    }

    /// <summary>The bundle's corrector; null when it has none.</summary>
    public CorrectorScorer? Corrector { get; }

    /// <summary>What it was compiled from.</summary>
    public Bundle Bundle { get; }

    /// <summary>Operands whose values <see cref="Decide(ReadOnlySpan{FeatureValue}, string?, long)"/> takes, by position; of a case its <see cref="CaseFingerprint"/>.</summary>
    public IReadOnlyList<Operand> Slots => _lanes.Slots;

    /// <summary>Compiles a bundle.</summary>
    public static Evaluator Compile(Bundle bundle)
    {
        ArgumentNullException.ThrowIfNull(bundle);
        return new(bundle);
    }

    /// <summary>Position of an operand in <see cref="Slots"/>; -1 when no rule or guardrail looks at it.</summary>
    public int SlotOf(Operand operand) => _lanes.SlotOf(operand);

    /// <summary>Decides one case.</summary>
    [SkipLocalsInit]
    public Verdict Decide(in DecisionInput input)
    {
        var words = (_lanes.FactCount + 63) >> 6;
        var rentedLanes = _lanes.Count > StackLanes ? ArrayPool<int>.Shared.Rent(_lanes.Count) : null;
        var rentedWords = words > StackFactWords ? ArrayPool<ulong>.Shared.Rent(words) : null;
        var lanes = (rentedLanes ?? stackalloc int[StackLanes])[.._lanes.Count];
        var bits = (rentedWords ?? stackalloc ulong[StackFactWords])[..words];
        Span<int> list = stackalloc int[ListedFacts];
        Clear(lanes, bits);
        var facts = new Facts(bits, list);
        _lanes.Write(input, lanes, ref facts);
        var verdict = Decide(lanes, ref facts, input.At, input.Proposed.Args);
        if (Corrector is not null && verdict.Cause == Cause.None) verdict = Correct(input, lanes, ref facts);
        if (rentedLanes is not null) ArrayPool<int>.Shared.Return(rentedLanes);
        if (rentedWords is not null) ArrayPool<ulong>.Shared.Return(rentedWords);
        return verdict;
    }

    /// <summary>Decides one case whose values the caller has already laid out: the fastest form, for callers who decide often.</summary>
    /// <param name="slots">One value for each of <see cref="Slots"/>; missing ones as <see cref="FeatureValue.Missing"/>.</param>
    /// <param name="text">Input text; null for none.</param>
    /// <param name="at">When, microseconds since 1970 UTC.</param>
    /// <exception cref="ArgumentException">There are fewer values than slots.</exception>
    /// <exception cref="InvalidOperationException">The bundle has a corrector, which needs the whole case: use <see cref="Decide(in DecisionInput)"/>.</exception>
    [SkipLocalsInit]
    public Verdict Decide(ReadOnlySpan<FeatureValue> slots, string? text, long at)
    {
        if (Corrector is not null) throw new InvalidOperationException("the bundle has a corrector, which looks at the whole case; decide with a DecisionInput");
        if (slots.Length < _lanes.Slots.Length) throw new ArgumentException($"{slots.Length} values for {_lanes.Slots.Length} slots", nameof(slots));
        var words = (_lanes.FactCount + 63) >> 6;
        var rentedLanes = _lanes.Count > StackLanes ? ArrayPool<int>.Shared.Rent(_lanes.Count) : null;
        var rentedWords = words > StackFactWords ? ArrayPool<ulong>.Shared.Rent(words) : null;
        var lanes = (rentedLanes ?? stackalloc int[StackLanes])[.._lanes.Count];
        var bits = (rentedWords ?? stackalloc ulong[StackFactWords])[..words];
        Span<int> list = stackalloc int[ListedFacts];
        Clear(lanes, bits);
        var facts = new Facts(bits, list);
        _lanes.Write(slots, lanes, ref facts);
        _lanes.WriteText(text, lanes, ref facts);
        var verdict = Decide(lanes, ref facts, at, original: null);
        if (rentedLanes is not null) ArrayPool<int>.Shared.Return(rentedLanes);
        if (rentedWords is not null) ArrayPool<ulong>.Shared.Return(rentedWords);
        return verdict;
    }

    /// <summary>Indexes of all rules that hold and have not expired, in order of evaluation; the first is the one that would act.</summary>
    public ImmutableArray<int> AllMatches(in DecisionInput input)
    {
        var lanes = new int[_lanes.Count];
        var bits = new ulong[(_lanes.FactCount + 63) >> 6];
        Clear(lanes, bits);
        var facts = new Facts(bits, []);
        _lanes.Write(input, lanes, ref facts);
        var owners = new List<int>();
        _rules.All(lanes, facts, owners);
        var at = input.At;
        return [.. owners.Where(i => _expires.Length == 0 || at <= _expires[i]).Distinct().Order()];
    }

    /// <summary>The action to take under a verdict: the proposal, the changed action, or null when blocked or escalated.</summary>
    public AgentAction? FinalAction(in Verdict verdict, AgentAction proposed) => verdict.Disposition switch
    {
        Disposition.Override when verdict.Cause == Cause.Corrector => Corrector!.Actions[verdict.Index],
        Disposition.Override or Disposition.Patch => BruteForce.Apply(Bundle.Rules[verdict.Index], proposed),
        Disposition.Block or Disposition.Escalate => null,
        _ => proposed,
    };

    private static void Clear(Span<int> lanes, Span<ulong> bits)
    {
        lanes.Fill(-1);
        lanes[0] = 0;
        bits.Clear();
    }

    private Verdict Decide(Span<int> lanes, ref Facts facts, long at, ActionArgs? original)
    {
        if (_guardrails is not null && _guardrails.First(lanes, facts, at, []) is var guard and >= 0) return Stopped(guard, byRule: -1);
        var rule = _rules.First(lanes, facts, at, _expires);
        if (rule < 0) return Verdict.Stands;
        if (_guardrails is not null && _changes[rule] is { } change)
        {
            change.Write(_lanes, original, lanes, ref facts);
            if (_guardrails.First(lanes, facts, at, []) is var again and >= 0) return Stopped(again, rule);
        }
        return new(_dispositions[rule], Cause.Rule, rule, -1);
    }

    // Last in the order: where no guardrail and no rule has spoken, an exception that keeps the proposal included.
    private Verdict Correct(in DecisionInput input, Span<int> lanes, ref Facts facts)
    {
        var answer = Corrector!.Decide(input);
        if (answer < 0) return Verdict.Stands;
        if (_guardrails is not null && _answers[answer] is { } change)
        {
            change.Write(_lanes, input.Proposed.Args, lanes, ref facts);
            if (_guardrails.First(lanes, facts, input.At, []) is var again and >= 0) return Stopped(again, byRule: -1);
        }
        return new(Disposition.Override, Cause.Corrector, answer, -1);
    }

    private Verdict Stopped(int position, int byRule)
    {
        var index = _guardrailOrder[position];
        var disposition = Bundle.Guardrails[index].Effect == GuardrailEffect.Block ? Disposition.Block : Disposition.Escalate;
        return new(disposition, Cause.Guardrail, index, byRule);
    }
}
