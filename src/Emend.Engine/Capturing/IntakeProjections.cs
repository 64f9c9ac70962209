using Emend.Engine.Journal;
using Emend.Engine.Normalizing;
using Emend.Engine.Reviewing;

namespace Emend.Engine.Capturing;

/// <summary>The read models of Normalizing, Capturing and Reviewing.</summary>
internal static class IntakeProjections
{
    /// <summary>New ones, in the order they take an entry in: a standing is derived from agents and signals as they are after it.</summary>
    public static IReadOnlyList<IProjection> Create() => [new AgentProjection(), new SignalProjection(), new ReviewProjection()];
}
