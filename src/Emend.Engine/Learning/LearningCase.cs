using Emend.Engine.Normalizing;
using Emend.Engine.Reviewing;

namespace Emend.Engine.Learning;

/// <summary>One reviewed decision: all that learners see. Unreviewed decisions teach nothing; silence is never approval.</summary>
/// <param name="Decision">What the agent knew and proposed.</param>
/// <param name="Ruling">What was right.</param>
internal sealed record LearningCase(Decision Decision, Ruling Ruling)
{
    /// <summary>
    /// How much of a case it is, 0 to 1: what its submitters' word is worth (<c>Trust</c>). Default 1. Cases of weight 0 do not reach a learner.
    /// </summary>
    public double Weight { get; init; } = 1;

    /// <summary>
    /// Probability with which the decision was drawn for review, by a coin that knew nothing of it being right; null where somebody chose to
    /// speak. Everything may teach; only drawn cases calibrate and certify.
    /// </summary>
    public double? Propensity { get; init; }
}
