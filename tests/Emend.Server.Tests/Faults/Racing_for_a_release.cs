using System.Net;
using Emend.Engine.Access;
using Emend.Engine.Releasing;
using Emend.TestKit;

namespace Emend.Server.Tests.Faults;

/// <summary>Several people move one agent's release at once, and rights end between two steps.</summary>
public class Racing_for_a_release
{
    [Fact, Trait("Fault", "F27")]
    public async Task lets_one_of_many_promotions_through_and_tells_the_others_that_what_they_saw_is_gone()
    {
        await using var server = await ServerFixture.StartAsync();
        var world = await SmallWorld.MakeAsync(server, "default", "race");
        await OkAsync(server.Client("mira", Role.LeadReviewer).PostAsync($"/v1/candidates/{world.Candidate}/approval", ServerFixture.Json($$"""{"why":"read it","report":"{{world.Report}}","acceptUnproven":true}""")));
        var operators = Enumerable.Range(0, 8).Select(i => server.Client($"olu-{i}", Role.Operator)).ToArray();

        var seen = (await OkAsync(operators[0].GetAsync($"/v1/releases/{world.Agent}?candidate={world.Candidate}"))).GetProperty("shown").GetString();
        var start = $$"""{"candidate":"{{world.Candidate}}","shown":"{{seen}}","stepsBp":[0,5000,10000],"soakSeconds":0,"minExposed":1,"minJudged":0}""";
        await OneWinsAsync(operators, client => client.PostAsync($"/v1/releases/{world.Agent}", ServerFixture.Json(start)), HttpStatusCode.Created);
        await OkAsync(server.Service().PostAsync("/v1/decide", ServerFixture.Json($$"""{"id":"n-1","occurredAt":"2026-01-05T08:00:00Z","agent":"{{world.Agent}}","proposed":{"action":"docs"} }""")));
        seen = (await OkAsync(operators[0].GetAsync($"/v1/releases/{world.Agent}"))).GetProperty("shown").GetString();
        await OneWinsAsync(operators, client => client.PostAsync($"/v1/releases/{world.Agent}/advance", ServerFixture.Json($$"""{"shown":"{{seen}}","withoutProof":true}""")), HttpStatusCode.OK);

        // The history as the journal has it: one start, one step, from where the start was.
        var facts = (await server.EngineAsync()).Store.Entries().Select(static e => ReleaseFactJournal.Read(e, () => e.Actor.Name)).ToList();
        Assert.Single(facts.OfType<ReleaseStarted>());
        Assert.Equal((0, 5_000), Assert.Single(facts.OfType<ReleaseAdvanced>()) is var step ? (step.From.BasisPoints, step.To.BasisPoints) : default);
    }

    [Fact, Trait("Fault", "F27")]
    public async Task counts_no_approval_of_somebody_who_may_not_approve_any_more_and_none_of_the_author()
    {
        await using var server = await ServerFixture.StartAsync();
        var world = await SmallWorld.MakeAsync(server, "default", "rights");
        var approval = ServerFixture.Json($$"""{"why":"read it","report":"{{world.Report}}","acceptUnproven":true}""");
        using var own = await server.Client("ada", Role.ModelEngineer).PostAsync($"/v1/candidates/{world.Candidate}/approval", approval);
        Assert.Equal(HttpStatusCode.Forbidden, own.StatusCode);
        var issued = server.Key("mira-2", [Role.LeadReviewer]);
        await OkAsync(server.With(issued.Text).PostAsync($"/v1/candidates/{world.Candidate}/approval", ServerFixture.Json($$"""{"why":"read it","report":"{{world.Report}}","acceptUnproven":true}""")));

        server.Keys.Revoke(issued.Key.Id, new("admin"));
        var operator_ = server.Client("olu", Role.Operator);
        var seen = (await OkAsync(operator_.GetAsync($"/v1/releases/{world.Agent}?candidate={world.Candidate}"))).GetProperty("shown").GetString();
        using var refused = await operator_.PostAsync($"/v1/releases/{world.Agent}", ServerFixture.Json($$"""{"candidate":"{{world.Candidate}}","shown":"{{seen}}"}"""));
        Assert.Equal((HttpStatusCode.Conflict, "release.not-approved"), (refused.StatusCode, (await ServerFixture.JsonAsync(refused)).GetProperty("code").GetString()));

        await OkAsync(server.Client("mira", Role.LeadReviewer).PostAsync($"/v1/candidates/{world.Candidate}/approval", ServerFixture.Json($$"""{"why":"read it","report":"{{world.Report}}","acceptUnproven":true}""")));
        seen = (await OkAsync(operator_.GetAsync($"/v1/releases/{world.Agent}?candidate={world.Candidate}"))).GetProperty("shown").GetString();
        await OkAsync(operator_.PostAsync($"/v1/releases/{world.Agent}", ServerFixture.Json($$"""{"candidate":"{{world.Candidate}}","shown":"{{seen}}"}""")));
    }

    private static async Task OneWinsAsync(HttpClient[] clients, Func<HttpClient, Task<HttpResponseMessage>> ask, HttpStatusCode won)
    {
        var answers = await Task.WhenAll(clients.Select(client => Task.Run(() => ask(client))));
        Assert.Equal(1, answers.Count(answer => answer.StatusCode == won));
        Assert.Equal(clients.Length - 1, answers.Count(static answer => answer.StatusCode == HttpStatusCode.Conflict));
        foreach (var answer in answers) answer.Dispose();
    }

    private static async Task<System.Text.Json.JsonElement> OkAsync(Task<HttpResponseMessage> asked)
    {
        using var answer = await asked;
        Assert.True(answer.IsSuccessStatusCode, $"{answer.RequestMessage?.RequestUri}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
        return await ServerFixture.JsonAsync(answer);
    }
}
