using Emend.Engine.Normalizing;

namespace Emend.Engine.Evaluating.Backtest;

/// <summary>One decision of a replay whose truth is known.</summary>
/// <param name="Decision">The decision.</param>
/// <param name="AgentWrong">The proposal was wrong.</param>
/// <param name="EmendWrong">The final action was wrong.</param>
/// <param name="IsEscalated">It was handed to a person or blocked: an error of neither side.</param>
internal readonly record struct ScoredDecision(Decision Decision, bool AgentWrong, bool EmendWrong, bool IsEscalated)
{
    /// <summary>Agent wrong, Emend right.</summary>
    public bool IsFix => !IsEscalated && AgentWrong && !EmendWrong;

    /// <summary>Agent right, Emend wrong.</summary>
    public bool IsBreak => !IsEscalated && !AgentWrong && EmendWrong;
}
