using System.Globalization;
using Emend.Engine.Capturing;
using Emend.Engine.Storage;

namespace Emend.Engine.Reviewing;

/// <summary>A decision that waits for a person.</summary>
/// <param name="DecisionId">The decision.</param>
/// <param name="Standing">Lane, the clause that asks for a person, and the corrections to rule on.</param>
internal sealed record WaitingReview(string DecisionId, Standing Standing)
{
    /// <summary>Why a person is asked.</summary>
    public string WhyAsked => Standing.IsContested ? "somebody said otherwise after it was ruled" : Standing is { IsRuled: true, IsAuditOpen: true } ? Standing.Drawn : Standing.Why;
}

/// <summary>Lists what waits for people.</summary>
internal sealed class ListReviews(IWorkspaceStore store)
{
    /// <summary>What waits, oldest correction first.</summary>
    /// <param name="agent">Only this agent; null: all.</param>
    public IReadOnlyList<WaitingReview> Waiting(string? agent = null) => store.Read(connection =>
        SignalRows.All(connection, ReviewSql.Waiting, "@agent", agent, static row => ReviewProjection.Row(row) is var (id, standing) ? new WaitingReview(id, standing) : null!));

    /// <summary>A page of what waits, oldest correction first; null when the cursor is none of ours.</summary>
    /// <param name="agent">Only this agent; null: all.</param>
    /// <param name="cursor">Where to go on; null: at the oldest.</param>
    /// <param name="limit">At most so many.</param>
    public Page<WaitingReview>? WaitingPage(string? agent, string? cursor, int limit)
    {
        var (at, after) = (long.MinValue, "");
        if (cursor is not null)
        {
            if (cursor.Split('.', 2) is not [var time, var id] || !long.TryParse(time, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out at)) return null;
            after = id;
        }
        return store.Read(connection =>
        {
            var (page, count) = (connection.Prepared(agent is null ? ReviewSql.WaitingPage : ReviewSql.WaitingPageOfAgent), connection.Prepared(agent is null ? ReviewSql.CountWaiting : ReviewSql.CountWaitingOfAgent));
            if (agent is not null)
            {
                page.Bind("@agent", agent);
                count.Bind("@agent", agent);
            }
            var rows = SignalRows.All(page.Bind("@at", at).Bind("@after", after).Bind("@limit", limit + 1), ReviewProjection.Row);
            var total = (long)count.Bind("@most", SignalPages.CountLimit).ExecuteScalar()!;
            var more = rows.Count > limit;
            if (more) rows.RemoveAt(limit);
            var next = more ? string.Create(CultureInfo.InvariantCulture, $"{rows[^1].Standing.At}.{rows[^1].DecisionId}") : null;
            return new Page<WaitingReview>(rows.ConvertAll(static row => new WaitingReview(row.DecisionId, row.Standing)), next, total);
        });
    }

    /// <summary>Where a decision stands; null when nobody judged it.</summary>
    public Standing? Of(string decisionId) => store.Read(connection =>
        SignalRows.All(connection, ReviewSql.Ruling, "@decision", decisionId, ReviewProjection.Row)) is [var (_, standing)] ? standing : null;
}
