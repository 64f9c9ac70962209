using Emend.Engine.Evaluating.Golden;
using Emend.Engine.Normalizing;
using Emend.Logic;
using Emend.TestKit;
using static Emend.Engine.Tests.Evaluating.Cases;
using static Emend.Engine.Tests.Releasing.Registry;

namespace Emend.Engine.Tests.Evaluating;

public class Protecting_cases
{
    private static readonly Actor Lea = new("lea");

    private static GoldenCase Case(string id, string subject = "cust-9") => new(
        id,
        new Decision
        {
            Id = "d-1",
            OccurredAt = Noon,
            Agent = "router",
            Proposed = new("a", ActionArgs.Parse("""{"amount":5}""")),
            Confidence = 0.25,
            Subject = subject,
            CorrelationId = "case-1",
            Context = Context.Of(
            [
                new("text", FeatureValue.Of("12")), new("number", FeatureValue.Of(12)), new("infinite", FeatureValue.Of(double.NegativeInfinity)), new("yes", FeatureValue.Of(true)),
                new("at", FeatureValue.OfMicroseconds(Noon + 1)), new("set", FeatureValue.OfSet(["b", "a"])), new("empty", FeatureValue.OfSet([])),
            ], "route", "naïve 🙂 \"text\""),
        },
        new("b"),
        "contract");

    [Fact]
    public async Task gives_them_back_as_they_were_after_a_restart()
    {
        await using var at = await WorkspaceFixture.OpenAsync(new GoldenProjection());
        Granted(await new GoldenCaseHandler(at.Store).HandleAsync(new AddGoldenCase(Case("g-1"), Lea), CancellationToken.None));
        Granted(await new GoldenCaseHandler(at.Store).HandleAsync(new AddGoldenCase(Case("g-0"), Lea), CancellationToken.None));
        await at.ReopenAsync();
        var set = new GoldenSets(at.Store).Of("router");

        Assert.Equal(["g-0", "g-1"], set.Cases.Select(static one => one.Id));
        Assert.Equal(GoldenCaseJson.Write(Case("g-1")), GoldenCaseJson.Write(set.Cases[1]));
        Assert.Equal(Case("g-1").Decision.Context.Features.AsEnumerable(), set.Cases[1].Decision.Context.Features.AsEnumerable());
        Assert.Equal(GoldenSet.Of([Case("g-1"), Case("g-0")]).Digest, set.Digest);
    }

    [Fact]
    public async Task is_for_people_only()
    {
        await using var at = await WorkspaceFixture.OpenAsync(new GoldenProjection());
        var handler = new GoldenCaseHandler(at.Store);
        Assert.Equal("release.only-a-person", RefusedAs(await handler.HandleAsync(new AddGoldenCase(Case("g"), Actor.Policy("miner")), CancellationToken.None)));
        Granted(await handler.HandleAsync(new AddGoldenCase(Case("g"), Lea), CancellationToken.None));
        Assert.Equal("golden.known", RefusedAs(await handler.HandleAsync(new AddGoldenCase(Case("g"), Lea), CancellationToken.None)));
        Assert.Equal("release.only-a-person", RefusedAs(await handler.HandleAsync(new RemoveGoldenCase("router", "g", "why", Actor.Policy("miner")), CancellationToken.None)));
        Assert.Equal("release.reason-missing", RefusedAs(await handler.HandleAsync(new RemoveGoldenCase("router", "g", " ", Lea), CancellationToken.None)));
        Assert.Equal("golden.unknown", RefusedAs(await handler.HandleAsync(new RemoveGoldenCase("router", "h", "why", Lea), CancellationToken.None)));
        Assert.Equal(1, at.Store.Size);
    }

    [Fact]
    public async Task changes_the_name_of_the_set_with_every_case()
    {
        await using var at = await WorkspaceFixture.OpenAsync(new GoldenProjection());
        var handler = new GoldenCaseHandler(at.Store);
        var empty = new GoldenSets(at.Store).Of("router").Digest;
        Granted(await handler.HandleAsync(new AddGoldenCase(Case("g"), Lea), CancellationToken.None));
        Assert.NotEqual(empty, new GoldenSets(at.Store).Of("router").Digest);
        Granted(await handler.HandleAsync(new RemoveGoldenCase("router", "g", "outdated", Lea), CancellationToken.None));
        Assert.Equal(empty, new GoldenSets(at.Store).Of("router").Digest);
    }
}
