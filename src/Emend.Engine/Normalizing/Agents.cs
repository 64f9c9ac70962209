using System.Collections.Concurrent;
using Emend.Engine.Storage;
using Microsoft.Data.Sqlite;

namespace Emend.Engine.Normalizing;

/// <summary>Reads agents. Definitions are parsed once for each text.</summary>
internal sealed class Agents(IWorkspaceStore store)
{
    private readonly ConcurrentDictionary<string, AgentDefinition> _parsed = new(StringComparer.Ordinal);

    /// <summary>An agent; null when it is not registered.</summary>
    public AgentDefinition? Find(string id) => store.Read(connection => Find(connection, id)).Agent;

    /// <summary>All agents by id.</summary>
    public IReadOnlyList<AgentDefinition> All() => store.Read(connection =>
    {
        using var rows = connection.Prepared(AgentSql.All).ExecuteReader();
        var agents = new List<AgentDefinition>();
        while (rows.Read()) agents.Add(Parse(rows.GetString(0)));
        return agents;
    });

    /// <summary>An agent and its version, 0 when it is not registered, as a connection sees it.</summary>
    public (AgentDefinition? Agent, long Version) Find(SqliteConnection connection, string id) => Find(connection.Prepared(AgentSql.Find), id);

    /// <summary>An agent and its version, 0 when it is not registered, as the writer sees it.</summary>
    public (AgentDefinition? Agent, long Version) Find(UnitOfWork work, string id) => Find(work.Command(AgentSql.Find), id);

    private (AgentDefinition?, long) Find(SqliteCommand command, string id)
    {
        using var rows = command.Bind("@id", id).ExecuteReader();
        return rows.Read() ? (Parse(rows.GetString(1)), rows.GetInt64(0)) : default;
    }

    private AgentDefinition Parse(string definition)
    {
        // Definitions change rarely; a bound keeps a long-lived process from remembering every version ever seen.
        if (_parsed.Count > 1000) _parsed.Clear();
        return _parsed.GetOrAdd(definition, static text => AgentJson.Read(text));
    }
}
