using System.Globalization;
using System.Text.Json;
using Emend.Engine.Access;
using Emend.TestKit;

namespace Emend.Server.Tests.Faults;

/// <summary>Line breaks and terminal codes in everything a caller can write, and what the log of the real server makes of them.</summary>
public class Payloads_that_forge_logs
{
    private const string Forged = "FORGED-4711";
    private const string Breaks = "x\\r\\n\\u001b[31mcrit: " + Forged + "\\u2028";

    [Theory]
    [InlineData("json")]
    [InlineData("text")]
    public async Task stay_one_line_each_and_bring_no_code_to_a_terminal(string format)
    {
        using var folder = new TemporaryFolder();
        string key;
        await using (var first = await ServerFixture.StartAsync(data: folder.Path)) key = first.Key("helpdesk", [Role.Agent, Role.Submitter], isService: true).Text;
        using var server = await ServerProcess.StartAsync(folder.Path, key, "--log-level", "trace", "--log-format", format);
        string[] bodies =
        [
            $$"""{"id":"{{Breaks}}","occurredAt":"2026-01-05T08:00:00Z","agent":"router","proposed":{"action":"a"} }""",
            $$"""{"id":"d-1","occurredAt":"2026-01-05T08:00:00Z","agent":"{{Breaks}}","proposed":{"action":"{{Breaks}}"},"correlationId":"{{Breaks}}"}""",
            $$"""{"id":"d-2","{{Breaks}}":1}""",
            "{\"id\":\"" + Breaks,
        ];
        foreach (var body in bodies) (await server.Client.PostAsync("/v1/decisions", ServerFixture.Json(body))).Dispose();
        (await server.Client.GetAsync($"/v1/nowhere/%0d%0a%1b[31m{Forged}")).Dispose();
        using (var odd = new HttpRequestMessage(HttpMethod.Get, "/v1/bundles/keys"))
        {
            odd.Headers.TryAddWithoutValidation("User-Agent", Forged);
            odd.Headers.TryAddWithoutValidation("traceparent", Forged);
            (await server.Client.SendAsync(odd)).Dispose();
        }
        server.Signal(ServerProcess.Terminate);
        server.Client.Dispose();
        Assert.Equal(0, await server.GoneAsync());

        var log = await server.LogAsync();
        Assert.NotEmpty(log);
        Assert.All(log, static line => Assert.DoesNotContain(line, static c => char.IsControl(c) && c != '\t'));
        Assert.All(log, static line => Assert.False(line.TrimStart().StartsWith("crit: " + Forged, StringComparison.Ordinal), line));
        if (format == "json") Assert.All(log, static line => JsonDocument.Parse(line).Dispose());
        // And what nobody needs for looking after a server is not in it at all.
        Assert.All(log, static line => Assert.DoesNotContain(Forged, line, StringComparison.Ordinal));
        Assert.True(log.Count < 10_000, log.Count.ToString(CultureInfo.InvariantCulture));
    }
}
