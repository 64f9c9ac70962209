namespace Emend.Logic.Evaluation;

/// <summary>A bundle compiled for deciding. Immutable and safe to share between threads.</summary>
public sealed class Evaluator
{
    private Evaluator(Bundle bundle) => Bundle = bundle;

    /// <summary>What it was compiled from.</summary>
    public Bundle Bundle { get; }

    /// <summary>Compiles a bundle.</summary>
    public static Evaluator Compile(Bundle bundle)
    {
        ArgumentNullException.ThrowIfNull(bundle);
        return new(bundle);
    }

    /// <summary>Decides one case.</summary>
    public Verdict Decide(in DecisionInput input) => BruteForce.Decide(Bundle, input);

    /// <summary>The action to take under a verdict: the proposal, the changed action, or null when blocked or escalated.</summary>
    public AgentAction? FinalAction(in Verdict verdict, AgentAction proposed) => verdict.Disposition switch
    {
        Disposition.Override or Disposition.Patch => BruteForce.Apply(Bundle.Rules[verdict.Index], proposed),
        Disposition.Block or Disposition.Escalate => null,
        _ => proposed,
    };
}
