using System.Net;
using System.Text.Json;
using Emend.Engine.Access;
using Emend.TestKit;

namespace Emend.Server.Tests.Learning;

public class Training_from_outside
{
    [Fact]
    public async Task features_are_defined_read_and_joined()
    {
        await using var server = await ServerFixture.StartAsync();
        var world = await SmallWorld.MakeAsync(server, "default", "x");
        var (engineer, bot) = (server.Client("ada", Role.ModelEngineer), server.Client("bot", "default", isService: true, Role.Agent));
        const string definition = """{"name":"said","of":"corrections","key":["proposed.action"],"features":{"n":{"measure":"count"},"fixed":{"measure":"rate","hit":"event.verdict == \"modify\""}}}""";
        using (var made = await engineer.PostAsync("/v1/features", ServerFixture.Json(definition)))
        {
            Assert.Equal(HttpStatusCode.Created, made.StatusCode);
            Assert.Equal("/v1/features/said@1", made.Headers.Location?.ToString());
        }
        using (var other = await engineer.PostAsync("/v1/features", ServerFixture.Json(definition.Replace("modify", "confirm", StringComparison.Ordinal)))) Assert.Equal(HttpStatusCode.Conflict, other.StatusCode);
        using (var next = await engineer.PostAsync("/v1/features?newVersion=true", ServerFixture.Json(definition.Replace("modify", "confirm", StringComparison.Ordinal)))) Assert.Equal(HttpStatusCode.Created, next.StatusCode);

        var values = (await OkAsync(bot.PostAsync("/v1/features/said@1/values", ServerFixture.Json("""{"key":{"proposed.action":"docs"}}""")))).GetProperty("values");
        Assert.Equal((40, 0.25), (values.GetProperty("said.n").GetInt32(), values.GetProperty("said.fixed").GetDouble()));
        var joined = (await OkAsync(engineer.PostAsync("/v1/features/said@1/join", ServerFixture.Json("""{"rows":[{"asOf":"2020-01-01T00:00:00Z","key":{"proposed.action":"docs"}},{"asOf":"2999-01-01T00:00:00Z","key":{"proposed.action":"docs"}}]}""")))).GetProperty("values");
        Assert.Equal([0, 40], joined.EnumerateArray().Select(static row => row.GetProperty("said.n").GetInt32()));
        foreach (var (body, status) in new[] { ("""{"key":{}}""", 400), ("""{"key":{"proposed.action":"docs"},"asOf":"yesterday"}""", 400), ("""{"key":[]}""", 400) })
        {
            using var wrong = await bot.PostAsync("/v1/features/said/values", ServerFixture.Json(body));
            Assert.Equal(status, (int)wrong.StatusCode);
        }
        using (var unknown = await bot.PostAsync("/v1/features/nope/values", ServerFixture.Json("{}"))) Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
        Assert.Equal(["said@1", "said@2"], (await OkAsync(engineer.GetAsync("/v1/features"))).EnumerateArray().Select(static view => view.GetProperty("view").GetString()));
        Assert.NotNull(world.Candidate);
    }

    [Fact]
    public async Task a_data_set_is_fixed_and_streamed_masked_unless_asked_for_with_a_reason()
    {
        await using var server = await ServerFixture.StartAsync();
        var world = await SmallWorld.MakeAsync(server, "default", "x");
        var (engineer, lead) = (server.Client("ada", Role.ModelEngineer), server.Client("mira", Role.LeadReviewer));
        using var made = await engineer.PostAsync("/v1/datasets", ServerFixture.Json($$"""{"agent":"{{world.Agent}}"}"""));
        Assert.Equal(HttpStatusCode.Created, made.StatusCode);
        var set = await ServerFixture.JsonAsync(made);
        var digest = set.GetProperty("digest").GetString();
        Assert.Equal(40, set.GetProperty("rows").GetInt32());
        // The candidate was built from exactly these rulings.
        Assert.Equal([world.Candidate], set.GetProperty("bundles").EnumerateArray().Select(static bundle => bundle.GetString()));

        var masked = await engineer.GetStringAsync($"/v1/datasets/{digest}/export");
        Assert.Equal(40, masked.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.DoesNotContain("x-content", masked, StringComparison.Ordinal);
        Assert.DoesNotContain("invoice\",\"features", masked, StringComparison.Ordinal);
        Assert.Equal("", await engineer.GetStringAsync($"/v1/datasets/{digest}/export?format=sft"));
        using (var no = await engineer.GetAsync($"/v1/datasets/{digest}/export?format=sft&unmask=curiosity")) Assert.Equal(HttpStatusCode.Forbidden, no.StatusCode);

        var rows = (await lead.GetStringAsync($"/v1/datasets/{digest}/export?format=sft&unmask=fine-tuning")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(10, rows.Length);
        Assert.All(rows, static row => Assert.Equal("""{"messages":[{"role":"user","content":"please send the invoice"},{"role":"assistant","content":"invoice"}]}""", row));
        var parts = new List<int>();
        foreach (var part in new[] { "train", "test" })
            parts.Add((await lead.GetStringAsync($"/v1/datasets/{digest}/export?split=train=0.5,test=0.5&part={part}")).Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Equal(40, parts.Sum());
        foreach (var wrong in new[] { "format=parquet", "split=train=2", "split=train=0.5,test=0.5" })
        {
            using var bad = await engineer.GetAsync($"/v1/datasets/{digest}/export?{wrong}");
            Assert.Equal(HttpStatusCode.BadRequest, bad.StatusCode);
        }
        Assert.Equal(JsonValueKind.Array, (await OkAsync(engineer.GetAsync("/v1/models"))).ValueKind);
    }

    private static async Task<JsonElement> OkAsync(Task<HttpResponseMessage> asked)
    {
        using var answer = await asked;
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        return await ServerFixture.JsonAsync(answer);
    }
}
