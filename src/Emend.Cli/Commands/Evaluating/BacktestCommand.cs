using System.CommandLine;
using System.Globalization;
using Emend.Cli.Commands.Capturing;
using Emend.Cli.Output;
using Emend.Engine.Capturing.Logs;
using Emend.Engine.Evaluating.Backtest;
using Spectre.Console;

namespace Emend.Cli.Commands.Evaluating;

/// <summary><c>emend backtest</c>: what would Emend have done with my last month?</summary>
internal static class BacktestCommand
{
    private static readonly Option<FileInfo> Decisions = new("--decisions") { Description = "Decisions, JSON Lines.", HelpName = "FILE", Required = true };
    private static readonly Option<FileInfo> Outcomes = new("--outcomes") { Description = "Outcomes, JSON Lines; metric truth says what was right.", HelpName = "FILE", Required = true };
    private static readonly Option<FileInfo?> Corrections = new("--corrections") { Description = "Recorded corrections, JSON Lines. Without it reviewers are simulated.", HelpName = "FILE" };
    private static readonly Option<FileInfo?> Catalogue = new("--catalogue") { Description = "The agents' actions: a JSON object with \"actions\".", HelpName = "FILE" };
    private static readonly Option<double> ReviewRate = new("--review-rate") { Description = "Share of decisions that simulated reviewers look at, 0 to 1.", DefaultValueFactory = static _ => 0.2, HelpName = "R" };
    private static readonly Option<string> On = new("--on") { Description = "What they look at: all decisions, or errors only (then silence says nothing).", DefaultValueFactory = static _ => "all", HelpName = "all|errors" };
    private static readonly Option<double> Delay = new("--delay") { Description = "Hours between a decision and its review.", DefaultValueFactory = static _ => 0, HelpName = "HOURS" };
    private static readonly Option<int> Seed = new("--seed") { Description = "Seed of the coin that chooses what is reviewed.", DefaultValueFactory = static _ => 1, HelpName = "N" };

    private static readonly Option<FileInfo?> Report = new("--report") { Description = "Write the report as a page for a browser: plots, slices, what was learned. One file, no script.", HelpName = "FILE" };

    private const int ShownSlices = 12;

    public static Command Build()
    {
        On.AcceptOnlyFromAmong("all", "errors");
        return new Verb(
                "backtest",
                "What would Emend have done with these decisions? Replays them in time order and learns only from what was reviewed by then.",
                "emend backtest --decisions decisions.jsonl --outcomes outcomes.jsonl --review-rate 0.5")
            .With(Decisions).With(Outcomes).With(Corrections).With(Catalogue).With(ReviewRate).With(On).With(Delay).With(Seed).With(Report).With(LogOptions.Strict)
            .Does(RunAsync);
    }

    private static async Task<ExitCode> RunAsync(Invocation run, CancellationToken cancel)
    {
        var rate = run.Get(ReviewRate);
        if (rate is not (>= 0 and <= 1)) throw new Failure(ExitCode.BadInput, string.Create(CultureInfo.InvariantCulture, $"--review-rate {rate} is not a share"), "give a number from 0 to 1, e.g. --review-rate 0.2");
        if (run.Get(Delay) is not (>= 0 and <= 1e6)) throw new Failure(ExitCode.BadInput, "--delay is outside 0 to 1,000,000 hours", "give a delay in hours, e.g. --delay 24");

        var skipped = new SkippedLines(run.Terminal, run.Get(LogOptions.Strict));
        var limits = LogLimits.At(TimeProvider.System);
        var input = new BacktestInput
        {
            Decisions = skipped.Keep(LogFile.Decisions(run.Get(Decisions).FullName, limits)),
            Outcomes = skipped.Keep(LogFile.Outcomes(run.Get(Outcomes).FullName, limits)),
            Corrections = run.Get(Corrections) is { } corrections ? skipped.Keep(LogFile.Corrections(corrections.FullName, limits)) : null,
            Catalogue = run.Get(Catalogue) is { } catalogue ? CatalogueFile.Actions(catalogue.FullName) : [],
        };
        if (input.Decisions.Count == 0) throw new Failure(ExitCode.BadInput, $"{run.Get(Decisions)} holds no decision that can be read", "see the lines reported above");
        var options = new BacktestOptions
        {
            ReviewRate = rate,
            On = run.Get(On) == "errors" ? ReviewOn.Errors : ReviewOn.All,
            Delay = TimeSpan.FromHours(run.Get(Delay)),
            Seed = run.Get(Seed),
        };

        var report = await run.Terminal.ProgressAsync("Replaying", share => Task.Run(
            () => RunBacktest.From(input, options, TimeProvider.System, new Relay(share), cancel), cancel));

        run.Terminal.Json(json => BacktestJson.Write(json, report));
        var how = How(input.Corrections is null ? options : null);
        Print(run.Terminal, report, how);
        if (run.Get(Report) is { } page)
        {
            // Written aside and renamed: a browser never sees half a page.
            var aside = page.FullName + ".part";
            await File.WriteAllTextAsync(aside, ReportHtml.Of(report, how), cancel);
            File.Move(aside, page.FullName, overwrite: true);
            run.Terminal.Say($"report: {Terminal.Escape(page.FullName)}");
        }
        return skipped.Result();
    }

    private static string How(BacktestOptions? simulated) => simulated is null
        ? "Recorded corrections, each learned at the time it was made."
        : string.Create(CultureInfo.InvariantCulture, $"Simulated reviewers: {simulated.ReviewRate:P0} of {(simulated.On == ReviewOn.All ? "all decisions" : "wrong final actions, nothing else")}, seed {simulated.Seed}.");

    private static void Print(Terminal terminal, BacktestReport report, string how)
    {
        if (terminal.IsJson) return;
        var total = report.Total;
        terminal.Line(how);
        terminal.Line();

        var table = Terminal.Table("agent", ">decisions", ">error alone", ">with Emend", ">fixes", ">breaks", ">escalated", ">corrections", ">rules");
        foreach (var agent in report.Agents) table.AddRow(Row(agent.Agent, agent.Tally));
        if (report.Agents.Length > 1) table.AddRow(Row("all", total));
        terminal.Show(table);

        var fifths = Terminal.Table("error over time", ">1st fifth", ">2nd", ">3rd", ">4th", ">5th");
        fifths.AddRow(["agent alone", .. total.Fifths.Select(static f => Percent(f.AgentErrors, f.Decisions))]);
        fifths.AddRow(["with Emend", .. total.Fifths.Select(static f => Percent(f.EmendErrors, f.Decisions))]);
        terminal.Show(fifths);
        BacktestChart.Show(terminal, report);
        Slices(terminal, report);

        foreach (var agent in report.Agents)
        {
            if (agent.Learned.Corrector is { } corrector) terminal.Line($"{agent.Agent}, corrector at the end: {corrector.Says()}");
            if (agent.Learned.Learned.IsEmpty)
            {
                terminal.Line($"{agent.Agent}: no rule was certified{(agent.Learned.Corrector?.Threshold is null ? ", so nothing acts" : "")}.");
                continue;
            }
            var rules = Terminal.Table($"{agent.Agent}: rules at the end", ">fixes", ">breaks");
            foreach (var rule in agent.Learned.Learned.Take(12))
                rules.AddRow(Terminal.Escape(rule.Text), Number(rule.Fixes), Number(rule.Breaks));
            terminal.Show(rules);
            if (agent.Learned.Learned.Length > 12) terminal.Line($"  and {agent.Learned.Learned.Length - 12} more (--json lists all)");
        }
        if (total.Unscored > 0) terminal.Line($"{total.Unscored} decisions have no outcome 'truth': replayed, not scored.");
        terminal.Line(string.Create(CultureInfo.InvariantCulture, $"{(total.Errors.Decisions + total.Unscored) / Math.Max(report.Seconds, 1e-9):N0} decisions/s, learning included ({report.Seconds:F1} s)."));
    }

    // In the terminal only where it matters: what Emend changes most, and every slice it harms. The report has them all.
    private static void Slices(Terminal terminal, BacktestReport report)
    {
        var slices = ReportSlices.Of(report.Scored).Where(static s => s.Fixes + s.Breaks > 0).ToList();
        var shown = slices.OrderByDescending(static s => s.IsWorse).ThenByDescending(static s => s.Fixes + s.Breaks).Take(ShownSlices).ToList();
        if (shown.Count == 0) return;
        var table = Terminal.Table("slice", ">decisions", ">alone", ">with Emend", ">fixes", ">breaks");
        foreach (var slice in shown)
        {
            table.AddRow(
                $"{Terminal.Escape($"{slice.Dimension}: {Format.Clip(slice.Value, 50)}")}{(slice.IsWorse ? " [red]worse[/]" : "")}", Number(slice.Errors.Decisions), Percent(slice.Errors.AgentErrors, slice.Errors.Decisions),
                Percent(slice.Errors.EmendErrors, slice.Errors.Decisions), Number(slice.Fixes), Number(slice.Breaks));
        }
        terminal.Show(table);
        if (slices.Count > shown.Count) terminal.Line($"  and {slices.Count - shown.Count} more slices in which something changes (--report FILE or --json lists all)");
    }

    private static string[] Row(string name, BacktestTally tally) =>
    [
        Terminal.Escape(name),
        Number(tally.Errors.Decisions),
        Percent(tally.Errors.AgentErrors, tally.Errors.Decisions),
        Percent(tally.Errors.EmendErrors, tally.Errors.Decisions),
        Number(tally.Fixes),
        Number(tally.Breaks),
        Number(tally.Escalations),
        Number(tally.Corrections),
        Number(tally.Rules),
    ];

    private static string Number(int value) => value.ToString("N0", CultureInfo.InvariantCulture);

    private static string Percent(int part, int whole) => whole == 0 ? "-" : (100.0 * part / whole).ToString("F1", CultureInfo.InvariantCulture) + " %";

    private sealed class Relay(IProgress<double> to) : IProgress<BacktestProgress>
    {
        public void Report(BacktestProgress value) => to.Report((double)value.Done / Math.Max(1, value.All));
    }
}
