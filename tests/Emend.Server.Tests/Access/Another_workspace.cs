using System.Net;
using Emend.Engine.Access;
using Emend.Engine.Journal;
using Emend.TestKit;

namespace Emend.Server.Tests.Access;

public class Another_workspace
{
    private const string Marker = "marker-of-a";

    [Fact]
    public async Task cannot_be_read_or_changed_by_any_route()
    {
        await using var server = await ServerFixture.StartAsync();
        var world = await SmallWorld.MakeAsync(server, "a", Marker);
        var theirs = server.Key("mallory-of-a", [Role.Submitter], "a").Key.Id;
        await server.EngineAsync("b");
        await server.SettleAsync();
        var engine = await server.EngineAsync("a");
        var (size, digest) = (engine.Store.Size, StateDigest.Of(engine.Store));

        var wrong = new List<string>();
        foreach (var route in RouteList.Guarded(server))
        {
            // Everybody who may use the route, but in workspace b.
            foreach (var role in Enum.GetValues<Role>().Where(role => route.Needs!.AnyOf.Any(Roles.Of(role).Has)))
            {
                foreach (var id in new[] { world.Decision, world.Correction, theirs })
                {
                    using var request = route.Request(name => name switch { "agent" => world.Agent, "digest" => world.Candidate, "kind" => "decisions", _ => id }, SmallWorld.Body(route, world));
                    if (route.Method is "PUT" or "DELETE") request.Headers.TryAddWithoutValidation("If-Match", "\"v1\"");
                    using var answer = await server.Client($"b-{role.Name()}", "b", isService: false, role).SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
                    var isStream = answer.Content.Headers.ContentType?.MediaType == "text/event-stream";
                    var text = isStream ? "" : await answer.Content.ReadAsStringAsync();
                    if (text.Contains(Marker + "-content", StringComparison.Ordinal)) wrong.Add($"{route.Name} as {role.Name()} shows what is in a: {text}");
                    if (NamesSomething(route) && answer.IsSuccessStatusCode && !isStream) wrong.Add($"{route.Name} as {role.Name()} with an id of a: {(int)answer.StatusCode} {text}");
                }
            }
        }
        Assert.Empty(wrong);
        Assert.Equal((size, digest), (engine.Store.Size, StateDigest.Of(engine.Store)));
        Assert.Equal(HttpStatusCode.OK, (await server.Client("a-admin", "a", isService: false, Role.Admin).GetAsync("/v1/keys")).StatusCode);
    }

    // An export names a kind, not a thing.
    private static bool NamesSomething(KnownRoute route) => route.Pattern.Contains('{', StringComparison.Ordinal) && !route.Pattern.Contains("{kind}", StringComparison.Ordinal);
}
