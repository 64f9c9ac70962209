using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace LiveDesk;

/// <summary>The people who answer for the agent, each with a key of their own, over the same HTTP interface anybody has.</summary>
internal sealed class Office : IDisposable
{
    public const string Agent = "support-router";

    private readonly Uri _server;
    private readonly HttpClient _admin, _engineer, _lead, _ruler, _operator;

    private Office(Uri server, HttpClient admin, HttpClient engineer, HttpClient lead, HttpClient ruler, HttpClient @operator) =>
        (_server, _admin, _engineer, _lead, _ruler, _operator) = (server, admin, engineer, lead, ruler, @operator);

    /// <summary>Key of the agent's process.</summary>
    public string AgentKey { get; private init; } = "";

    public static async Task<Office> OpenAsync(Uri server, string adminKey, CancellationToken cancel)
    {
        var admin = With(server, adminKey);
        async Task<string> KeyAsync(string name, bool isService, params string[] roles)
        {
            var body = new JsonObject { ["name"] = name, ["roles"] = new JsonArray([.. roles.Select(static role => (JsonNode)role)]), ["service"] = isService };
            return (await PostAsync(admin, "v1/keys", body, cancel)).GetProperty("key").GetString()!;
        }
        return new(
            server, admin,
            With(server, await KeyAsync("mira", false, "model-engineer")),
            With(server, await KeyAsync("tom", false, "lead-reviewer")),
            With(server, await KeyAsync("uma", false, "lead-reviewer")),
            With(server, await KeyAsync("otto", false, "operator")))
        {
            AgentKey = await KeyAsync("support-desk", true, "agent", "submitter"),
        };
    }

    /// <summary>Registers the agent. Its change envelope is closed: here every change takes people.</summary>
    public async Task RegisterAsync(string definition, CancellationToken cancel)
    {
        var agent = JsonNode.Parse(definition)!;
        agent["envelope"] = new JsonObject { ["open"] = false };
        await PostAsync(_engineer, "v1/agents", agent, cancel);
    }

    /// <summary>Public keys that the agent's process pins.</summary>
    public async Task<(string Release, string Journal)> KeysAsync(CancellationToken cancel)
    {
        using var agent = With(_server, AgentKey);
        var keys = await GetAsync(agent, "v1/bundles/keys", cancel);
        return (keys.GetProperty("release").GetString()!, keys.GetProperty("journal").GetString()!);
    }

    /// <summary>Rules on everything that waits: what the lead knows to be right.</summary>
    public async Task<int> RuleAsync(Func<string, (string Proposed, string Right)> known, CancellationToken cancel)
    {
        var ruled = 0;
        while (true)
        {
            var page = (await GetAsync(_ruler, "v1/reviews?limit=200", cancel)).GetProperty("items");
            if (page.GetArrayLength() == 0) return ruled;
            foreach (var item in page.EnumerateArray())
            {
                var decision = item.GetProperty("decisionId").GetString()!;
                var (proposed, right) = known(decision);
                var body = new JsonObject { ["verdict"] = proposed == right ? "confirm" : "modify", ["why"] = "handbook" };
                if (proposed != right) body["action"] = right;
                await PostAsync(_ruler, $"v1/reviews/{decision}/ruling", body, cancel);
                ruled++;
            }
        }
    }

    /// <summary>Builds a candidate; answers its digest.</summary>
    public async Task<string> BuildAsync(bool isRash, CancellationToken cancel) =>
        (await PostAsync(_engineer, "v1/candidates", new JsonObject { ["agent"] = Agent, ["rash"] = isRash }, cancel)).GetProperty("digest").GetString()!;

    /// <summary>Puts a candidate through the gates; answers the report.</summary>
    public Task<JsonElement> EvaluateAsync(string candidate, CancellationToken cancel) => PostAsync(_engineer, $"v1/candidates/{candidate}/evaluation", new JsonObject(), cancel);

    /// <summary>Approves what the lead was shown; null when granted, else the code of the refusal.</summary>
    public async Task<string?> ApproveAsync(string candidate, CancellationToken cancel)
    {
        var shown = (await GetAsync(_lead, $"v1/candidates/{candidate}", cancel)).GetProperty("evaluation").GetProperty("report").GetString();
        return await TryAsync(_lead, $"v1/candidates/{candidate}/approval", new JsonObject { ["why"] = "read the report", ["report"] = shown, ["acceptUnproven"] = true }, cancel);
    }

    /// <summary>Starts a release.</summary>
    public async Task<string?> StartAsync(string candidate, int[] steps, CancellationToken cancel)
    {
        var shown = (await GetAsync(_operator, $"v1/releases/{Agent}?candidate={candidate}", cancel)).GetProperty("shown").GetString();
        return await TryAsync(_operator, $"v1/releases/{Agent}", new JsonObject
        {
            ["candidate"] = candidate, ["shown"] = shown, ["stepsBp"] = new JsonArray([.. steps.Select(static bp => (JsonNode)bp)]), ["soakSeconds"] = 0, ["minExposed"] = 10, ["minJudged"] = 5,
        }, cancel);
    }

    /// <summary>Asks for the next step; the evidence is looked at first and may take the release back instead. Null when granted, else the code of the refusal.</summary>
    /// <param name="withoutProof">Whether to go on although it is not shown yet that the candidate does no harm.</param>
    /// <param name="cancel">Cancels.</param>
    public async Task<string?> AdvanceAsync(bool withoutProof, CancellationToken cancel)
    {
        var shown = (await BoardAsync(cancel)).GetProperty("shown").GetString();
        return await TryAsync(_operator, $"v1/releases/{Agent}/advance", new JsonObject { ["shown"] = shown, ["guard"] = "reopened", ["withoutProof"] = withoutProof }, cancel);
    }

    /// <summary>What the agent is served.</summary>
    public Task<JsonElement> BoardAsync(CancellationToken cancel) => GetAsync(_operator, $"v1/releases/{Agent}?guard=reopened", cancel);

    public void Dispose()
    {
        foreach (var client in new[] { _admin, _engineer, _lead, _ruler, _operator }) client.Dispose();
    }

    private static HttpClient With(Uri server, string key)
    {
        var client = new HttpClient { BaseAddress = server, Timeout = TimeSpan.FromMinutes(2) };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return client;
    }

    private static async Task<JsonElement> GetAsync(HttpClient who, string path, CancellationToken cancel)
    {
        using var answer = await who.GetAsync(new Uri(path, UriKind.Relative), cancel);
        return await ReadAsync(answer, path, cancel);
    }

    private static async Task<JsonElement> PostAsync(HttpClient who, string path, JsonNode body, CancellationToken cancel)
    {
        using var content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
        using var answer = await who.PostAsync(new Uri(path, UriKind.Relative), content, cancel);
        return await ReadAsync(answer, path, cancel);
    }

    private static async Task<string?> TryAsync(HttpClient who, string path, JsonNode body, CancellationToken cancel)
    {
        using var content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
        using var answer = await who.PostAsync(new Uri(path, UriKind.Relative), content, cancel);
        if (answer.IsSuccessStatusCode) return null;
        using var problem = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(cancel));
        return problem.RootElement.TryGetProperty("code", out var code) ? code.GetString() : answer.StatusCode.ToString();
    }

    private static async Task<JsonElement> ReadAsync(HttpResponseMessage answer, string path, CancellationToken cancel)
    {
        var text = await answer.Content.ReadAsStringAsync(cancel);
        if (!answer.IsSuccessStatusCode) throw new InvalidOperationException($"{path} answered {(int)answer.StatusCode}: {text}");
        using var document = JsonDocument.Parse(text);
        return document.RootElement.Clone();
    }
}
