using System.Text.Json;

namespace Emend.Cli.Tests.Lineage;

public class Tracing
{
    [Fact]
    public async Task a_changed_decision_leads_to_the_rule_its_evidence_and_the_people()
    {
        using var desk = await SampleDesk.ReleasedAsync();
        var changed = Changed(desk);
        var graph = await desk.JsonAsync("lineage " + changed.GetProperty("decisionId").GetString());
        var nodes = graph.GetProperty("nodes").EnumerateArray().ToLookup(static n => n.GetProperty("kind").GetString(), static n => n.GetProperty("id").GetString());
        Assert.Equal(changed.GetProperty("rule").GetString(), Assert.Single(nodes["rule"]));
        Assert.Equal(desk.Candidate, Assert.Single(nodes["bundle"]));
        Assert.Contains("ada", nodes["person"]);
        Assert.Contains("lead-mira", nodes["person"]);

        var evidence = (await desk.JsonAsync($"rules show support-router {changed.GetProperty("rule").GetString()}")).GetProperty("evidence").EnumerateArray().Select(static e => e.GetString());
        Assert.Equal(evidence.Order(StringComparer.Ordinal), nodes["ruling"].Order(StringComparer.Ordinal));

        var text = (await desk.RunAsync("lineage " + changed.GetProperty("decisionId").GetString())).Ends().Output;
        Assert.Contains(changed.GetProperty("rule").GetString()!, text, StringComparison.Ordinal);
        Assert.Contains("approved by", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task a_correction_leads_forward_to_every_decision_its_rule_changed()
    {
        using var desk = await SampleDesk.ReleasedAsync();
        var correction = await Reviewing.Withdrawing_a_correction.EvidenceAsync(desk);
        var graph = await desk.JsonAsync("lineage " + correction);
        var nodes = graph.GetProperty("nodes").EnumerateArray().ToLookup(static n => n.GetProperty("kind").GetString(), static n => n.GetProperty("id").GetString());
        var rules = nodes["rule"].ToHashSet(StringComparer.Ordinal);
        var changed = desk.Decided.Where(d => d.GetProperty("cause").GetString() == "rule" && rules.Contains(d.GetProperty("rule").GetString())).Select(static d => d.GetProperty("decisionId").GetString());
        Assert.NotEmpty(changed);
        Assert.Equal(changed.Order(StringComparer.Ordinal), nodes["decision"].Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task as_PROV_every_name_that_is_used_is_declared()
    {
        using var desk = await SampleDesk.ReleasedAsync();
        foreach (var id in new[] { Changed(desk).GetProperty("decisionId").GetString()!, await Reviewing.Withdrawing_a_correction.EvidenceAsync(desk) })
        {
            var prov = (await desk.RunAsync($"lineage {id} --prov")).Ends().Json;
            var prefix = prov.GetProperty("prefix").EnumerateObject().Select(static p => p.Name + ":").ToList();
            var declared = new[] { "entity", "agent", "activity" }.ToDictionary(static kind => kind, kind => prov.TryGetProperty(kind, out var things) ? things.EnumerateObject().Select(static t => t.Name).ToHashSet(StringComparer.Ordinal) : []);
            Assert.NotEmpty(declared["entity"]);
            Assert.NotEmpty(declared["agent"]);
            Assert.NotEmpty(declared["activity"]);
            Assert.All(declared.Values.SelectMany(static names => names), name => Assert.Contains(prefix, p => name.StartsWith(p, StringComparison.Ordinal)));

            var ends = new Dictionary<string, (string From, string FromKind, string To, string ToKind)>
            {
                ["wasDerivedFrom"] = ("prov:generatedEntity", "entity", "prov:usedEntity", "entity"),
                ["wasAttributedTo"] = ("prov:entity", "entity", "prov:agent", "agent"),
                ["used"] = ("prov:activity", "activity", "prov:entity", "entity"),
                ["wasAssociatedWith"] = ("prov:activity", "activity", "prov:agent", "agent"),
            };
            var relations = prov.EnumerateObject().Where(static m => m.Name is not ("prefix" or "entity" or "agent" or "activity")).ToList();
            Assert.Equal(ends.Keys.Order(StringComparer.Ordinal), relations.Select(static r => r.Name).Order(StringComparer.Ordinal));
            foreach (var relation in relations)
            {
                var (from, fromKind, to, toKind) = ends[relation.Name];
                foreach (var edge in relation.Value.EnumerateObject())
                {
                    Assert.Contains(edge.Value.GetProperty(from).GetString()!, declared[fromKind]);
                    Assert.Contains(edge.Value.GetProperty(to).GetString()!, declared[toKind]);
                }
            }
        }
    }

    [Fact]
    public async Task an_unknown_id_is_not_found()
    {
        using var desk = await SampleDesk.ImportedAsync();
        Assert.Empty((await desk.RunAsync("lineage nope --json")).Ends(ExitCode.NotFound).Output);
    }

    private static JsonElement Changed(SampleDesk desk) => desk.Decided.First(static d => d.GetProperty("cause").GetString() == "rule" && d.GetProperty("rule").GetString()!.StartsWith("m-", StringComparison.Ordinal));
}
