using System.Collections.Immutable;
using Emend.Logic;

namespace Emend.Engine.Reviewing;

/// <summary>The accepted truth of one decision after review: what learning may use.</summary>
/// <param name="DecisionId">The decision.</param>
/// <param name="IsWrong">True when the proposed action was wrong.</param>
/// <param name="Truth">The right action; null when it is only known that the proposal was wrong (reject) or nobody decided yet (escalate).</param>
/// <param name="Corrections">Ids of the corrections behind it, sorted.</param>
/// <param name="Submitters">Who submitted them, sorted, distinct.</param>
/// <param name="By">Who ruled: a person, or <c>policy:fast-lane</c>.</param>
/// <param name="Why">The reason, for people.</param>
/// <param name="At">When the newest of the corrections was made, or when the person ruled; microseconds since 1970 UTC.</param>
/// <param name="Probability">How sure the ruling is, 0 to 1. Default 1.</param>
internal sealed record Ruling(
    string DecisionId,
    bool IsWrong,
    AgentAction? Truth,
    ImmutableArray<string> Corrections,
    ImmutableArray<string> Submitters,
    string By,
    string Why,
    long At,
    double Probability = 1)
{
    /// <summary>Whose word it rests on: the submitters; where nobody submitted anything (a decision drawn for review), the person who ruled.</summary>
    public ImmutableArray<string> Behind => Submitters.IsEmpty && !Actor.IsNameOfPolicy(By) ? [By] : Submitters;
}
