using System.Text.Json;
using Emend.Engine.Access;
using Emend.Server.Operating;
using Emend.TestKit;
using Microsoft.Extensions.DependencyInjection;

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

    [Theory]
    [InlineData("invoice", null)]
    [InlineData("docs", "release.rolled-back")]
    public async Task what_is_known_of_it_afterwards_takes_it_to_everybody_or_back(string right, string? takenBack)
    {
        const int Asked = 250;
        var clock = new ManualClock();
        await using var server = await ServerFixture.StartAsync(options => options with { Clock = clock });
        var service = server.Service();
        var engine = await server.EngineAsync();
        var watch = server.Server.Services.GetRequiredService<WatchWorker>();
        await OkAsync(server.Client("mira", Role.LeadReviewer).PostAsync("/v1/agents", ServerFixture.Json("""{"id":"router","actions":["docs","invoice"],"envelope":{"open":true}}""")));
        await OkAsync(service.PostAsync("/v1/decisions", ServerFixture.Json($$"""{"id":"d-1",{{Case}}}""")));
        foreach (var other in new[] { "how do I reset my password", "how do I change my address" })
            await OkAsync(service.PostAsync("/v1/decisions", ServerFixture.Json($$"""{"id":"{{other}}","occurredAt":"2026-01-05T08:00:00Z","agent":"router","input":"{{other}}","proposed":{"action":"docs"} }""")));
        await OkAsync(service.PostAsync("/v1/corrections", ServerFixture.Json("""{"decisionId":"d-1","verdict":"modify","action":"invoice","by":"rosa","at":"2026-01-05T09:00:00Z"}""")));
        await engine.FastLane.SettledAsync();
        await watch.RoundAsync(CancellationToken.None);
        var release = engine.Ledger.Board("router").Current!;
        Assert.Equal((9_000, "release.still-soaking"), (release.Share.BasisPoints, release.HeldFor));

        foreach (var together in Enumerable.Range(0, Asked).Chunk(25))
            await Task.WhenAll(together.Select(i => OkAsync(service.PostAsync("/v1/decide", ServerFixture.Json($$"""{"id":"n-{{i}}","subject":"cust-{{i}}",{{Case}}}""")))));
        for (var from = 0; from < Asked; from += 50)
        {
            var truths = Enumerable.Range(from, 50).Select(i => $$"""{"decisionId":"n-{{i}}","metric":"truth","action":"{{right}}","at":"2026-01-05T10:00:00Z"}""");
            await OkAsync(service.PostAsync("/v1/outcomes", ServerFixture.Json($$"""{"items":[{{string.Join(',', truths)}}]}""")));
        }
        await engine.FastLane.SettledAsync();
        await watch.RoundAsync(CancellationToken.None);
        if (takenBack is null)
        {
            Assert.Equal(release.Id, engine.Ledger.Board("router").Current?.Id); // harmless, but the step still soaks
            clock.Move(release.Policy.Soak);
            await watch.RoundAsync(CancellationToken.None);
        }

        var board = engine.Ledger.Board("router");
        Assert.Equal((takenBack is null ? release.Candidate : null, null, takenBack is not null), (board.Served, board.Current?.Id, board.IsFastLaneHeld));
        var last = engine.Store.Entries().Last(static entry => entry.Type is "release.advanced" or "release.rolled-back");
        Assert.Equal((takenBack ?? "release.advanced", "policy:fast-lane"), (last.Type, last.Actor.Name));
        Assert.Contains("againstLog", last.Records[0]["evidence"], StringComparison.Ordinal);
    }

    private static async Task<JsonElement> OkAsync(Task<HttpResponseMessage> asked)
    {
        using var answer = await asked;
        Assert.True(answer.IsSuccessStatusCode, $"{answer.RequestMessage?.RequestUri}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
        return await ServerFixture.JsonAsync(answer);
    }
}
