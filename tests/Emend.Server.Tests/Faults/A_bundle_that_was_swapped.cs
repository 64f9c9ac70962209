using System.Net;
using Emend.Engine;
using Emend.Engine.Access;
using Emend.Engine.Normalizing;
using Emend.Engine.Observing.Alerts;
using Emend.Engine.Serving;
using Emend.Engine.Storage;
using Emend.Logic;
using Emend.Logic.Conditions;
using Emend.Logic.Rules;
using Emend.TestKit;
using Microsoft.Data.Sqlite;

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

    private const string Bytes = "bytes", Row = "row", Approval = "approval", OtherApproval = "another approval", Entry = "entry";

    [Theory, Trait("Fault", "F25")]
    [InlineData(Bytes), InlineData(Row), InlineData(Approval), InlineData(OtherApproval), InlineData(Entry)]
    public async Task or_whose_approval_was_altered_decides_nothing_after_a_restart_the_one_before_does_and_somebody_is_told(string what)
    {
        using var folder = new TemporaryFolder();
        string journal, before, served, other;
        await using (var server = await ServerFixture.StartAsync(data: folder.Path))
        {
            var engine = await server.EngineAsync();
            await engine.AgentHandler.HandleAsync(new RegisterAgent(new() { Id = "router" }, Actor.Policy("test")), CancellationToken.None);
            var walk = new ReleaseWalk(engine.Store, engine.Ledger, "router");
            other = await walk.ApproveAsync(Bundle("evil"));
            before = await walk.ReleaseAsync(Bundle("before"));
            served = await walk.ReleaseAsync(Bundle("good"));
            journal = engine.Store.Files.Journal;
            Assert.Equal(("good", served), await DecideAsync(server, "n-0"));
        }
        Alter(journal, what, served, other);

        await using var again = await ServerFixture.StartAsync(data: folder.Path);
        Assert.Equal(("before", before), await DecideAsync(again, "n-1"));
        await again.WatchAsync();
        var alert = Assert.Single((await again.EngineAsync()).Alerts.Open(), static alert => alert.Kind == AlertKind.BundleUnusable.Code);
        Assert.Equal((AlertSeverity.Page, "router/" + served), (alert.Severity, alert.About));
        Assert.Contains("""emend_operating_alerts_open{kind="bundle-unusable",severity="page",workspace="default"} 1""", await again.Client("olu", Role.Operator).GetStringAsync("/metrics"), StringComparison.Ordinal);
        // Asked again: what was answered first, as the journal has it.
        Assert.Equal(("before", before), await DecideAsync(again, "n-1"));
        if (what == Entry) return;

        // What was journaled is whole: read models built anew name the right bytes and the right approval.
        var mended = await again.EngineAsync();
        await Engine.Journal.RebuildProjections.RunAsync(mended.Store, null, CancellationToken.None);
        await again.WatchAsync();
        Assert.DoesNotContain(mended.Alerts.Open(), static alert => alert.Kind == AlertKind.BundleUnusable.Code);
        Assert.Equal(("good", served), await DecideAsync(again, "n-2"));
    }

    [Fact, Trait("Fault", "F25")]
    public async Task and_nothing_before_it_leaves_the_agent_its_proposal()
    {
        using var folder = new TemporaryFolder();
        string journal, served, other;
        await using (var server = await ServerFixture.StartAsync(data: folder.Path))
        {
            var engine = await server.EngineAsync();
            await engine.AgentHandler.HandleAsync(new RegisterAgent(new() { Id = "router" }, Actor.Policy("test")), CancellationToken.None);
            var walk = new ReleaseWalk(engine.Store, engine.Ledger, "router");
            other = await walk.ApproveAsync(Bundle("evil"));
            served = await walk.ReleaseAsync(Bundle("good"));
            journal = engine.Store.Files.Journal;
        }
        Alter(journal, Bytes, served, other);
        await using var again = await ServerFixture.StartAsync(data: folder.Path);
        Assert.Equal(("a", null), await DecideAsync(again, "n-1"));
        using var guidance = await again.Service().PostAsync("/v1/guidance", ServerFixture.Json("""{"agent":"router","unit":"u-1"}"""));
        Assert.Equal(HttpStatusCode.OK, guidance.StatusCode);
        Assert.Equal(0, (await ServerFixture.JsonAsync(guidance)).GetProperty("items").GetArrayLength());
    }

    [Fact, Trait("Fault", "F25")]
    public async Task while_it_is_loaded_goes_on_deciding_and_somebody_is_told_within_ten_minutes()
    {
        var clock = new ManualClock();
        await using var server = await ServerFixture.StartAsync(clock: clock);
        var engine = await server.EngineAsync();
        await engine.AgentHandler.HandleAsync(new RegisterAgent(new() { Id = "router" }, Actor.Policy("test")), CancellationToken.None);
        var walk = new ReleaseWalk(engine.Store, engine.Ledger, "router");
        var served = await walk.ReleaseAsync(Bundle("good"));
        Assert.Equal(("good", served), await DecideAsync(server, "n-1"));
        await engine.Store.WriteAsync(static work => work.Command("DELETE FROM bundle_approval").ExecuteNonQuery(), CancellationToken.None);
        // Compiled anew without what is suspended of it, from what is loaded.
        await engine.Suspend.SuspendAsync(new("router", "r-good", "drill", Actor.Policy("test")), CancellationToken.None);
        Assert.Equal(("a", served), await DecideAsync(server, "n-2"));

        clock.Move(ServableBundles.LookedAtAgainAfter);
        await server.WatchAsync();
        Assert.Single(engine.Alerts.Open(), static alert => alert.Kind == AlertKind.BundleUnusable.Code);
        Assert.Equal(("a", served), await DecideAsync(server, "n-3"));
    }

    private static async Task<(string? Action, string? Bundle)> DecideAsync(ServerFixture server, string id)
    {
        using var answer = await server.Service().PostAsync("/v1/decide", ServerFixture.Json($$"""{"id":"{{id}}","occurredAt":"2026-01-05T08:00:00Z","agent":"router","proposed":{"action":"a"} }"""));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var decided = await ServerFixture.JsonAsync(answer);
        return (decided.GetProperty("action").GetString(), decided.TryGetProperty("bundle", out var bundle) ? bundle.GetString() : null);
    }

    // By somebody with access to the file, past every trigger.
    private static void Alter(string journal, string what, string served, string other)
    {
        using var connection = SqliteFile.Open(journal, SqliteOpenMode.ReadWrite);
        SqliteFile.Execute(connection, "DROP TRIGGER entry_is_never_changed");
        using var edit = connection.CreateCommand();
        edit.CommandText = what switch
        {
            Bytes => "UPDATE candidate SET entry = (SELECT entry FROM candidate WHERE digest = @other) WHERE digest = @served",
            Row => "DELETE FROM candidate WHERE digest = @served",
            Approval => "DELETE FROM bundle_approval WHERE bundle = @served",
            OtherApproval => "UPDATE bundle_approval SET entry = (SELECT entry FROM bundle_approval WHERE bundle = @other) WHERE bundle = @served",
            _ => "UPDATE entry SET body = @flipped WHERE idx = (SELECT entry FROM candidate WHERE digest = @served)",
        };
        edit.Parameters.AddWithValue("@served", served);
        edit.Parameters.AddWithValue("@other", other);
        edit.Parameters.AddWithValue("@flipped", Flipped(connection, served));
        Assert.Equal(1, edit.ExecuteNonQuery());
    }

    // The entry that brought a bundle, one bit of it turned.
    private static byte[] Flipped(SqliteConnection connection, string bundle)
    {
        using var read = connection.CreateCommand();
        read.CommandText = "SELECT body FROM entry WHERE idx = (SELECT entry FROM candidate WHERE digest = @bundle)";
        read.Parameters.AddWithValue("@bundle", bundle);
        var body = (byte[])read.ExecuteScalar()!;
        body[^40] ^= 1;
        return body;
    }

    private static Bundle Bundle(string action) => new()
    {
        Agent = "router",
        Rules = [new Rule { Id = "r-" + action, When = new Predicate(Operand.Feature("topic"), Comparison.Missing, []), Effect = RuleEffect.Override, Action = action }],
    };
}
