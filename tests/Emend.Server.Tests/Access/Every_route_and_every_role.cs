using System.Net;
using System.Text.RegularExpressions;
using Emend.Engine.Access;
using Emend.Server.Access;
using Emend.TestKit;
using Microsoft.AspNetCore.Builder;

namespace Emend.Server.Tests.Access;

public partial class Every_route_and_every_role
{
    private static readonly string Guide = File.ReadAllText(Path.Combine(SharedData.Repository, "docs", "guide", "access.md"));

    // The table as people read it, not as the code holds it.
    private static readonly Dictionary<string, string[]> Documented = TableRow().Matches(Guide)
        .Select(static match => match.Value.Split('|', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        .Where(static cells => cells.Length == 10 && cells[0].Contains('.', StringComparison.Ordinal))
        .ToDictionary(static cells => cells[0], static cells => cells[1..], StringComparer.Ordinal);

    private const string TableHead = "| route | needs |\n|---|---|\n";

    [Fact]
    public void the_documented_table_is_the_one_in_the_code()
    {
        var inCode = Roles.Table.Split('\n').Skip(1).Select(static line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Where(static cells => cells.Length == 10).ToList();
        Assert.Equal(inCode.Select(static cells => string.Join(' ', cells)), Documented.Select(static row => $"{row.Key} {string.Join(' ', row.Value)}"));
    }

    [Fact]
    public async Task are_let_in_or_refused_as_the_table_says()
    {
        await using var server = await ServerFixture.StartAsync();
        var wrong = new List<string>();
        foreach (var route in RouteList.Guarded(server))
        {
            foreach (var role in Enum.GetValues<Role>())
            {
                using var answer = await server.Client($"some-{role.Name()}", role).SendAsync(route.Request(static name => name == "kind" ? "decisions" : "x"), HttpCompletionOption.ResponseHeadersRead);
                var isRefused = answer.StatusCode == HttpStatusCode.Forbidden && (await answer.Content.ReadAsStringAsync()).Contains("access.not-permitted", StringComparison.Ordinal);
                if (answer.StatusCode == HttpStatusCode.Unauthorized || isRefused == Allows(route.Needs!, role)) wrong.Add($"{route.Name} as {role.Name()}: {(int)answer.StatusCode}");
                if ((int)answer.StatusCode >= 500) wrong.Add($"{route.Name} as {role.Name()} broke: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
            }
            using var stranger = await server.Anonymous.SendAsync(route.Request(static _ => "x"), HttpCompletionOption.ResponseHeadersRead);
            if (stranger.StatusCode is not (HttpStatusCode.Unauthorized or HttpStatusCode.TooManyRequests)) wrong.Add($"{route.Name} without a key: {(int)stranger.StatusCode}");
        }
        Assert.Empty(wrong);
    }

    [Fact]
    public async Task take_no_body_that_is_larger_than_the_server_takes()
    {
        await using var server = await ServerFixture.StartAsync(static options => options with { MaxBodyBytes = 1 << 20 });
        var (wrong, asked) = (new List<string>(), 0);
        foreach (var route in RouteList.Guarded(server).Where(static route => route.TakesBody))
        {
            asked++;
            var role = Enum.GetValues<Role>().First(role => Allows(route.Needs!, role));
            using var large = route.Request(static _ => "x", "{" + new string(' ', 2 << 20) + "}");
            // Told before it is sent.
            large.Headers.ExpectContinue = true;
            using var answer = await server.Client($"some-{role.Name()}", role).SendAsync(large);
            if (answer.StatusCode != HttpStatusCode.RequestEntityTooLarge) wrong.Add($"{route.Name}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
        }
        Assert.Empty(wrong);
        Assert.True(asked > 30, $"{asked} routes take a body");
    }

    /// <summary>After an intended change: EMEND_APPROVE=1 dotnet test tests/Emend.Server.Tests, and read the difference.</summary>
    [Fact]
    public async Task are_documented_with_the_permission_they_need()
    {
        await using var server = await ServerFixture.StartAsync();
        var file = Path.Combine(SharedData.Repository, "docs", "guide", "http.md");
        var table = string.Concat(RouteList.Guarded(server).Select(static route => $"| `{route.Name}` | {string.Join(", ", route.Needs!.AnyOf.Select(static p => p.Name()))} |\n"));
        var (before, documented) = (await File.ReadAllTextAsync(file)).Split(TableHead) is [var text, var rows] ? (text, rows) : ("", "");
        if (Environment.GetEnvironmentVariable("EMEND_APPROVE") == "1") await File.WriteAllTextAsync(file, before + TableHead + (documented = table));
        Assert.Equal(table, documented);
    }

    [Fact]
    public async Task a_route_that_does_not_say_who_may_use_it_keeps_the_server_from_starting()
    {
        using var folder = new TemporaryFolder();
        var fault = await Assert.ThrowsAsync<InvalidOperationException>(() => ServerFixture.StartAsync(data: folder.Path, moreRoutes: static routes => routes.MapGet("/v1/forgotten", static () => "")));
        Assert.Contains("/v1/forgotten", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task refusals_are_journaled_once_with_their_count()
    {
        await using var server = await ServerFixture.StartAsync();
        for (var i = 0; i < 5; i++) (await server.Client("olu", Role.Operator).GetAsync("/v1/decisions/secret-name")).Dispose();
        await server.SettleAsync();

        var engine = await server.EngineAsync();
        // One record a round: on a slow machine the five may fall into two rounds.
        var records = engine.Store.Entries().Where(static entry => entry.Type == AccessJournal.RefusedType).SelectMany(static entry => entry.Records).ToList();
        Assert.Equal(5, records.Sum(static record => int.Parse(record["count"]!, System.Globalization.CultureInfo.InvariantCulture)));
        Assert.All(records, record => Assert.Equal(
            ("\"access.not-permitted\"", "\"GET /v1/decisions/{id}\"", $"\"{engine.Store.PrincipalOf("olu"):D}\""), (record["code"], record["what"], record["who"])));
    }

    private static bool Allows(RouteNeeds needs, Role role) => needs.AnyOf.Any(permission =>
    {
        var name = permission.Name();
        var isOwn = name.EndsWith("-own", StringComparison.Ordinal);
        var cell = Documented[isOwn ? name[..^4] : name][(int)role];
        return cell is "Y" or "2" || (isOwn ? cell == "o" : cell == "m");
    });

    [GeneratedRegex(@"^\| .*\|$", RegexOptions.Multiline, 5000)]
    private static partial Regex TableRow();
}
