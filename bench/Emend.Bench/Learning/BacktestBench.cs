using System.Globalization;
using Emend.Engine.Capturing.Logs;
using Emend.Engine.Evaluating.Backtest;
using Emend.Engine.Normalizing;

namespace Emend.Bench.Learning;

/// <summary>Backtests of folders in the log format: <c>backtest FOLDER [all|errors] [RATES] [SEEDS] [agents] [fifths] [corrector] [rules]</c>.</summary>
internal sealed class BacktestBench : IBench
{
    public string Name => "backtest";

    public string What => "learning on logs: FOLDER[,FOLDER...] [all|errors] [0.2,0.5,1] [1,2,3] [agents] [fifths] [corrector] [rules]";

    public Task<int> RunAsync(string[] args)
    {
        var on = args.Length > 1 && args[1] == "errors" ? ReviewOn.Errors : ReviewOn.All;
        var rates = (args.Length > 2 ? args[2] : "0.2,0.5,1").Split(',').Select(r => double.Parse(r, CultureInfo.InvariantCulture)).ToArray();
        var seeds = (args.Length > 3 ? args[3] : "1").Split(',').Select(s => int.Parse(s, CultureInfo.InvariantCulture)).ToArray();
        var limits = LogLimits.At(TimeProvider.System);
        foreach (var folder in args[0].Split(','))
        {
            var input = new BacktestInput
            {
                Catalogue = args.Contains("catalogue") ? Catalogue(Path.Combine(folder, "catalogue.json")) : [],
                Decisions = [.. LogFile.Decisions(Path.Combine(folder, "decisions.jsonl"), limits).Select(static l => l.Record).OfType<Decision>()],
                Outcomes = [.. LogFile.Outcomes(Path.Combine(folder, "outcomes.jsonl"), limits).Select(static l => l.Record).OfType<Outcome>()],
                Corrections = args.Contains("recorded") ? [.. LogFile.Corrections(Path.Combine(folder, "corrections.jsonl"), limits).Select(static l => l.Record).OfType<Correction>()] : null,
            };
            foreach (var rate in rates)
            {
                foreach (var seed in seeds)
                {
                    var report = RunBacktest.From(input, new() { ReviewRate = rate, On = on, Seed = seed }, TimeProvider.System);
                    Row(Path.GetFileName(folder.TrimEnd('/')), report.Total, report.Seconds, rate, seed);
                    if (report.Agents.Length > 1 && args.Contains("agents"))
                        foreach (var agent in report.Agents) Row("  " + agent.Agent, agent.Tally, agent.Seconds, rate, seed);
                    if (args.Contains("corrector"))
                        foreach (var agent in report.Agents) Console.WriteLine($"  {agent.Agent}: {agent.Learned.Corrector?.Says()}");
                    if (args.Contains("fifths"))
                        Console.WriteLine("  errors by fifth, agent/with Emend: " + string.Join(' ', report.Total.Fifths.Select(static f => $"{f.AgentErrors}/{f.EmendErrors}")));
                    if (!args.Contains("rules")) continue;
                    foreach (var agent in report.Agents)
                    {
                        Console.WriteLine($"{agent.Agent}: dead {string.Join(' ', agent.Learned.DeadProposals)} threshold {agent.Learned.Threshold} volunteered {agent.Learned.IsVolunteered}");
                        foreach (var step in agent.Learned.Forward) Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  forward {step.Score:0.00} {step.Fixes}/{step.Breaks} wasted {step.Wasted}"));
                        foreach (var rule in agent.Learned.Learned.Take(60)) Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {rule.Score:0.000} {rule.Fixes}/{rule.Breaks}/{rule.Wasted} {rule.Text}"));
                        foreach (var rule in agent.Learned.Refused.Take(15)) Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  no {rule.Reason} {rule.Score:0.000} {rule.Fixes}/{rule.Breaks}/{rule.Wasted} {rule.Text}"));
                    }
                }
            }
        }
        return Task.FromResult(0);
    }

    private static string[] Catalogue(string path)
    {
        using var json = System.Text.Json.JsonDocument.Parse(File.ReadAllBytes(path));
        return [.. json.RootElement.GetProperty("actions").EnumerateArray().Select(static a => a.GetString()!)];
    }

    private static void Row(string name, BacktestTally tally, double seconds, double rate, int seed)
    {
        var n = Math.Max(1.0, tally.Errors.Decisions);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{name,-28} r {rate:0.0} seed {seed} agent {tally.Errors.AgentErrors / n:0.0000} emend {tally.Errors.EmendErrors / n:0.0000} fixes/breaks {tally.Fixes}/{tally.Breaks} overrides {tally.Overrides} rules {tally.Rules} {seconds:0.00} s"));
    }
}
