using System.CommandLine;
using System.Globalization;
using Emend.Engine.Releasing;

namespace Emend.Cli.Commands.Releasing;

/// <summary>Options that say what a release is watched by.</summary>
internal static class ReleaseOptions
{
    public static readonly Option<string?> Steps = new("--steps") { Description = "Shares of traffic in percent, rising; the last, 100, is understood. Default: 0,1,5,25 (0 is the shadow). 50 alone is an even A/B test.", HelpName = "LIST" };
    public static readonly Option<string[]> Guards = Many("--guard", "Metric by which the candidate must do no worse, beside wrong actions: reopened, latency_ms>=5000, csat<=2, latency_ms:low:0..8000:400. Repeat for more.");
    public static readonly Option<string[]> Success = Many("--success", "Metric of which at least one must be shown to do better before the last step: csat:high:1..5, accuracy. Repeat for more.");
    public static readonly Option<string[]> Tripwires = Many("--tripwire", "Metric that takes the candidate back at once: leaked, or leaked*3 for three units. Repeat for more.");
    public static readonly Option<double> Holdback = new("--holdback") { Description = "Percent of units that nothing learned is ever served to, so that its worth stays measurable.", DefaultValueFactory = static _ => 0, HelpName = "PERCENT" };

    /// <summary>A policy with what the options say.</summary>
    public static ReleasePolicy Of(Invocation run, ReleasePolicy policy) => policy with
    {
        StepsBp = run.Get(Steps) is { } steps ? [.. steps.Split(',').Select(static text => Percent("--steps", text)).Where(static bp => bp != 10_000), 10_000] : policy.StepsBp,
        Guards = [.. (run.Get(Guards) ?? []).Select(static text => Metric("--guard", text))],
        Success = [.. (run.Get(Success) ?? []).Select(static text => Metric("--success", text))],
        Tripwires = [.. (run.Get(Tripwires) ?? []).Select(static text => Tripwire.Parse(text, out var problem) ?? throw Wrong("--tripwire", problem))],
        HoldbackBp = (int)Math.Round(100 * run.Get(Holdback)),
    };

    /// <summary>A metric as an option gives it.</summary>
    public static WatchedMetric Metric(string option, string text) => WatchedMetric.Parse(text, out var problem) ?? throw Wrong(option, problem);

    private static int Percent(string option, string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var percent) && percent is >= 0 and <= 100
            ? (int)Math.Round(100 * percent)
            : throw Wrong(option, $"'{text}' is no share from 0 to 100 percent");

    private static Failure Wrong(string option, string problem) => new(ExitCode.BadInput, $"{option}: {problem}", "see `emend release start --help`");

    private static Option<string[]> Many(string name, string description) => new(name) { Description = description, HelpName = "METRIC", DefaultValueFactory = static _ => [] };
}
