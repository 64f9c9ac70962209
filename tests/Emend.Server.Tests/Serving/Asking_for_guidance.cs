using System.Net;
using Emend.Engine.Access;
using Emend.Logic.Guidance;
using Emend.TestKit;

namespace Emend.Server.Tests.Serving;

public class Asking_for_guidance
{
    [Fact]
    public async Task gives_items_and_a_block_records_what_a_decision_was_shown_and_explains_it_afterwards()
    {
        await using var server = await ServerFixture.StartAsync();
        var engine = await server.EngineAsync();
        using var desk = server.Client("desk", "default", isService: true, Role.Agent, Role.Submitter);
        using var lead = server.Client("mira", "default", isService: false, Role.LeadReviewer);
        await OkAsync(lead.PostAsync("/v1/agents", ServerFixture.Json("""{"id":"router","actions":["a","b"]}""")));
        Assert.Equal(("", 0), await AskAsync("""{"agent":"router","input":"where is it"}"""));

        var item = new GuidanceItem { Id = "g-x", Kind = GuidanceKind.Written, Text = "Say where it is." };
        await new ReleaseWalk(engine.Store, engine.Ledger, "router").ReleaseAsync(new() { Agent = "router", Guidance = [GuidanceJson.Write(item)] });
        var decision = Enumerable.Range(0, 200).Select(static i => $"d-{i}").First(static id => !Withholding.IsWithheld("router", "g-x", id));
        var (text, count) = await AskAsync($$"""{"agent":"router","input":"where is it","features":{"vip":true},"decisionId":"{{decision}}"}""");

        Assert.Equal(1, count);
        Assert.Contains("Say where it is.", text, StringComparison.Ordinal);
        await OkAsync(desk.PostAsync("/v1/decide", ServerFixture.Json($$$"""{"id":"{{{decision}}}","occurredAt":"2026-01-05T08:00:00Z","agent":"router","proposed":{"action":"a"}}""")));
        var explained = await ServerFixture.JsonAsync(await lead.GetAsync($"/v1/decisions/{decision}/explanation"));
        Assert.Equal("kept", explained.GetProperty("outcome").GetString());
        Assert.Equal("g-x", explained.GetProperty("guidance").GetProperty("shown")[0].GetString());
        Assert.Contains(explained.GetProperty("text").EnumerateArray(), static line => line.GetString()!.Contains("read guidance g-x", StringComparison.Ordinal));

        async Task<(string?, int)> AskAsync(string body)
        {
            var answer = await ServerFixture.JsonAsync(await OkAsync(desk.PostAsync("/v1/guidance", ServerFixture.Json(body))));
            return (answer.GetProperty("text").GetString(), answer.GetProperty("items").GetArrayLength());
        }
    }

    [Theory]
    [InlineData("""{"agent":"nobody","input":"x"}""", HttpStatusCode.NotFound)]
    [InlineData("""{"agent":"router","maxItems":0}""", HttpStatusCode.BadRequest)]
    [InlineData("""{"agent":"router","confidence":7}""", HttpStatusCode.BadRequest)]
    [InlineData("""{"agent":"router","features":{"n":1e999}}""", HttpStatusCode.BadRequest)]
    [InlineData("""{"agent":"router","unknown":1}""", HttpStatusCode.BadRequest)]
    public async Task refuses_what_is_no_question(string body, HttpStatusCode status)
    {
        await using var server = await ServerFixture.StartAsync();
        using var lead = server.Client("mira", "default", isService: false, Role.LeadReviewer);
        await OkAsync(lead.PostAsync("/v1/agents", ServerFixture.Json("""{"id":"router"}""")));
        using var desk = server.Client("desk", "default", isService: true, Role.Agent);
        using var answer = await desk.PostAsync("/v1/guidance", ServerFixture.Json(body));
        Assert.Equal(status, answer.StatusCode);
    }

    private static async Task<HttpResponseMessage> OkAsync(Task<HttpResponseMessage> asked)
    {
        var answer = await asked;
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        return answer;
    }
}
