using System.Net;
using Emend.Engine.Access;
using Emend.Engine.Learning.Written;
using Emend.TestKit;

namespace Emend.Server.Tests.Learning;

public class Writing_rules_over_http
{
    private const string Rules = "/v1/agents/router/rules";
    private const string Body = """{"when":"proposed.action == \"refund\" and amount > 500","then":"escalate","because":"finance asks to see them","priority":5,"until":"2027-01-01T00:00:00Z"}""";

    [Fact]
    public async Task a_rule_is_added_shown_and_removed_by_the_version_that_was_read()
    {
        await using var server = await WithAgentAsync();
        var ada = server.Client("ada", Role.ModelEngineer);
        using var added = await ada.PostAsync(Rules, ServerFixture.Json(Body));
        var rule = await ServerFixture.JsonAsync(added);
        Assert.Equal((HttpStatusCode.Created, "escalate", "finance asks to see them", "2027-01-01T00:00:00Z"), (added.StatusCode, rule.GetProperty("then").GetString(), rule.GetProperty("because").GetString(), rule.GetProperty("until").GetString()));
        var id = rule.GetProperty("id").GetString()!;
        Assert.Equal($"{Rules}/{id}", added.Headers.Location!.ToString());

        using var list = await server.Client("rev", Role.Reviewer).GetAsync(Rules);
        var tag = list.Headers.ETag!.Tag;
        var listed = (await ServerFixture.JsonAsync(list)).EnumerateArray().Single();
        Assert.Equal((id, 5, "ada"), (listed.GetProperty("id").GetString(), listed.GetProperty("priority").GetInt32(), listed.GetProperty("by")[0].GetString()));
        Assert.Equal("access.not-permitted", await CodeAsync(await server.Client("rev", Role.Reviewer).PostAsync(Rules, ServerFixture.Json(Body))));
        Assert.Equal("rule.stands-already", await CodeAsync(await ada.PostAsync(Rules, ServerFixture.Json(Body))));

        Assert.Equal("http.version-missing", await CodeAsync(await ada.DeleteAsync($"{Rules}/{id}?why=over")));
        // Somebody adds another one meanwhile: what was read is not what stands.
        Assert.Equal(HttpStatusCode.Created, (await server.Client("bo", Role.ModelEngineer).PostAsync(Rules, ServerFixture.Json("""{"when":"vip == true","then":"docs","because":"the desk lead answers them"}"""))).StatusCode);
        Assert.Equal("rule.changed", await CodeAsync(await DeleteAsync(ada, $"{Rules}/{id}?why=over", tag)));
        Assert.Equal("rule.changed", await CodeAsync(await PostAsync(ada, """{"when":"amount > 9","then":"block","because":"x"}""", tag)));
        using var again = await ada.GetAsync($"{Rules}/{id}");
        Assert.Equal("release.reason-missing", await CodeAsync(await DeleteAsync(ada, $"{Rules}/{id}", again.Headers.ETag!.Tag)));
        using var removed = await DeleteAsync(ada, $"{Rules}/{id}?why=over", again.Headers.ETag!.Tag);
        Assert.Equal(1, (await ServerFixture.JsonAsync(removed)).GetArrayLength());
        Assert.Equal("rule.unknown", await CodeAsync(await ada.GetAsync($"{Rules}/{id}")));
        Assert.Equal("rule.unknown", await CodeAsync(await DeleteAsync(ada, $"{Rules}/{id}?why=over", removed.Headers.ETag!.Tag)));
        Assert.Single((await server.EngineAsync()).Written.AsOf("router", WrittenTable.Now));
    }

    [Fact]
    public async Task its_words_are_shown_for_a_reason_that_is_journaled()
    {
        await using var server = await WithAgentAsync();
        await server.Client("ada", Role.ModelEngineer).PostAsync(Rules, ServerFixture.Json(Body));
        var lead = server.Client("mira", Role.LeadReviewer);
        Assert.DoesNotContain("finance", await lead.GetStringAsync(Rules), StringComparison.Ordinal);
        Assert.Equal("access.not-permitted", await CodeAsync(await server.Client("rev", Role.Reviewer).GetAsync(Rules + "?unmask=curious")));
        Assert.Contains("finance", await lead.GetStringAsync(Rules + "?unmask=complaint%204711"), StringComparison.Ordinal);
        var entry = Assert.Single((await server.EngineAsync()).Store.Entries(), static entry => entry.Type == AccessJournal.UnmaskedType);
        Assert.Equal(("mira", "\"rules of router\"", "\"complaint 4711\""), (entry.Actor.Name, entry.Records[0]["what"], entry.Records[0]["why"]));
    }

    [Fact]
    public async Task what_cannot_be_a_rule_is_refused_with_all_that_is_wrong()
    {
        await using var server = await WithAgentAsync();
        var ada = server.Client("ada", Role.ModelEngineer);
        foreach (var (body, code, says) in new[]
        {
            ("""{"when":"amount >","then":"docs","because":"x"}""", "http.bad-request", "when"),
            ("""{"when":"amount > 1","then":"fly","because":""}""", "rule.wrong", "catalogue"),
            ("""{"when":"amount > 1","then":"docs","because":"x","until":"tomorrow"}""", "http.bad-request", "until"),
            ("""{"when":"amount > 1","then":"docs","because":"x","id":"mine"}""", "http.bad-request", "id"),
            ("""{"when":"amount > 1","then":"docs"}""", "http.bad-request", "because"),
        })
        {
            using var answer = await ada.PostAsync(Rules, ServerFixture.Json(body));
            var problem = await ServerFixture.JsonAsync(answer);
            Assert.Equal((body, code), (body, problem.GetProperty("code").GetString()));
            Assert.Contains(says, problem.GetProperty("detail").GetString()!, StringComparison.Ordinal);
        }
        Assert.Equal("agent.unknown", await CodeAsync(await ada.PostAsync("/v1/agents/nobody/rules", ServerFixture.Json(Body))));
    }

    private static async Task<ServerFixture> WithAgentAsync()
    {
        var server = await ServerFixture.StartAsync();
        using var made = await server.Client("mira", Role.LeadReviewer).PostAsync("/v1/agents", ServerFixture.Json("""{"id":"router","actions":["docs","refund"]}"""));
        Assert.Equal(HttpStatusCode.Created, made.StatusCode);
        return server;
    }

    private static async Task<HttpResponseMessage> DeleteAsync(HttpClient client, string path, string tag)
    {
        using var request = new HttpRequestMessage(HttpMethod.Delete, path);
        request.Headers.TryAddWithoutValidation("If-Match", tag);
        return await client.SendAsync(request);
    }

    private static async Task<HttpResponseMessage> PostAsync(HttpClient client, string body, string tag)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Rules) { Content = ServerFixture.Json(body) };
        request.Headers.TryAddWithoutValidation("If-Match", tag);
        return await client.SendAsync(request);
    }

    private static async Task<string?> CodeAsync(HttpResponseMessage answer)
    {
        using (answer) return (await ServerFixture.JsonAsync(answer)).GetProperty("code").GetString();
    }
}
