using System.Globalization;
using Emend.Engine.Evaluating.Backtest;
using Emend.Engine.Learning;
using Emend.Engine.Normalizing;
using Emend.Logic;

namespace Emend.Engine.Tests.Evaluating.Backtest;

public class Reporting_a_backtest
{
    [Fact]
    public void finds_the_slice_that_is_harmed_and_blames_no_other()
    {
        // Emend fixes every second decision of the web and breaks one in four of the phone; mail it leaves alone.
        var scored = Scored(600, static i => (Channel(i), Channel(i) switch { "web" => (i % 2 == 0, false), "phone" => (false, i % 4 == 0), _ => (i % 3 == 0, i % 3 == 0) }));

        var slices = ReportSlices.Of(scored);

        var worse = Assert.Single(slices, static s => s.IsWorse);
        Assert.Equal(("channel", "phone"), (worse.Dimension, worse.Value));
        Assert.Equal((0, worse.Errors.EmendErrors), (worse.Fixes, worse.Breaks));
        var web = slices.Single(static s => s.Value == "web");
        Assert.Equal((web.Errors.AgentErrors, 0, web.Errors.AgentErrors), (web.Fixes, web.Breaks, web.Errors.AgentErrors - web.Errors.EmendErrors));
    }

    [Fact]
    public void cuts_numbers_into_quarters_that_hold_everything_once()
    {
        var slices = ReportSlices.Of(Scored(400, static i => ("web", (i % 5 == 0, false))));

        var amounts = slices.Where(static s => s.Dimension == "amount").ToList();
        Assert.Equal(4, amounts.Count);
        Assert.Equal(400, amounts.Sum(static s => s.Errors.Decisions));
        Assert.All(amounts, static s => Assert.Equal(100, s.Errors.Decisions));
        // One channel only: it would say again what the whole says.
        Assert.DoesNotContain(slices, static s => s.Dimension == "channel");
    }

    [Fact]
    public void draws_every_decision_once_and_escalations_as_nobodys_error()
    {
        var scored = Scored(997, static i => ("web", (i % 4 == 0, i % 8 == 0)));
        scored[3] = scored[3] with { AgentWrong = true, EmendWrong = true, IsEscalated = true };

        var curve = ReportCurve.Of(scored, 40);

        Assert.InRange(curve.Length, 2, 40);
        Assert.All(curve, static c => Assert.True(c.Decisions >= ReportCurve.LeastPerStretch - 1));
        var sum = curve.Aggregate(new ErrorCount(), static (a, b) => a + b);
        Assert.Equal(new ErrorCount(scored.Count(static s => s.AgentWrong && !s.IsEscalated), scored.Count(static s => s.EmendWrong && !s.IsEscalated), 997), sum);
    }

    [Fact]
    public void makes_a_page_without_script_or_anything_from_elsewhere_whatever_names_are_made_of()
    {
        const string evil = "<script>alert(1)</script>\"'&<img src=x onerror=alert(2)>\u0000";
        var scored = Scored(300, i => (i % 2 == 0 ? evil : "web", (i % 3 == 0, false)));
        var learned = new LearningReport { Cases = 1, Wrong = 1, IsVolunteered = false, Learned = [new("m-1", evil, 1, 3, 0, 0, null)] };
        var tally = new BacktestTally { Errors = new(100, 0, 300), Fixes = 100, Rules = 1 };

        var page = ReportHtml.Of(new(tally, 1, [new(evil, tally, 1, learned) { Scored = scored }]), evil);

        Assert.DoesNotContain("<script", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("<img", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("://", page, StringComparison.Ordinal);
        Assert.DoesNotContain('\0', page);
        Assert.Contains("&lt;script&gt;alert(1)", page, StringComparison.Ordinal);
        // Well formed, apart from the void elements of HTML.
        var document = System.Xml.Linq.XDocument.Parse(System.Text.RegularExpressions.Regex.Replace(page, "<(?<void>meta[^>]*)>|<!doctype html>", static m => m.Groups["void"].Success ? $"<{m.Groups["void"].Value}/>" : "", System.Text.RegularExpressions.RegexOptions.None, TimeSpan.FromSeconds(5)));
        Assert.Equal(2, document.Descendants("polyline").Count());
        Assert.Contains("33.3 %", document.Root!.Value, StringComparison.Ordinal);
    }

    private static string Channel(int i) => (i % 3) switch { 0 => "web", 1 => "phone", _ => "mail" };

    private static List<ScoredDecision> Scored(int count, Func<int, (string Channel, (bool Agent, bool Emend) Wrong)> of) => [.. Enumerable.Range(0, count).Select(i =>
    {
        var (channel, (agent, emend)) = of(i);
        return new ScoredDecision(
            new Decision
            {
                Id = string.Create(CultureInfo.InvariantCulture, $"d-{i:0000}"),
                OccurredAt = i,
                Agent = "desk",
                Context = Context.Of([new("channel", FeatureValue.Of(channel)), new("amount", FeatureValue.Of(i * 7 % count))]),
                Proposed = new("refund"),
            },
            agent, emend, IsEscalated: false);
    })];
}
