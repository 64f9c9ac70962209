namespace Emend.Engine.Normalizing;

/// <summary>Statements of the agents' read model.</summary>
internal static class AgentSql
{
    public const string Put = """
        INSERT INTO agent (id, version, definition) VALUES (@id, 1, @definition)
        ON CONFLICT (id) DO UPDATE SET version = version + 1, definition = excluded.definition
        """;

    public const string Find = "SELECT version, definition FROM agent WHERE id = @id";

    public const string All = "SELECT definition FROM agent ORDER BY id";

    public const string Digest = "SELECT id, version, definition FROM agent ORDER BY id";
}
