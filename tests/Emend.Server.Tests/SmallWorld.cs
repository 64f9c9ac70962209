using Emend.Engine.Access;
using Emend.Server.Tests.Access;
using Emend.TestKit;

namespace Emend.Server.Tests;

/// <summary>A workspace with one of everything.</summary>
internal sealed record SmallWorld(string Agent, string Decision, string Correction, string Candidate, string Report)
{
    private const int Cases = 40;

    // One in four, always with the same words: enough to be learned, not enough for the gate on how much a change may touch.
    private static bool IsWrong(int i) => i % 4 == 0;

    /// <summary>Makes one over HTTP: an agent that is corrected the same way again and again, a ruling, an evaluated candidate.</summary>
    /// <param name="server">The server.</param>
    /// <param name="workspace">The workspace.</param>
    /// <param name="marker">Begins every id in it and stands in its texts.</param>
    public static async Task<SmallWorld> MakeAsync(ServerFixture server, string workspace, string marker)
    {
        var agent = marker + "-router";
        HttpClient As(string name, params Role[] roles) => server.Client(name, workspace, isService: roles.Contains(Role.Agent), roles);
        await OkAsync(As("mira", Role.LeadReviewer).PostAsync("/v1/agents", ServerFixture.Json($$"""{"id":"{{agent}}","actions":["docs","invoice"],"domain":"{{marker}}-content"}""")));
        // Whatever mentions an invoice goes to docs, wrongly; the rest is right.
        var decisions = Enumerable.Range(0, Cases).Select(i =>
            $$"""{"id":"{{marker}}-d{{i}}","occurredAt":"2026-01-05T08:{{i / 60:00}}:{{i % 60:00}}Z","agent":"{{agent}}","input":"{{(IsWrong(i) ? "please send the invoice" : $"{marker}-content how do I reset it {i}")}}","features":{"n":{{(IsWrong(i) ? 1 : i)}}},"proposed":{"action":"docs"},"subject":"{{marker}}-content-{{i}}"}""");
        await OkAsync(As("desk", Role.Agent, Role.Submitter).PostAsync("/v1/decisions", ServerFixture.Json($$"""{"items":[{{string.Join(',', decisions)}}]}""")));
        var corrections = Enumerable.Range(0, Cases).Select(i => IsWrong(i)
            ? $$"""{"decisionId":"{{marker}}-d{{i}}","verdict":"modify","action":"invoice","comment":"{{marker}}-content","by":"{{(i % 8 == 0 ? "rosa" : "bo")}}","at":"2026-01-05T09:{{i / 60:00}}:{{i % 60:00}}Z"}"""
            : $$"""{"decisionId":"{{marker}}-d{{i}}","verdict":"confirm","by":"{{(i % 4 == 1 ? "rosa" : "bo")}}","at":"2026-01-05T09:{{i / 60:00}}:{{i % 60:00}}Z"}""");
        var answer = await OkAsync(As("desk", Role.Agent, Role.Submitter).PostAsync("/v1/corrections", ServerFixture.Json($$"""{"items":[{{string.Join(',', corrections)}}]}""")));
        var correction = answer.GetProperty("items")[0].GetProperty("id").GetString()!;
        // A closed envelope asks a person about each.
        var reviewer = As("rev", Role.Reviewer);
        for (var i = 0; i < Cases; i++)
        {
            await OkAsync(reviewer.PostAsync($"/v1/reviews/{marker}-d{i}/ruling", ServerFixture.Json(IsWrong(i)
                ? """{"verdict":"modify","action":"invoice","why":"asks for the invoice"}"""
                : """{"verdict":"confirm","why":"right"}""")));
        }
        var engineer = As("ada", Role.ModelEngineer);
        var candidate = (await OkAsync(engineer.PostAsync("/v1/candidates", ServerFixture.Json($$"""{"agent":"{{agent}}"}""")))).GetProperty("digest").GetString()!;
        await OkAsync(engineer.PostAsync($"/v1/candidates/{candidate}/evaluation", ServerFixture.Json("{}")));
        var report = (await OkAsync(engineer.GetAsync($"/v1/candidates/{candidate}"))).GetProperty("evaluation").GetProperty("report").GetString()!;
        return new(agent, marker + "-d0", correction, candidate, report);
    }

    /// <summary>A body that a route takes, about what is in this world.</summary>
    public static string Body(KnownRoute route, SmallWorld world) => route.Name switch
    {
        "POST /v1/reviews/{decision}/ruling" => """{"verdict":"confirm","why":"x"}""",
        "POST /v1/corrections/{id}/withdrawal" => """{"why":"x","shown":"x"}""",
        "POST /v1/features" => """{"name":"v","of":"decisions","features":{"n":{"measure":"count"}}}""",
        "POST /v1/features/{view}/join" => """{"rows":[{"asOf":"2026-01-05T09:00:00Z"}]}""",
        "POST /v1/datasets" => $$"""{"agent":"{{world.Agent}}"}""",
        "POST /v1/candidates" => $$"""{"agent":"{{world.Agent}}"}""",
        "POST /v1/candidates/{digest}/approval" => $$"""{"why":"x","report":"{{world.Report}}","acceptUnproven":true}""",
        "POST /v1/candidates/{digest}/rejection" => """{"why":"x"}""",
        "PUT /v1/agents/{agent}" => $$"""{"id":"{{world.Agent}}","actions":["docs"]}""",
        "PUT /v1/agents/{agent}/guardrails/{id}" => """{"when":"n > 1","then":"block","because":"x"}""",
        "POST /v1/agents/{agent}/golden" => $$"""{"decision":"{{world.Decision}}","expect":"docs","why":"x"}""",
        "POST /v1/releases/{agent}" => $$"""{"candidate":"{{world.Candidate}}","shown":"x"}""",
        "POST /v1/releases/{agent}/advance" => """{"shown":"x"}""",
        "POST /v1/releases/{agent}/pause" or "POST /v1/releases/{agent}/rollback" => """{"why":"x"}""",
        "PUT /v1/releases/{agent}/kill-switch" => """{"on":true,"why":"x"}""",
        "POST /v1/subjects/erasure" => $$"""{"subject":"{{world.Decision[..^2]}}content-0","why":"x"}""",
        _ => "{}",
    };

    private static async Task<System.Text.Json.JsonElement> OkAsync(Task<HttpResponseMessage> asked)
    {
        using var answer = await asked;
        if (!answer.IsSuccessStatusCode) throw new InvalidOperationException($"{answer.RequestMessage?.RequestUri}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
        return await ServerFixture.JsonAsync(answer);
    }
}
