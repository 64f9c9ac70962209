using System.Globalization;
using System.Text.Json;
using Emend.Logic;

namespace Emend.Engine.Lineage;

/// <summary>Writes a lineage as PROV-JSON (W3C member submission of 24 April 2013).</summary>
/// <remarks>
/// Everything but people is an entity; people are agents. PROV has no word for letting something through: an approval is an
/// activity that used what was approved and is associated with the approver.
/// </remarks>
internal static class ProvJson
{
    private const string Prefix = "emend";

    /// <summary>Writes one PROV-JSON document.</summary>
    public static void Write(Utf8JsonWriter to, LineageGraph graph)
    {
        to.WriteStartObject();
        to.WriteStartObject("prefix");
        to.WriteString(Prefix, "urn:emend:");
        to.WriteEndObject();

        Nodes(to, "entity", graph.Nodes.Where(static node => node.Kind != LineageKind.Person));
        Nodes(to, "agent", graph.Nodes.Where(static node => node.Kind == LineageKind.Person));

        var approvals = Edges(graph, LineageRelation.ApprovedBy);
        if (approvals.Count > 0)
        {
            to.WriteStartObject("activity");
            foreach (var approval in approvals)
            {
                to.WriteStartObject(Approval(approval));
                to.WriteString("prov:type", Prefix + ":Approval");
                to.WriteEndObject();
            }
            to.WriteEndObject();
        }

        Relation(to, "wasDerivedFrom", "prov:generatedEntity", "prov:usedEntity",
        [
            .. Edges(graph, LineageRelation.DerivedFrom).Select(static edge => (Name(edge.From), Name(edge.To), (string?)null)),
            .. Edges(graph, LineageRelation.Replaced).Select(static edge => (Name(edge.From), Name(edge.To), (string?)"prov:Revision")),
        ]);
        Relation(to, "wasAttributedTo", "prov:entity", "prov:agent", [.. Edges(graph, LineageRelation.AttributedTo).Select(static edge => (Name(edge.From), Name(edge.To), (string?)null))]);
        Relation(to, "used", "prov:activity", "prov:entity", [.. approvals.Select(static edge => (Approval(edge), Name(edge.From), (string?)null))]);
        Relation(to, "wasAssociatedWith", "prov:activity", "prov:agent", [.. approvals.Select(static edge => (Approval(edge), Name(edge.To), (string?)null))]);
        to.WriteEndObject();
    }

    private static List<LineageEdge> Edges(LineageGraph graph, LineageRelation relation) => graph.Edges.Where(edge => edge.Relation == relation).ToList();

    private static string Name(string key) => $"{Prefix}:{Uri.EscapeDataString(key)}";

    private static string Approval(LineageEdge edge) => Name($"approval/{edge.From}/{edge.To}");

    private static void Nodes(Utf8JsonWriter to, string member, IEnumerable<LineageNode> nodes)
    {
        to.WriteStartObject(member);
        foreach (var node in nodes)
        {
            to.WriteStartObject(Name(node.Key));
            to.WriteString("prov:type", node.Kind == LineageKind.Person ? "prov:Person" : $"{Prefix}:{node.Kind}");
            to.WriteString("prov:label", node.Label);
            if (node.At is { } at) to.WriteString($"{Prefix}:at", CanonicalJson.Instant(at));
            to.WriteEndObject();
        }
        to.WriteEndObject();
    }

    private static void Relation(Utf8JsonWriter to, string member, string first, string second, List<(string First, string Second, string? Type)> ends)
    {
        if (ends.Count == 0) return;
        to.WriteStartObject(member);
        for (var i = 0; i < ends.Count; i++)
        {
            to.WriteStartObject(string.Create(CultureInfo.InvariantCulture, $"_:{member}{i + 1}"));
            to.WriteString(first, ends[i].First);
            to.WriteString(second, ends[i].Second);
            if (ends[i].Type is { } type) to.WriteString("prov:type", type);
            to.WriteEndObject();
        }
        to.WriteEndObject();
    }
}
