using System.Net;
using Emend.Engine;
using Emend.Engine.Normalizing;
using Emend.Engine.Storage;
using Emend.Logic;
using Emend.Logic.Conditions;
using Emend.Logic.Rules;
using Emend.TestKit;

namespace Emend.Server.Tests.Faults;

/// <summary>The registry's row of a released bundle is made to point at the bytes of another one.</summary>
public class A_bundle_that_was_swapped
{
    [Fact, Trait("Fault", "F25")]
    public async Task in_the_store_is_handed_out_to_nobody_and_acted_on_by_nobody()
    {
        await using var server = await ServerFixture.StartAsync();
        var engine = await server.EngineAsync();
        await engine.AgentHandler.HandleAsync(new RegisterAgent(new() { Id = "router" }, Actor.Policy("test")), CancellationToken.None);
        var walk = new ReleaseWalk(engine.Store, engine.Ledger, "router");
        var other = await walk.ApproveAsync(Bundle("evil"));
        var served = await walk.ReleaseAsync(Bundle("good"));
        var desk = server.Service();
        using var whole = await desk.GetAsync($"/v1/bundles/by-digest/{served}");
        Assert.Equal(HttpStatusCode.OK, whole.StatusCode);

        await engine.Store.WriteAsync(work => work.Command("UPDATE candidate SET entry = (SELECT entry FROM candidate WHERE digest = @other) WHERE digest = @served").Bind("@other", other).Bind("@served", served).ExecuteNonQuery(), CancellationToken.None);

        using var swapped = await desk.GetAsync($"/v1/bundles/by-digest/{served}");
        Assert.Equal(HttpStatusCode.InternalServerError, swapped.StatusCode);
        Assert.DoesNotContain("evil", await swapped.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        using var decided = await desk.PostAsync("/v1/decide", ServerFixture.Json("""{"id":"n-1","occurredAt":"2026-01-05T08:00:00Z","agent":"router","proposed":{"action":"a"}}"""));
        Assert.DoesNotContain("evil", await decided.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        // The journal still has both as they were accepted: read models built anew point at the right bytes again.
        await Engine.Journal.RebuildProjections.RunAsync(engine.Store, null, CancellationToken.None);
        using var mended = await desk.GetAsync($"/v1/bundles/by-digest/{served}");
        Assert.Equal(await whole.Content.ReadAsStringAsync(), await mended.Content.ReadAsStringAsync());
    }

    private static Bundle Bundle(string action) => new()
    {
        Agent = "router",
        Rules = [new Rule { Id = "r-" + action, When = new Predicate(Operand.Feature("topic"), Comparison.Missing, []), Effect = RuleEffect.Override, Action = action }],
    };
}
