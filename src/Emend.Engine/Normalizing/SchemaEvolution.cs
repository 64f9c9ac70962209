namespace Emend.Engine.Normalizing;

/// <summary>A change that would make earlier decisions or running agents unreadable.</summary>
internal sealed record SchemaIsIncompatible(string Changes) : Refusal("agent.schema-incompatible", Changes);

/// <summary>Which changes of a context schema old decisions and running agents survive. Pure.</summary>
internal static class SchemaEvolution
{
    /// <summary>The new schema with its version, or why it is refused: every incompatible change with what to do instead.</summary>
    /// <remarks>
    /// Compatible: an optional feature is added; a required one becomes optional; a class is raised; a closed schema is opened.
    /// Everything else would change what a stored decision means, or refuse what agents in production send.
    /// </remarks>
    public static Answer<ContextSchema> Next(ContextSchema now, ContextSchema wanted)
    {
        var problems = new List<string>();
        foreach (var old in now.Features)
        {
            if (wanted.Find(old.Name) is not { } kept)
            {
                if (old.Required) problems.Add($"required feature '{old.Name}' is removed, and rules may read it; make it optional first");
                else if (!wanted.IsOpen) problems.Add($"feature '{old.Name}' is removed from a closed schema, and agents that still send it would be refused; keep it, or open the schema");
                continue;
            }
            if (kept.Kind != old.Kind) problems.Add($"feature '{old.Name}' changes from {Name(old)} to {Name(kept)}, and earlier decisions hold {Name(old)} values; add a feature with another name instead");
            if (kept.Required && !old.Required) problems.Add($"feature '{old.Name}' becomes required, and earlier decisions lack it; leave it optional");
            if (kept.Class < old.Class) problems.Add($"feature '{old.Name}' changes from class {AgentJson.Classes[(int)old.Class]} to {AgentJson.Classes[(int)kept.Class]}, and values collected under the stricter class would lose its protection; add a feature with another name instead");
        }
        foreach (var added in wanted.Features)
            if (added.Required && now.Find(added.Name) is null) problems.Add($"required feature '{added.Name}' is added, and running agents do not send it; add it as optional");
        if (now.IsOpen && !wanted.IsOpen) problems.Add("the schema is closed, and agents that send undeclared features would be refused; leave it open, or register a new agent");
        if (problems.Count > 0) return new SchemaIsIncompatible(string.Join('\n', problems));
        return wanted with { Version = now.IsOpen == wanted.IsOpen && now.Features.AsSpan().SequenceEqual(wanted.Features.AsSpan()) ? now.Version : now.Version + 1 };
    }

    private static string Name(FeatureDefinition feature) => AgentJson.Types[(int)feature.Kind - 1];
}
