using Emend.Engine.Journal;
using Emend.Engine.Normalizing;
using Emend.Engine.Reviewing;
using Emend.Engine.Trust;

namespace Emend.Engine.Capturing;

/// <summary>The read models of Normalizing, Capturing, Trust and Reviewing.</summary>
internal static class IntakeProjections
{
    /// <summary>New ones, in the order they take an entry in: a standing is derived from agents, signals and trust as they are after it.</summary>
    public static IReadOnlyList<IProjection> Create() => [new AgentProjection(), new SignalProjection(), new TrustProjection(), new ReviewProjection()];
}
