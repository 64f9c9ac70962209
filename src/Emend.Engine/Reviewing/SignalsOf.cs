using Emend.Engine.Capturing;
using Emend.Engine.Storage;
using Microsoft.Data.Sqlite;

namespace Emend.Engine.Reviewing;

/// <summary>Reads everything that was said about decisions.</summary>
internal static class SignalsOf
{
    /// <summary>About one decision, as a reader sees it; null when it has not been accepted.</summary>
    public static Signals? Read(SqliteConnection connection, string decisionId)
    {
        var ids = SignalProjection.List([decisionId]);
        return SignalRows.All(connection, SignalSql.Decisions, "@ids", ids, SignalRows.Decision) is [var decision] ? Read(connection, ids, [decision])[0] : null;
    }

    /// <summary>About decisions that were read before, in their order.</summary>
    public static List<Signals> Read(SqliteConnection connection, string ids, IEnumerable<DecisionFacts> decisions) => Join(
        decisions,
        SignalRows.All(connection, SignalSql.CorrectionsOfMany, "@ids", ids, SignalRows.Correction),
        SignalRows.All(connection, ReviewSql.VerdictsOfMany, "@ids", ids, Verdict),
        SignalRows.All(connection, ReviewSql.AuditsOfMany, "@ids", ids, ReviewProjection.Audit));

    /// <summary>About those of many decisions that have been accepted, as the writer sees it.</summary>
    /// <param name="work">The change under way.</param>
    /// <param name="ids">Ids as a JSON list.</param>
    public static List<Signals> Read(UnitOfWork work, string ids) => Join(
        SignalRows.All(work.Command(SignalSql.Decisions).Bind("@ids", ids), SignalRows.Decision),
        SignalRows.All(work.Command(SignalSql.CorrectionsOfMany).Bind("@ids", ids), SignalRows.Correction),
        SignalRows.All(work.Command(ReviewSql.VerdictsOfMany).Bind("@ids", ids), Verdict),
        SignalRows.All(work.Command(ReviewSql.AuditsOfMany).Bind("@ids", ids), ReviewProjection.Audit));

    private static List<Signals> Join(IEnumerable<DecisionFacts> decisions, List<CorrectionFacts> corrections, List<(string DecisionId, VerdictFacts Verdict)> verdicts, List<AuditFacts> audits)
    {
        // By id, so that what follows from them does not depend on the order of their arrival.
        var said = corrections.OrderBy(static c => c.Id, StringComparer.Ordinal).ToLookup(static c => c.DecisionId, StringComparer.Ordinal);
        var ruled = verdicts.OrderBy(static v => v.Verdict.Id, StringComparer.Ordinal).ToLookup(static v => v.DecisionId, static v => v.Verdict, StringComparer.Ordinal);
        var drawn = audits.ToDictionary(static a => a.DecisionId, StringComparer.Ordinal);
        return [.. decisions.Select(decision => new Signals(decision, [.. said[decision.Id]], [.. ruled[decision.Id]]) { Audit = drawn.GetValueOrDefault(decision.Id) })];
    }

    private static (string, VerdictFacts) Verdict(SqliteDataReader row) => (row.GetString(10), ReviewProjection.Verdict(row));
}
