using Emend.Engine.Normalizing;
using Emend.Engine.Reviewing;

namespace Emend.Engine.Learning;

/// <summary>One reviewed decision: all that learners see. Unreviewed decisions teach nothing; silence is never approval.</summary>
/// <param name="Decision">What the agent knew and proposed.</param>
/// <param name="Ruling">What was right.</param>
internal sealed record LearningCase(Decision Decision, Ruling Ruling);
