using Emend.Engine.Capturing;
using Emend.Engine.Normalizing;
using Emend.Engine.Storage;
using Emend.Logic;

namespace Emend.Engine.Reviewing;

/// <summary>A decision somebody is to look at next.</summary>
/// <param name="Review">The decision and where it stands.</param>
/// <param name="Part">What it is looked at for. Not told to who looks: a known answer looks like a drawn decision.</param>
/// <param name="Worth">What the look is worth; null for what was drawn.</param>
/// <param name="WhyHere">Why it stands where it does.</param>
internal sealed record NextReview(WaitingReview Review, QueuePart Part, double? Worth, string WhyHere);

/// <summary>
/// What somebody should look at next: mostly what a look is worth most at, some of what was drawn at random, in the order in which it was drawn, and a few
/// decisions whose answer is known. What they corrected themselves is left out, since others rule on that.
/// </summary>
internal sealed class NextReviews(IWorkspaceStore store, Agents agents, TimeProvider clock)
{
    // Value is worked out for these many, the ones that wait longest: what a list costs stays the same however much waits.
    private const int MostConsidered = 2_000;
    private static readonly TimeSpan Remembered = TimeSpan.FromDays(90), Lately = TimeSpan.FromDays(30);

    private const string InOrder = "answers to drawn decisions count in the order in which they were drawn";

    /// <summary>The list. The same state of the journal and the same hour give the same list.</summary>
    /// <param name="reviewer">Name of who is to look.</param>
    /// <param name="agent">Only this agent; null: all.</param>
    /// <param name="limit">At most so many.</param>
    public IReadOnlyList<NextReview> For(string reviewer, string? agent, int limit)
    {
        var by = store.PrincipalOf(reviewer);
        var definitions = agents.All().ToDictionary(static one => one.Id, StringComparer.Ordinal);
        var worth = Worth(agent, by, definitions, limit);
        var drawn = Drawn(agent, by, limit);
        var isDrawn = drawn.Select(static one => one.Review.DecisionId).ToHashSet(StringComparer.Ordinal);
        return [.. ReviewBudget.Default.Split(
            new Dictionary<QueuePart, IReadOnlyList<NextReview>>
            {
                // What is both stands among the drawn: one answer serves both.
                [QueuePart.Value] = [.. worth.Where(one => !isDrawn.Contains(one.Review.DecisionId))],
                [QueuePart.Audit] = drawn,
                [QueuePart.Gold] = Gold(reviewer, by, agent, definitions, limit),
            },
            limit).Select(static one => one.Item)];
    }

    private List<NextReview> Worth(string? agent, Guid by, Dictionary<string, AgentDefinition> definitions, int limit)
    {
        var waiting = store.Read(connection => SignalRows.All(
            connection.Prepared(NextSql.Claimed).Bind("@agent", agent).Bind("@limit", MostConsidered),
            static row => ReviewProjection.Row(row) is var (id, standing) ? new WaitingReview(id, standing) : null!));
        if (waiting.Count == 0) return [];
        var ids = SignalProjection.List(waiting.Select(static one => one.DecisionId));
        var signals = store.Read(connection => SignalsOf.Read(connection, ids, SignalRows.All(connection, SignalSql.Decisions, "@ids", ids, SignalRows.Decision)))
            .ToDictionary(static one => one.Decision.Id, StringComparer.Ordinal);
        var records = Records(agent);
        var valued = new List<(WaitingReview Review, ReviewValue Value, string Proposed, string Kind)>(waiting.Count);
        foreach (var review in waiting)
        {
            if (!signals.TryGetValue(review.DecisionId, out var about)) continue;
            var last = Standing.LastWords(about.Corrections);
            if (last.Any(one => one.By == by)) continue;
            var proposed = about.Decision.Proposed.Label;
            var claims = last.Select(static one => one.Action?.Label ?? "").Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToArray();
            var ofProposal = records.Where(one => one.Agent == about.Decision.Agent && one.Proposed == proposed).ToList();
            var record = new RulingRecord(
                ofProposal.Sum(static one => one.Ruled), ofProposal.Sum(static one => one.IsWrong ? one.Ruled : 0),
                ofProposal.Where(one => claims.Contains(one.Truth, StringComparer.Ordinal)).Sum(static one => one.Lately));
            var definition = definitions.GetValueOrDefault(about.Decision.Agent) ?? new() { Id = about.Decision.Agent };
            valued.Add((review, ReviewValue.Of(definition, [proposed, .. claims.Where(static label => label.Length > 0)], record), proposed, about.Decision.Agent + "\n" + proposed + "\n" + string.Join('\n', claims)));
        }
        valued.Sort(static (a, b) => b.Value.Worth != a.Value.Worth ? b.Value.Worth.CompareTo(a.Value.Worth)
            : a.Review.Standing.At != b.Review.Standing.At ? a.Review.Standing.At.CompareTo(b.Review.Standing.At) : string.CompareOrdinal(a.Review.DecisionId, b.Review.DecisionId));
        return [.. Mixed(valued, static one => one.Kind, Math.Max(1, (int)Math.Ceiling(ReviewBudget.Default.MostAlike * limit)))
            .Select(static one => new NextReview(one.Review, QueuePart.Value, one.Value.Worth, one.Value.Says(one.Proposed)))];
    }

    // A hundred reports of one mistake are one question: the rest of them comes behind all others.
    private static IEnumerable<T> Mixed<T>(List<T> inOrder, Func<T, string> kindOf, int mostAlike)
    {
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        var rest = new List<T>();
        foreach (var one in inOrder)
        {
            var count = counts[kindOf(one)] = counts.GetValueOrDefault(kindOf(one)) + 1;
            if (count <= mostAlike) yield return one;
            else rest.Add(one);
        }
        foreach (var one in rest) yield return one;
    }

    private List<(string Agent, string Proposed, string Truth, bool IsWrong, int Ruled, int Lately)> Records(string? agent)
    {
        var now = clock.GetUtcNow();
        return store.Read(connection => SignalRows.All(
            connection.Prepared(NextSql.Records).Bind("@agent", agent).Bind("@since", FeatureValue.UnixMicroseconds(now - Remembered)).Bind("@lately", FeatureValue.UnixMicroseconds(now - Lately)),
            static row => (row.GetString(0), row.GetString(1), SignalRows.Text(row, 2) ?? "", row.GetInt32(3) != 0, row.GetInt32(4), row.GetInt32(5))));
    }

    private List<NextReview> Drawn(string? agent, Guid by, int limit) => store.Read(connection => SignalRows.All(
        connection.Prepared(NextSql.Drawn).Bind("@agent", agent).Bind("@by", by.ToString("D")).Bind("@limit", limit),
        static row => ReviewProjection.Row(row) is var (id, standing) ? new NextReview(new WaitingReview(id, standing), QueuePart.Audit, null, InOrder) : null!));

    // In an order of each reviewer's own, so that two who sit side by side do not see the same ones first.
    private List<NextReview> Gold(string reviewer, Guid by, string? agent, Dictionary<string, AgentDefinition> definitions, int limit)
    {
        var unseen = store.Read(connection => SignalRows.All(
            connection.Prepared(NextSql.UnseenGold).Bind("@agent", agent).Bind("@by", by.ToString("D")), static row => (Id: row.GetString(0), Agent: row.GetString(1), At: row.GetInt64(2))));
        var items = new List<(string Mark, NextReview Next)>();
        foreach (var (id, of, at) in unseen)
        {
            // Where nothing is drawn a known answer would stand out.
            if (definitions.GetValueOrDefault(of) is not { Audit.Share: > 0 and var share }) continue;
            var standing = new Standing { Lane = Lane.Review, IsRuled = false, Corrections = [], At = at, Why = Standing.Drawn, Propensity = share };
            items.Add((store.Mark("gold for " + reviewer, id), new(new WaitingReview(id, standing), QueuePart.Gold, null, InOrder)));
        }
        return [.. items.OrderBy(static one => one.Mark, StringComparer.Ordinal).Take(limit).Select(static one => one.Next)];
    }
}

/// <summary>Statements of the list of what to look at next.</summary>
internal static class NextSql
{
    private const string Own = "EXISTS (SELECT 1 FROM correction c WHERE c.decision_id = r.decision_id AND c.principal = @by AND c.is_withdrawn = 0)";
    private const string IsGold = "EXISTS (SELECT 1 FROM gold_item g WHERE g.decision_id = r.decision_id)";

    public const string Claimed = $"""
        SELECT {ReviewSql.RulingColumns} FROM ruling r
         WHERE r.waits = 1 AND r.corrections <> '' AND (r.is_ruled = 0 OR r.is_contested = 1) AND (@agent IS NULL OR r.agent = @agent) AND NOT {IsGold}
         ORDER BY r.at_us, r.decision_id LIMIT @limit
        """;

    public const string Drawn = $"""
        SELECT {ReviewSql.RulingColumns} FROM ruling r JOIN audit a ON a.decision_id = r.decision_id
         WHERE r.waits = 1 AND r.ruled_by IS NULL AND (@agent IS NULL OR r.agent = @agent) AND NOT {Own} AND NOT {IsGold}
         ORDER BY a.entry, a.decision_id LIMIT @limit
        """;

    public const string UnseenGold = """
        SELECT g.decision_id, g.agent, d.occurred_us FROM gold_item g JOIN decision d ON d.id = g.decision_id
         WHERE (@agent IS NULL OR g.agent = @agent)
           AND NOT EXISTS (SELECT 1 FROM correction c WHERE c.decision_id = g.decision_id AND c.principal = @by)
           AND NOT EXISTS (SELECT 1 FROM verdict v WHERE v.decision_id = g.decision_id AND v.principal = @by)
        """;

    public const string Records = """
        SELECT r.agent, d.action, r.truth, r.is_wrong, count(*), coalesce(sum(r.at_us >= @lately), 0)
          FROM ruling r JOIN decision d ON d.id = r.decision_id
         WHERE r.ruled_by IS NOT NULL AND r.at_us >= @since AND (@agent IS NULL OR r.agent = @agent)
         GROUP BY r.agent, d.action, r.truth, r.is_wrong
        """;
}
