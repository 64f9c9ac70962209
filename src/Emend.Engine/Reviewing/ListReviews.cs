using Emend.Engine.Capturing;
using Emend.Engine.Storage;

namespace Emend.Engine.Reviewing;

/// <summary>A decision that waits for a person.</summary>
/// <param name="DecisionId">The decision.</param>
/// <param name="Standing">Lane, the clause that asks for a person, and the corrections to rule on.</param>
internal sealed record WaitingReview(string DecisionId, Standing Standing)
{
    /// <summary>Why a person is asked.</summary>
    public string WhyAsked => Standing.IsContested ? "somebody said otherwise after it was ruled" : Standing.Why;
}

/// <summary>Lists what waits for people.</summary>
internal sealed class ListReviews(IWorkspaceStore store)
{
    /// <summary>What waits, oldest correction first.</summary>
    /// <param name="agent">Only this agent; null: all.</param>
    public IReadOnlyList<WaitingReview> Waiting(string? agent = null) => store.Read(connection =>
        SignalRows.All(connection, ReviewSql.Waiting, "@agent", agent, static row => ReviewProjection.Row(row) is var (id, standing) ? new WaitingReview(id, standing) : null!));

    /// <summary>Where a decision stands; null when nobody judged it.</summary>
    public Standing? Of(string decisionId) => store.Read(connection =>
        SignalRows.All(connection, ReviewSql.Ruling, "@decision", decisionId, ReviewProjection.Row)) is [var (_, standing)] ? standing : null;
}
