using Emend.Engine.Capturing;
using Emend.Engine.Learning;
using Emend.Engine.Normalizing;
using Emend.Engine.Storage;
using Microsoft.Data.Sqlite;

namespace Emend.Engine.Trust;

/// <summary>Somebody who corrected something.</summary>
/// <param name="Principal">Pseudonym.</param>
/// <param name="Corrections">Corrections and confirmations that were not taken back.</param>
/// <param name="Changes">Of those, ones that say otherwise than the agent.</param>
/// <param name="First">When the first was made.</param>
/// <param name="Last">When the last was made.</param>
/// <param name="QuarantinedSince">Since when they are in quarantine; null: they are not.</param>
internal sealed record Submitter(Guid Principal, long Corrections, long Changes, long First, long Last, long? QuarantinedSince);

/// <summary>A decision whose answer is known beforehand.</summary>
internal sealed record GoldItem(string DecisionId, string Agent, string Answer, long AddedAt);

/// <summary>One word on whether somebody's corrections count.</summary>
internal sealed record TrustWord(bool IsQuarantine, long At, Guid By, string? Why);

/// <summary>Reads what is known of people, as it is now or as it was at any entry of the journal.</summary>
internal sealed class TrustBook(IWorkspaceStore store)
{
    /// <summary>Weighs the cases of an agent by what had been measured before a journal entry.</summary>
    public TrustedCases Weigh(string agent, IReadOnlyList<LearningCase> cases, long upTo) => WeighCases.Of(cases, GroundOf(agent, upTo), TrustPolicy.Default);

    /// <summary>What trust goes by for an agent.</summary>
    public TrustGround GroundOf(string agent, long upTo) => store.Read(connection => new TrustGround
    {
        Evidence = [.. Evidence(connection, TrustSql.GoldAnswers, agent, upTo), .. Evidence(connection, TrustSql.Adjudicated, agent, upTo)],
        ReleasedAt = SignalRows.All(connection, TrustSql.ReleasedAt, "@upTo", upTo, static row => (By: SignalRows.Principal(row, 0), At: row.GetInt64(1)))
            .ToDictionary(one => NameOf(one.By), static one => one.At, StringComparer.Ordinal),
        Traffic = (action, from, to) => store.Read(reader => SignalRows.All(Select(reader, TrustSql.Traffic).Bind("@agent", agent).Bind("@action", action).Bind("@from", from).Bind("@to", to).Bind("@upTo", upTo), static row => row.GetInt32(0)))[0],
    });

    /// <summary>Pseudonyms of those whose word did not count before a journal entry.</summary>
    public IReadOnlySet<Guid> QuarantinedAt(long upTo) =>
        store.Read(connection => SignalRows.All(connection, TrustSql.QuarantinedAt, "@upTo", upTo, static row => SignalRows.Principal(row, 0))).ToHashSet();

    /// <summary>Gold items of an agent before a journal entry.</summary>
    public IReadOnlySet<string> GoldAt(string agent, long upTo) =>
        store.Read(connection => SignalRows.All(Select(connection, TrustSql.GoldAt).Bind("@agent", agent).Bind("@upTo", upTo), static row => row.GetString(0))).ToHashSet(StringComparer.Ordinal);

    /// <summary>Gold items now.</summary>
    /// <param name="agent">Only of this agent; null: of all.</param>
    public IReadOnlyList<GoldItem> Gold(string? agent) => store.Read(connection =>
        SignalRows.All(connection, TrustSql.Gold, "@agent", agent, static row => new GoldItem(row.GetString(0), row.GetString(1), row.GetString(2), row.GetInt64(3))));

    /// <summary>Those who corrected most.</summary>
    public IReadOnlyList<Submitter> Submitters(int limit) => store.Read(connection => SignalRows.All(connection, TrustSql.Submitters, "@limit", limit, static row =>
        new Submitter(SignalRows.Principal(row, 0), row.GetInt64(1), row.GetInt64(2), row.GetInt64(3), row.GetInt64(4), row.IsDBNull(5) ? null : row.GetInt64(5))));

    /// <summary>Corrections of somebody whose decision has arrived: id, decision, agent, journal entry.</summary>
    public IReadOnlyList<(string Id, string DecisionId, string Agent, long Entry)> CorrectionsOf(Guid principal) => store.Read(connection =>
        SignalRows.All(connection, TrustSql.OfSubmitter, "@principal", principal.ToString("D"), static row => (row.GetString(0), row.GetString(1), row.GetString(2), row.GetInt64(3))));

    /// <summary>What was said about somebody's word, the oldest first.</summary>
    public IReadOnlyList<TrustWord> WordsOn(Guid principal) => store
        .Read(connection => SignalRows.All(connection, TrustSql.Words, "@principal", principal.ToString("D"),
            static row => (IsQuarantine: row.GetInt32(0) == 1, At: row.GetInt64(1), By: SignalRows.Principal(row, 2), Entry: row.GetInt64(3), Position: row.GetInt32(4))))
        .ConvertAll(word => new TrustWord(word.IsQuarantine, word.At, word.By, Journal.RecordReading.TextOrNull(store.Record(word.Entry, word.Position), "why")));

    /// <summary>The pseudonym of a name, or of a pseudonym as alerts show it; null when nobody of that name ever corrected or ruled on anything.</summary>
    public Guid? Find(string name)
    {
        var principal = Guid.TryParse(name, out var pseudonym) ? pseudonym : store.PrincipalOf(name);
        return store.Read(connection => SignalRows.All(connection, TrustSql.Spoke, "@principal", principal.ToString("D"), static row => row.GetInt64(0)))[0] != 0 ? principal : null;
    }

    /// <summary>Name behind a pseudonym; the pseudonym itself once it was erased.</summary>
    public string NameOf(Guid principal) => store.NameOf(principal) ?? "erased-" + principal.ToString("N");

    private IEnumerable<TrustEvidence> Evidence(SqliteConnection connection, string sql, string agent, long upTo)
    {
        var answers = SignalRows.All(Select(connection, sql).Bind("@agent", agent).Bind("@upTo", upTo), static row => (
            By: SignalRows.Principal(row, 0),
            Verdict: (CorrectionVerdict)row.GetInt32(1),
            Said: (Label: SignalRows.Text(row, 2), Mark: SignalRows.Text(row, 3)),
            At: row.GetInt64(4),
            Proposed: (Label: (string?)row.GetString(5), Mark: SignalRows.Text(row, 6)),
            Truth: (Label: SignalRows.Text(row, 7), Mark: SignalRows.Text(row, 8)),
            Decision: row.GetString(9),
            Id: row.GetString(10)));
        foreach (var last in answers.GroupBy(static one => (one.By, one.Decision)).Select(static said => said.OrderBy(static one => one.At).ThenBy(static one => one.Id, StringComparer.Ordinal).Last()))
        {
            // Asking for somebody with authority is no answer.
            if (last.Verdict == CorrectionVerdict.Escalate) continue;
            var said = last.Verdict == CorrectionVerdict.Confirm ? last.Proposed : last.Verdict == CorrectionVerdict.Modify ? last.Said : default;
            var right = last.Verdict == CorrectionVerdict.Reject ? last.Truth != last.Proposed : last.Truth.Label is null ? said != last.Proposed : said == last.Truth;
            yield return new(NameOf(last.By), last.Proposed.Label!, right, last.At);
        }
    }

#pragma warning disable CA2100 // Constants of this room.
    private static SqliteCommand Select(SqliteConnection connection, string sql)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        return command;
    }
#pragma warning restore CA2100
}
