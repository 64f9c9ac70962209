namespace Emend.Engine.Learning.Corrector;

/// <summary>What a corrector would have done with a reviewed case, judged before it learned from it.</summary>
/// <param name="At">When the agent decided.</param>
/// <param name="Proposed">The proposed action.</param>
/// <param name="Answer">The best other answer.</param>
/// <param name="Chance">Chance of a fix against a break that the corrector saw.</param>
/// <param name="Result">What it would have been.</param>
/// <param name="Propensity">Probability with which the case was drawn for review; null where somebody chose to speak, which proves nothing.</param>
internal readonly record struct ScoredOverride(long At, string Proposed, string Answer, double Chance, OverrideResult Result, double? Propensity);
