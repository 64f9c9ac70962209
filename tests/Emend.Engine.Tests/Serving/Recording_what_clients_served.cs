using System.Text;
using Emend.Engine.Capturing;
using Emend.Engine.Capturing.Logs;
using Emend.Engine.Normalizing;
using Emend.Engine.Releasing;
using Emend.Engine.Serving;
using Emend.Logic;
using Emend.TestKit;
using static Emend.Engine.Tests.Evaluating.Cases;

namespace Emend.Engine.Tests.Serving;

public class Recording_what_clients_served
{
    private static readonly Bundle Good = Bundle(Override("x", "b"));

    [Fact]
    public async Task records_once_what_was_done_with_an_accepted_decision()
    {
        using var folder = new TemporaryFolder();
        await using var engine = await EmendEngine.OpenAsync(new() { DataDirectory = folder.Path, Clock = new ManualClock() }, CancellationToken.None);
        await AcceptAsync(engine, Decision(1, "a", "x"), Decision(2, "a", "y"));
        var one = Line("""{"decisionId":"d-1","at":"2026-01-05T11:00:00Z","disposition":"escalate","cause":"guardrail","rule":"g","inclusion":0.25}""");
        var results = await engine.Servings.HandleAsync([one, one, one with { DecisionId = "d-9" }], new("sdk"), CancellationToken.None);
        var again = await engine.Servings.HandleAsync([one], new("sdk"), CancellationToken.None);

        Assert.Equal([ServingReport.Recorded, ServingReport.Duplicate, ServingReport.Refused], results.Select(static r => r.Result));
        Assert.Equal("serving.decision-unknown", results[2].Why!.Code);
        Assert.Equal(ServingReport.Duplicate, again[0].Result);
        var exposure = engine.Exposures.Find("d-1")!;
        Assert.Equal((Arm.Stable, Logic.Evaluation.Cause.Guardrail, "g", true, one.At), (exposure.Arm, exposure.Cause, exposure.Rule, exposure.IsChanged, exposure.ServedAt));
    }

    [Fact]
    public async Task refuses_a_bundle_that_was_never_approved_for_the_agent()
    {
        using var folder = new TemporaryFolder();
        await using var engine = await EmendEngine.OpenAsync(new() { DataDirectory = folder.Path, Clock = new ManualClock() }, CancellationToken.None);
        await AcceptAsync(engine, Decision(1, "a", "x"));
        var built = await new RegisterCandidateHandler(engine.Ledger).HandleAsync(new(Good, ["rosa"], new("ana")), CancellationToken.None);
        var digest = Releasing.Registry.Granted(built);
        var serving = Line($$"""{"decisionId":"d-1","at":"2026-01-05T11:00:00Z","bundle":"{{digest}}","disposition":"override","cause":"rule","rule":"r","action":"b"}""");

        Assert.Equal("serving.bundle-not-approved", (await engine.Servings.HandleAsync([serving], new("sdk"), CancellationToken.None))[0].Why!.Code);
        Assert.Null(engine.Exposures.Find("d-1"));
    }

    [Theory]
    [InlineData("""{"decisionId":"d","at":"2026-01-05T11:00:00Z"}""", "missing")]
    [InlineData("""{"decisionId":"d","at":"2026-01-05T11:00:00Z","disposition":"block","action":"b"}""", "not-for-disposition")]
    [InlineData("""{"decisionId":"d","at":"2026-01-05T11:00:00Z","action":"b","arm":"canery"}""", "unknown-value")]
    [InlineData("""{"decisionId":"d","at":"2026-01-05T11:00:00Z","action":"b","shareBp":10001}""", "out-of-range")]
    [InlineData("""{"decisionId":"d","at":"2026-01-05T11:00:00Z","action":"b","inclusion":0}""", "out-of-range")]
    [InlineData("""{"decisionId":"d","at":"2026-01-05T11:00:00Z","action":"b","approvedBy":"me"}""", "unknown-member")]
    public void says_what_is_wrong_with_a_line(string line, string code)
    {
        Assert.Null(LineParser.Read(Encoding.UTF8.GetBytes(line), LogLimits.At(new ManualClock()), new(), ServingLines.Read, out var flaws));
        Assert.Equal(code, flaws[0].Code);
    }

    private static ReportedServing Line(string line) => LineParser.Read(Encoding.UTF8.GetBytes(line), LogLimits.At(new ManualClock()), new(), ServingLines.Read, out _)!;

    private static async Task AcceptAsync(EmendEngine engine, params Decision[] decisions)
    {
        var accept = new AcceptBatch<Decision>(engine.Store, new AcceptDecisions(engine.Store, engine.Agents, strict: false), engine.Clock);
        Assert.All(await accept.HandleAsync(decisions, new("sdk"), CancellationToken.None), static one => Assert.Equal(AcceptanceKind.Accepted, one.Kind));
    }
}
