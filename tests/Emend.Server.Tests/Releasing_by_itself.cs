using System.Text.Json;
using Emend.Engine.Access;
using Emend.TestKit;

namespace Emend.Server.Tests;

public class Releasing_by_itself
{
    private const string Case = """
        "occurredAt":"2026-01-05T08:00:00Z","agent":"router","taskType":"route","input":"please send the invoice of May once more","features":{"vip":true},"proposed":{"action":"docs"}
        """;

    [Fact]
    public async Task a_correction_inside_the_envelope_changes_the_answer_for_the_same_case_without_anybody_asking()
    {
        await using var server = await ServerFixture.StartAsync();
        var service = server.Service();
        await OkAsync(server.Client("mira", Role.LeadReviewer).PostAsync("/v1/agents", ServerFixture.Json("""{"id":"router","actions":["docs","invoice"],"envelope":{"open":true}}""")));
        await OkAsync(service.PostAsync("/v1/decisions", ServerFixture.Json($$"""{"id":"d-1",{{Case}}}""")));
        foreach (var other in new[] { "how do I reset my password", "how do I change my address" })
            await OkAsync(service.PostAsync("/v1/decisions", ServerFixture.Json($$"""{"id":"{{other}}","occurredAt":"2026-01-05T08:00:00Z","agent":"router","input":"{{other}}","proposed":{"action":"docs"} }""")));

        await OkAsync(service.PostAsync("/v1/corrections", ServerFixture.Json("""{"decisionId":"d-1","verdict":"modify","action":"invoice","by":"rosa","at":"2026-01-05T09:00:00Z"}""")));
        await (await server.EngineAsync()).FastLane.SettledAsync();

        // A tenth of the traffic is left as it was, to compare with.
        var answers = new List<string>();
        for (var i = 0; i < 20; i++)
            answers.Add((await OkAsync(service.PostAsync("/v1/decide", ServerFixture.Json($$"""{"id":"n-{{i}}",{{Case}}}""")))).GetProperty("action").GetString()!);
        Assert.True(answers.Count(static action => action == "invoice") > 10, string.Join(' ', answers));
    }

    private static async Task<JsonElement> OkAsync(Task<HttpResponseMessage> asked)
    {
        using var answer = await asked;
        Assert.True(answer.IsSuccessStatusCode, $"{answer.RequestMessage?.RequestUri}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
        return await ServerFixture.JsonAsync(answer);
    }
}
