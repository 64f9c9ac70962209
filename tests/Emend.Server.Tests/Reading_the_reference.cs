using System.Net;
using System.Text.Json;
using Emend.Server.Tests.Access;
using Emend.TestKit;

namespace Emend.Server.Tests;

public class Reading_the_reference
{
    private static readonly string Approved = Path.Combine(SharedData.Repository, "docs", "api", "openapi.json");

    /// <summary>After an intended change: EMEND_APPROVE=1 dotnet test tests/Emend.Server.Tests --filter Reading_the_reference, and read the difference.</summary>
    [Fact]
    public async Task openapi_is_the_approved_one()
    {
        await using var server = await ServerFixture.StartAsync();
        var made = await server.Anonymous.GetStringAsync("/openapi.json");
        if (Environment.GetEnvironmentVariable("EMEND_APPROVE") == "1") await File.WriteAllTextAsync(Approved, made.TrimEnd() + "\n");
        Assert.Equal(await File.ReadAllTextAsync(Approved), made.TrimEnd() + "\n");
    }

    [Fact]
    public async Task openapi_describes_every_route_that_needs_a_key_and_no_other_data()
    {
        await using var server = await ServerFixture.StartAsync();
        using var api = JsonDocument.Parse(await server.Anonymous.GetStringAsync("/openapi.json"));
        var described = api.RootElement.GetProperty("paths").EnumerateObject().SelectMany(static path => path.Value.EnumerateObject().Select(method => $"{method.Name.ToUpperInvariant()} {path.Name}")).ToHashSet(StringComparer.Ordinal);

        Assert.Equal("3.1", api.RootElement.GetProperty("openapi").GetString()![..3]);
        Assert.Empty(RouteList.Guarded(server).Select(static route => route.Name).Except(described, StringComparer.Ordinal));
    }

    [Fact]
    public async Task its_page_needs_nothing_from_elsewhere()
    {
        await using var server = await ServerFixture.StartAsync();
        foreach (var path in new[] { "/docs", "/docs/reference.css", "/docs/reference.js" })
        {
            using var answer = await server.Anonymous.GetAsync(path);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.DoesNotContain("://", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
            Assert.Contains("default-src 'none'", string.Join(' ', answer.Headers.GetValues("Content-Security-Policy")), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task every_kind_of_problem_has_a_page_and_a_status()
    {
        await using var server = await ServerFixture.StartAsync();
        var codes = File.ReadLines(Path.Combine(SharedData.Repository, "docs", "refusals.md")).Where(static line => line.StartsWith("### `", StringComparison.Ordinal)).Select(static line => line.Split('`')[1]).ToList();
        Assert.NotEmpty(codes);
        foreach (var code in codes) Assert.StartsWith(code, await server.Anonymous.GetStringAsync("/problems/" + code), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, (await server.Anonymous.GetAsync("/problems/nope")).StatusCode);
    }
}
