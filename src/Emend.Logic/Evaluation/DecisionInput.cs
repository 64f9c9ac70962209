namespace Emend.Logic.Evaluation;

/// <summary>Everything an evaluation looks at.</summary>
/// <param name="Context">What the agent knew.</param>
/// <param name="Proposed">What it wants to do.</param>
/// <param name="Confidence">How sure it is, 0 to 1; null when it does not say.</param>
/// <param name="At">When, microseconds since 1970 UTC: decides which rules have expired.</param>
public readonly record struct DecisionInput(Context Context, AgentAction Proposed, double? Confidence, long At);
