using Emend.Engine.Releasing;
using Emend.Engine.Serving;
using Emend.Logic;
using Emend.Logic.Evaluation;
using static Emend.Engine.Tests.Evaluating.Cases;
using static Emend.Engine.Tests.Releasing.Registry;

namespace Emend.Engine.Tests.Releasing;

public class Suspending_a_rule
{
    private static async Task<(Registry At, string Rule)> ReleasedAsync()
    {
        var at = await OpenAsync();
        var bundle = Bundle(Override("x", "b"), Override("z", "c"));
        await The_journey_of_a_release.ReleaseFully(at, bundle, 0);
        return (at, bundle.Rules.Single(static rule => rule.Action == "b").Id);
    }

    private static async Task<ServedDecision> ServeAsync(Registry at, int id, string topic)
    {
        ServedDecision? served = null;
        await at.ServeAsync([Decision(id, "a", topic)], one => served = one);
        return served!;
    }

    [Fact]
    public async Task lets_the_proposal_stand_where_it_held_and_nothing_else_changes()
    {
        var (at, rule) = await ReleasedAsync();
        await using var closing = at;
        var (served, counter) = (at.Board.Served, at.Board.Counter);
        Assert.Equal("b", (await ServeAsync(at, 1, "x")).Final!.Label);

        Granted(await new SuspendLogicHandler(at.Ledger).SuspendAsync(new("router", rule, "does harm", Watch), CancellationToken.None));

        var now = await ServeAsync(at, 2, "x");
        Assert.Equal(("a", rule, Cause.Rule, false), (now.Final!.Label, now.RuleId, now.Verdict.Cause, now.IsChanged));
        Assert.Equal("c", (await ServeAsync(at, 3, "z")).Final!.Label);
        Assert.Equal((served, counter + 1), (at.Board.Served, at.Board.Counter));
        await at.At.ReopenAsync();
        Assert.Equal(rule, Assert.Single(at.Board.Suspended.Ids));
        Assert.Equal(The_journey_of_a_release.Folded(at).Board, at.Board);
    }

    [Fact]
    public async Task is_undone_by_a_person_only()
    {
        var (at, rule) = await ReleasedAsync();
        await using var closing = at;
        var handler = new SuspendLogicHandler(at.Ledger);
        Granted(await handler.SuspendAsync(new("router", rule, "does harm", Watch), CancellationToken.None));
        Assert.Equal("logic.suspended-already", RefusedAs(await handler.SuspendAsync(new("router", rule, "again", Operator), CancellationToken.None)));
        Assert.Equal("release.only-a-person", RefusedAs(await handler.RestoreAsync(new("router", rule, "looks well", Watch), CancellationToken.None)));

        Granted(await handler.RestoreAsync(new("router", rule, "the feed is back", Operator), CancellationToken.None));

        Assert.Equal("b", (await ServeAsync(at, 4, "x")).Final!.Label);
        Assert.Equal("logic.not-suspended", RefusedAs(await handler.RestoreAsync(new("router", rule, "again", Operator), CancellationToken.None)));
    }

    [Fact]
    public async Task refuses_what_is_not_there_and_what_has_no_reason()
    {
        var (at, rule) = await ReleasedAsync();
        await using var closing = at;
        var handler = new SuspendLogicHandler(at.Ledger);
        Assert.Equal("logic.unknown", RefusedAs(await handler.SuspendAsync(new("router", "r-none", "x", Operator), CancellationToken.None)));
        Assert.Equal("logic.unknown", RefusedAs(await handler.SuspendAsync(new("router", Suspension.Corrector, "x", Operator), CancellationToken.None)));
        Assert.Equal("release.reason-missing", RefusedAs(await handler.SuspendAsync(new("router", rule, " ", Operator), CancellationToken.None)));
    }

    [Fact]
    public void leaves_the_bundle_as_it_is_and_its_rules_in_their_order()
    {
        var bundle = Bundle(Override("x", "b"), Override("x", "c"));
        var first = bundle.Rules[0];
        Assert.Same(bundle, Suspension.Apply(bundle, []));
        Assert.Same(bundle, Suspension.Apply(bundle, ["another"]));
        var acting = Suspension.Apply(bundle, [first.Id]);
        Assert.Equal(bundle.Rules.Select(static rule => rule.Id), acting.Rules.Select(static rule => rule.Id));
        // The rule behind it does not act in its place: nobody evaluated that.
        var verdict = Evaluator.Compile(acting).Decide(new(Decision(1, "a", "x").Context, new("a"), 0.5, 0));
        Assert.Equal((Disposition.Keep, Cause.Rule, 0), (verdict.Disposition, verdict.Cause, verdict.Index));
    }

    [Fact]
    public void is_said_in_the_signed_manifest()
    {
        var manifest = new ReleaseManifest { Agent = "a", Workspace = "w", Counter = 1, IssuedAt = 1, HoldbackBp = 100, Suspended = ["corrector", "r-1"] };
        var text = ReleaseManifestJson.Write(manifest);
        Assert.Contains("\"suspended\":[\"corrector\",\"r-1\"]", text, StringComparison.Ordinal);
        var read = ReleaseManifestJson.Read(text);
        Assert.Equal((100, "corrector,r-1"), (read.HoldbackBp, string.Join(',', read.Suspended)));
        Assert.Equal(text, ReleaseManifestJson.Write(read));
        Assert.Throws<LogicJsonException>(() => ReleaseManifestJson.Read(text.Replace("\"holdbackBp\":100", "\"holdbackBp\":10001", StringComparison.Ordinal)));
    }
}
