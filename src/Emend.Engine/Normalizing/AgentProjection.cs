using Emend.Engine.Journal;
using Emend.Engine.Storage;

namespace Emend.Engine.Normalizing;

/// <summary>The agents as they are now.</summary>
internal sealed class AgentProjection : IProjection
{
    /// <summary>Types of the entries that define an agent: registered, changed.</summary>
    public const string Registered = "agent.registered", Changed = "agent.changed";

    public string Name => "agents";

    public IReadOnlyList<string> Tables { get; } = ["agent"];

    public IReadOnlyList<string> DigestQueries { get; } = [AgentSql.Digest];

    public void Apply(UnitOfWork work, JournalEntry entry)
    {
        if (entry.Type is not (Registered or Changed)) return;
        foreach (var record in entry.Records)
            work.Command(AgentSql.Put).Bind("@id", record.Id).Bind("@definition", record["definition"]!).ExecuteNonQuery();
    }

    /// <summary>The record of a definition.</summary>
    public static JournalRecord Record(AgentDefinition agent) => new(agent.Id, null, [new("definition", FieldClass.Internal, AgentJson.Write(agent))]);
}
