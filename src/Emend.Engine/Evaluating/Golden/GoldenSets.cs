using Emend.Engine.Capturing;
using Emend.Engine.Journal;
using Emend.Engine.Releasing;
using Emend.Engine.Storage;

namespace Emend.Engine.Evaluating.Golden;

internal static class GoldenSql
{
    public const string Find = "SELECT 1 FROM golden_case WHERE agent = @agent AND id = @id";

    // The newest entry a case of the agent rests on: whoever saw another set saw another number, or a case that is gone.
    public const string Version = "SELECT COALESCE(MAX(entry) + 1, 0) FROM golden_case WHERE agent = @agent";

    public const string Of = "SELECT id, entry, position FROM golden_case WHERE agent = @agent ORDER BY id";

    public const string Add = """
        INSERT INTO golden_case (agent, id, added_by, added_us, entry, position) VALUES (@agent, @id, @by, @at, @entry, @position)
        ON CONFLICT (agent, id) DO UPDATE SET added_by = @by, added_us = @at, entry = @entry, position = @position
        """;

    public const string Remove = "DELETE FROM golden_case WHERE agent = @agent AND id = @id";
}

/// <summary>The protected cases of a workspace.</summary>
internal sealed class GoldenSets(IWorkspaceStore store)
{
    /// <summary>What a change of an agent's golden set is made from.</summary>
    public long Version(string agent) => store.Read(connection => SignalRows.All(connection, GoldenSql.Version, "@agent", agent, static row => row.GetInt64(0)))[0];

    /// <summary>The golden set of an agent. A case whose subject was erased is gone from it.</summary>
    public GoldenSet Of(string agent)
    {
        var rows = store.Read(connection =>
        {
            var found = new List<(string Id, long Entry, int Position)>();
            using var select = connection.CreateCommand();
            select.CommandText = GoldenSql.Of;
            using var row = select.Bind("@agent", agent).ExecuteReader();
            while (row.Read()) found.Add((row.GetString(0), row.GetInt64(1), row.GetInt32(2)));
            return found;
        });
        var cases = new List<GoldenCase>(rows.Count);
        foreach (var (id, entry, position) in rows)
            if (store.Record(entry, position)[GoldenCaseHandler.CaseField] is { } text) cases.Add(GoldenCaseJson.Read(id, text));
        return GoldenSet.Of(cases);
    }
}

/// <summary>Which cases are protected.</summary>
internal sealed class GoldenProjection : IProjection
{
    public string Name => "golden";

    public IReadOnlyList<string> Tables { get; } = ["golden_case"];

    public IReadOnlyList<string> DigestQueries { get; } = ["SELECT agent, id, name_of(added_by) FROM golden_case ORDER BY agent, id"];

    public void Apply(UnitOfWork work, JournalEntry entry)
    {
        if (entry.Type is not (GoldenCaseHandler.Added or GoldenCaseHandler.Removed)) return;
        for (var i = 0; i < entry.Records.Length; i++)
        {
            var record = entry.Records[i];
            var command = work.Command(entry.Type == GoldenCaseHandler.Added ? GoldenSql.Add : GoldenSql.Remove).Bind("@agent", record.Text("agent")).Bind("@id", record.Id);
            if (entry.Type == GoldenCaseHandler.Added)
            {
                command.Bind("@by", ReleasingProjection.PersonOf(work, entry.Actor)).Bind("@at", entry.OccurredAt).Bind("@entry", entry.Index).Bind("@position", i);
            }
            command.ExecuteNonQuery();
        }
    }
}
