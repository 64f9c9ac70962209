using Emend.Engine.Capturing.Logs;
using Emend.Engine.Evaluating.Backtest;
using Emend.Engine.Normalizing;
using Emend.TestKit;
using Xunit.Abstractions;

namespace Emend.Engine.Tests.Evaluating.Backtest;

/// <summary>The promises of learning on real decisions: it may stay silent, it may not do harm. The larger table runs with EMEND_SOAK=1.</summary>
public class Learning_from_real_streams(ITestOutputHelper log)
{
    private static bool IsSoak => Environment.GetEnvironmentVariable("EMEND_SOAK") == "1";

    private static BacktestInput Read(string set)
    {
        var limits = LogLimits.At(TimeProvider.System);
        return new()
        {
            Decisions = [.. LogFile.Decisions(SharedData.Path(set, "decisions.jsonl")!, limits).Select(static l => l.Record).OfType<Decision>()],
            Outcomes = [.. LogFile.Outcomes(SharedData.Path(set, "outcomes.jsonl")!, limits).Select(static l => l.Record).OfType<Outcome>()],
        };
    }

    private BacktestTally NeverWorse(BacktestInput input, double rate, ReviewOn on, int seed)
    {
        var total = RunBacktest.From(input, new() { ReviewRate = rate, On = on, Seed = seed }, TimeProvider.System).Total;
        log.WriteLine($"r {rate} on {on} seed {seed}: {total.Errors.AgentErrors} -> {total.Errors.EmendErrors} ({total.Fixes}/{total.Breaks})");
        Assert.True(total.Errors.EmendErrors <= total.Errors.AgentErrors, $"worse than the agent at r = {rate}, on {on}, seed {seed}");
        return total;
    }

    private void Everywhere(string set, int seeds, params double[] rates)
    {
        var input = Read(set);
        foreach (var rate in rates)
        {
            foreach (var on in new[] { ReviewOn.All, ReviewOn.Errors })
            {
                var (fixes, breaks) = (0, 0);
                for (var seed = 1; seed <= (IsSoak ? 5 : seeds); seed++)
                {
                    var total = NeverWorse(input, rate, on, seed);
                    (fixes, breaks) = (fixes + total.Fixes, breaks + total.Breaks);
                }
                Assert.True(breaks <= 0.15 * fixes, $"{set}: {breaks} breaks for {fixes} fixes at r = {rate}, on {on}");
            }
        }
    }

    [SharedDataFact("demo/decisions.jsonl")]
    public void beats_the_best_simple_method_on_gpt_5_2()
    {
        var total = NeverWorse(Read("demo"), 1, ReviewOn.All, 1);

        Assert.True(total.Errors.EmendErrors <= 0.322 * total.Errors.Decisions, $"{total.Errors.EmendErrors} errors");
    }

    [SharedDataFact("demo/corrections.jsonl")]
    public void learns_the_renamed_queues_from_ninety_recorded_corrections_and_the_catalogue()
    {
        var limits = LogLimits.At(TimeProvider.System);
        using var catalogue = System.Text.Json.JsonDocument.Parse(File.ReadAllBytes(SharedData.Path("demo", "catalogue.json")!));
        var input = Read("demo") with
        {
            Corrections = [.. LogFile.Corrections(SharedData.Path("demo", "corrections.jsonl")!, limits).Select(static l => l.Record).OfType<Correction>()],
            Catalogue = [.. catalogue.RootElement.GetProperty("actions").EnumerateArray().Select(static a => a.GetString()!)],
        };

        var report = RunBacktest.From(input, new(), TimeProvider.System);

        log.WriteLine(BacktestJson.Text(report));
        Assert.Equal(90, report.Total.Corrections);
        Assert.True(report.Total.Fixes >= 8, $"{report.Total.Fixes} fixes");
        Assert.Equal(0, report.Total.Breaks);
        Assert.Contains(report.Agents[0].Learned.Learned, static r => r.Text == "when proposed.action == \"close_account\" -> terminate_account");
    }

    [SharedDataFact("demo/decisions.jsonl")]
    public void does_no_harm_on_gpt_5_2() => Everywhere("demo", 2, 0.2, 0.5, 1);

    [SharedDataFact("bank_support_llm/decisions.jsonl")]
    public void does_no_harm_on_six_llm_routers() => Everywhere("bank_support_llm", 1, 0.2, 0.5, 1);

    [SharedDataFact("tau_retail/decisions.jsonl")]
    public void stays_silent_on_retail_agents_under_a_policy() => Everywhere("tau_retail", 1, 0.2, 0.5, 1);

    [SharedDataFact("bank_marketing/decisions.jsonl")]
    public void does_no_harm_under_strong_drift() => Everywhere("bank_marketing", 1, IsSoak ? [0.2, 0.5, 1] : [0.5]);

    [SharedDataFact("banking77/decisions.jsonl")]
    public void fixes_many_and_breaks_few_of_eleven_thousand_routings()
    {
        // Rate, error to reach, breaks as a share of fixes: better than naive Bayes with the best threshold for this stream.
        foreach (var (rate, error, breaks) in IsSoak ? [(0.2, 0.268, 0.15), (0.5, 0.220, 0.12), (1, 0.180, 0.08)] : new[] { (0.5, 0.220, 0.12) })
        {
            var total = NeverWorse(Read("banking77"), rate, ReviewOn.All, 1);
            Assert.True(total.Errors.EmendErrors <= error * total.Errors.Decisions, $"{total.Errors.EmendErrors} errors at r = {rate}");
            Assert.True(total.Breaks <= breaks * total.Fixes, $"{total.Breaks} breaks for {total.Fixes} fixes at r = {rate}");
            NeverWorse(Read("banking77"), rate, ReviewOn.Errors, 1);
        }
    }
}
