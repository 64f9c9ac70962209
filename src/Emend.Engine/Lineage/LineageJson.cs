using System.Text.Json;
using Emend.Logic;

namespace Emend.Engine.Lineage;

/// <summary>Writes a lineage as Emend's own JSON: nodes in the order they were found, and the edges between them.</summary>
internal static class LineageJson
{
    /// <summary>Writes one object with <c>nodes</c> and <c>edges</c>.</summary>
    public static void Write(Utf8JsonWriter to, LineageGraph graph)
    {
        to.WriteStartObject();
        to.WriteStartArray("nodes");
        foreach (var node in graph.Nodes)
        {
            to.WriteStartObject();
            to.WriteString("key", node.Key);
            to.WriteString("kind", node.Kind.ToString().ToLowerInvariant());
            to.WriteString("id", node.Id);
            to.WriteString("label", node.Label);
            if (node.At is { } at) to.WriteString("at", CanonicalJson.Instant(at));
            to.WriteEndObject();
        }
        to.WriteEndArray();
        to.WriteStartArray("edges");
        foreach (var edge in graph.Edges)
        {
            to.WriteStartObject();
            to.WriteString("from", edge.From);
            to.WriteString("relation", Word(edge.Relation));
            to.WriteString("to", edge.To);
            to.WriteEndObject();
        }
        to.WriteEndArray();
        to.WriteEndObject();
    }

    private static string Word(LineageRelation relation) => relation switch
    {
        LineageRelation.DerivedFrom => "derived-from",
        LineageRelation.AttributedTo => "attributed-to",
        LineageRelation.ApprovedBy => "approved-by",
        LineageRelation.Replaced => "replaced",
        _ => throw new ArgumentOutOfRangeException(nameof(relation), relation, "unknown relation"),
    };
}
