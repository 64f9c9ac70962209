using System.Net;
using System.Text.Json;
using Emend.Engine.Access;
using Emend.TestKit;

namespace Emend.Server.Tests;

public class Releasing_over_http
{
    [Fact]
    public async Task goes_from_corrections_to_a_changed_answer_and_back()
    {
        await using var server = await ServerFixture.StartAsync();
        var world = await SmallWorld.MakeAsync(server, "default", "loop");
        var (lead, author, operator_) = (server.Client("mira", Role.LeadReviewer), server.Client("ada", Role.ModelEngineer), server.Client("olu", Role.Operator));
        var approval = $$"""{"why":"read it","report":"{{world.Report}}","acceptUnproven":true}""";

        // Not the author, and not on a report nobody was shown.
        await RefusedAsync(HttpStatusCode.Forbidden, "candidate.approver-is-author", author.PostAsync($"/v1/candidates/{world.Candidate}/approval", ServerFixture.Json(approval)));
        await RefusedAsync(HttpStatusCode.Conflict, "access.shown-stale", lead.PostAsync($"/v1/candidates/{world.Candidate}/approval", ServerFixture.Json(approval.Replace(world.Report, "sha256:0", StringComparison.Ordinal))));
        await RefusedAsync(HttpStatusCode.Forbidden, "release.only-a-person", server.Client("bot", "default", isService: true, Role.LeadReviewer).PostAsync($"/v1/candidates/{world.Candidate}/approval", ServerFixture.Json(approval)));
        Assert.Equal("approved", (await OkAsync(lead.PostAsync($"/v1/candidates/{world.Candidate}/approval", ServerFixture.Json(approval)))).GetProperty("state").GetString());

        var before = await OkAsync(operator_.GetAsync($"/v1/releases/{world.Agent}?candidate={world.Candidate}"));
        await RefusedAsync(HttpStatusCode.Conflict, "access.shown-stale", operator_.PostAsync($"/v1/releases/{world.Agent}", ServerFixture.Json($$"""{"candidate":"{{world.Candidate}}","shown":"sha256:0"}""")));
        var board = await OkAsync(operator_.PostAsync($"/v1/releases/{world.Agent}", ServerFixture.Json(
            $$"""{"candidate":"{{world.Candidate}}","shown":"{{before.GetProperty("shown").GetString()}}","stepsBp":[0,10000],"soakSeconds":0,"minExposed":1,"minJudged":0}""")));
        Assert.Equal(0, board.GetProperty("release").GetProperty("shareBp").GetInt32());

        Assert.Equal(("keep", "shadow"), await DecideAsync(server, world, "n-1"));
        var shown = (await OkAsync(operator_.GetAsync($"/v1/releases/{world.Agent}"))).GetProperty("shown").GetString();
        board = await OkAsync(operator_.PostAsync($"/v1/releases/{world.Agent}/advance", ServerFixture.Json($$"""{"shown":"{{shown}}","withoutProof":true}""")));
        Assert.Equal(world.Candidate, board.GetProperty("served").GetString());

        Assert.Equal(("override", "stable"), await DecideAsync(server, world, "n-2"));
        await OkAsync(operator_.PutAsync($"/v1/releases/{world.Agent}/kill-switch", ServerFixture.Json("""{"on":true,"why":"drill"}""")));
        Assert.Equal(("keep", "stable"), await DecideAsync(server, world, "n-3"));
        await OkAsync(operator_.PutAsync($"/v1/releases/{world.Agent}/kill-switch", ServerFixture.Json("""{"on":false,"why":"over"}""")));
        await OkAsync(lead.PostAsync($"/v1/releases/{world.Agent}/rollback", ServerFixture.Json("""{"why":"drill"}""")));
        Assert.Equal(("keep", "stable"), await DecideAsync(server, world, "n-4"));

        var lineage = await OkAsync(lead.GetAsync("/v1/lineage/n-2"));
        Assert.Contains(lineage.GetProperty("nodes").EnumerateArray(), static node => node.GetProperty("kind").GetString() == "bundle");
        var audit = await OkAsync(server.Client("aud", Role.Auditor).PostAsync("/v1/journal/verification", null));
        Assert.True(audit.GetProperty("sound").GetBoolean());
    }

    [Fact]
    public async Task a_withdrawal_names_the_difference_that_was_shown_and_submitters_take_back_their_own_only()
    {
        await using var server = await ServerFixture.StartAsync();
        var world = await SmallWorld.MakeAsync(server, "default", "undo");
        var (rosa, bo) = (server.Client("rosa", Role.Submitter), server.Client("bo", Role.Submitter));

        await RefusedAsync(HttpStatusCode.NotFound, "review.correction-unknown", bo.GetAsync($"/v1/corrections/{world.Correction}/withdrawal"));
        var shown = (await OkAsync(rosa.GetAsync($"/v1/corrections/{world.Correction}/withdrawal"))).GetProperty("shown").GetString();
        await RefusedAsync(HttpStatusCode.NotFound, "review.correction-unknown", bo.PostAsync($"/v1/corrections/{world.Correction}/withdrawal", ServerFixture.Json($$"""{"why":"x","shown":"{{shown}}"}""")));
        await RefusedAsync(HttpStatusCode.Conflict, "access.shown-stale", rosa.PostAsync($"/v1/corrections/{world.Correction}/withdrawal", ServerFixture.Json("""{"why":"x","shown":"sha256:1"}""")));
        await OkAsync(rosa.PostAsync($"/v1/corrections/{world.Correction}/withdrawal", ServerFixture.Json($$"""{"why":"wrong customer","shown":"{{shown}}"}""")));

        Assert.True((await OkAsync(rosa.GetAsync($"/v1/corrections/{world.Correction}"))).GetProperty("withdrawn").GetBoolean());
        Assert.All((await OkAsync(rosa.GetAsync("/v1/corrections?limit=500"))).GetProperty("items").EnumerateArray(), static item => Assert.Equal("rosa", item.GetProperty("by").GetString()));
    }

    private static async Task<(string?, string?)> DecideAsync(ServerFixture server, SmallWorld world, string id)
    {
        var answer = await OkAsync(server.Service("desk").PostAsync("/v1/decide", ServerFixture.Json(
            $$"""{"id":"{{id}}","occurredAt":"2026-01-06T08:00:00Z","agent":"{{world.Agent}}","input":"please send the invoice","features":{"n":1},"proposed":{"action":"docs"},"subject":"new-{{id}}"}""")));
        return (answer.GetProperty("disposition").GetString(), answer.GetProperty("arm").GetString());
    }

    private static async Task<JsonElement> OkAsync(Task<HttpResponseMessage> asked)
    {
        using var answer = await asked;
        Assert.True(answer.IsSuccessStatusCode, $"{answer.RequestMessage?.RequestUri}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
        return await ServerFixture.JsonAsync(answer);
    }

    private static async Task RefusedAsync(HttpStatusCode status, string code, Task<HttpResponseMessage> asked)
    {
        using var answer = await asked;
        Assert.Equal((status, code), (answer.StatusCode, (await ServerFixture.JsonAsync(answer)).GetProperty("code").GetString()));
    }
}
