using Emend.Engine.Normalizing;
using Emend.Logic;
using Emend.Logic.Evaluation;
using Emend.Logic.Rules;

namespace Emend.Engine.Evaluating.Replay;

/// <summary>A bundle ready to be run over a history: compiled once, and with the action of every override made once.</summary>
internal sealed class CompiledPolicy
{
    private readonly Evaluator _evaluator;
    private readonly AgentAction?[] _overrides;

    public CompiledPolicy(Bundle bundle)
    {
        _evaluator = Evaluator.Compile(bundle);
        Bundle = _evaluator.Bundle;
        _overrides = new AgentAction?[Bundle.Rules.Length];
        for (var i = 0; i < _overrides.Length; i++)
            if (Bundle.Rules[i] is { Effect: RuleEffect.Override, Action: { } label } rule) _overrides[i] = new(label, rule.Args);
    }

    /// <summary>What was compiled.</summary>
    public Bundle Bundle { get; }

    /// <summary>The final action for a decision: the proposal itself, a changed action, or null when blocked or escalated. Allocates for patches only.</summary>
    public AgentAction? Decide(Decision decision, out Verdict verdict)
    {
        verdict = _evaluator.Decide(new(decision.Context, decision.Proposed, decision.Confidence, decision.OccurredAt));
        return verdict.Disposition switch
        {
            Disposition.Keep => decision.Proposed,
            Disposition.Override when verdict.Cause == Cause.Rule => _overrides[verdict.Index],
            Disposition.Block or Disposition.Escalate => null,
            _ => _evaluator.FinalAction(verdict, decision.Proposed),
        };
    }
}
