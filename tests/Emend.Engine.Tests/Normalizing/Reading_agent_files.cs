using Emend.Engine.Normalizing;
using Emend.Logic;
using Emend.TestKit;

namespace Emend.Engine.Tests.Normalizing;

public class Reading_agent_files
{
    private const string Whole = """
        {
          "id": "refunds", "domain": "retail", "taskTypes": ["refund"], "actions": ["refund", "refuse"], "reasons": ["policy"],
          "features": { "amount": {"type": "number", "class": "internal", "required": true}, "note": "string", "due": "timestamp" },
          "risk": "medium", "actionRisk": {"refund": "high"},
          "envelope": {"open": true, "actions": ["refuse"], "maxRisk": "medium", "minSubmitters": 3},
          "guardrails": [{"id": "g-1", "when": "amount > 500 and proposed.action == \"refund\"", "effect": "escalate", "because": "large"}]
        }
        """;

    private static AgentFile.Contents Granted(string json, string? id = null) => Assert.IsType<Answer<AgentFile.Contents>.Granted>(AgentFile.Read(json, id)).Value;

    private static string Refused(string json) => Assert.IsType<Answer<AgentFile.Contents>.Refused>(AgentFile.Read(json, null)).Why.Message;

    [Fact]
    public void A_whole_file_is_read_and_written_to_the_same_canonical_text()
    {
        var agent = Granted(Whole).Agent;
        Assert.Equal(RiskClass.High, agent.RiskOf("refund"));
        Assert.Equal(RiskClass.Medium, agent.RiskOf("refuse"));
        Assert.Equal(["amount", "due", "note"], agent.Schema.Features.Select(static f => f.Name));
        Assert.Equal((FeatureKind.Number, Engine.Journal.FieldClass.Internal, true), (agent.Schema.Find("amount")!.Kind, agent.Schema.Find("amount")!.Class, agent.Schema.Find("amount")!.Required));
        Assert.Equal((FeatureKind.String, Engine.Journal.FieldClass.Personal), (agent.Schema.Find("note")!.Kind, agent.Schema.Find("note")!.Class));
        Assert.Equal((true, RiskClass.Medium, 3, 100), (agent.Envelope.IsOpen, agent.Envelope.MaxRisk, agent.Envelope.MinSubmitters, agent.Envelope.MaxDecisionsPerDay));
        Assert.Equal("g-1", Assert.Single(agent.Guardrails).Id);
        var canonical = AgentJson.Write(agent);
        Assert.Equal(canonical, AgentJson.Write(AgentJson.Read(canonical)));
    }

    [Theory]
    [InlineData("\"retail\"", "7", "domain is not text")]
    [InlineData("\"taskTypes\"", "\"tasktypes\"", "did you mean 'taskTypes'?")]
    [InlineData("\"medium\", \"actionRisk\"", "\"hi\", \"actionRisk\"", "risk 'hi' is not known")]
    [InlineData("{\"refund\": \"high\"}", "{\"refnd\": \"high\"}", "did you mean 'refund'?")]
    [InlineData("\"open\": true, ", "", "envelope.open is missing")]
    [InlineData("\"number\"", "\"numbr\"", "did you mean 'number'?")]
    [InlineData("amount > 500 and", "amount >", "guardrails[0].when")]
    [InlineData("\"effect\": \"escalate\", ", "", "guardrails[0].effect is missing")]
    [InlineData("\"policy\"", "\"policy\", \"policy\"", "holds 'policy' twice")]
    [InlineData("\"id\": \"refunds\"", "\"id\": \"refunds\", \"id\": \"x\"", "not JSON")]
    public void A_wrong_file_says_what_and_where(string good, string bad, string says)
    {
        Assert.Contains(good, Whole, StringComparison.Ordinal);
        Assert.Contains(says, Refused(Whole.Replace(good, bad, StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_bare_catalogue_needs_only_an_id()
    {
        Assert.Contains("does not name its agent", Refused("""{"actions":["a"]}"""), StringComparison.Ordinal);
        Assert.Equal("a", Assert.Single(Granted("""{"actions":["a"]}""", "router").Agent.Actions));
        Assert.Equal("r", Granted("""{"agent":"r","actions":["a"]}""").Agent.Id);
    }

    [SharedDataFact("demo/catalogue.json")]
    public void A_real_catalogue_is_read_and_says_what_it_ignored()
    {
        var contents = Granted(File.ReadAllText(SharedData.Path("demo", "catalogue.json")!), "gpt-5.2/v1");
        Assert.Equal(77, contents.Agent.Actions.Length);
        Assert.Contains("valid_but_not_in_prompt", contents.Ignored);
    }
}
