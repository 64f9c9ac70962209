using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Emend.Cli.Output;
using Emend.Engine.Evaluating.Backtest;

namespace Emend.Cli.Commands.Evaluating;

/// <summary>Error over time as characters: the agent alone and with Emend, told apart by their marks, so that no colour is needed.</summary>
internal static class BacktestChart
{
    private const int Rows = 10, Stretches = 48;
    private const char Alone = 'o', Emend = '*', Both = '@';

    public static void Show(Terminal terminal, BacktestReport report)
    {
        var curve = ReportCurve.Of(report.Scored, Stretches);
        if (curve.Length < 2) return;
        foreach (var line in Lines(curve)) terminal.Line(line);
    }

    /// <summary>The chart, top line first.</summary>
    internal static IEnumerable<string> Lines(ImmutableArray<ErrorCount> curve)
    {
        var highest = Math.Max(0.01, curve.Max(static c => (double)Math.Max(c.AgentErrors, c.EmendErrors) / Math.Max(1, c.Decisions)));
        yield return $"error over time   {Alone} agent alone   {Emend} with Emend   {Both} both";
        for (var row = Rows; row >= 0; row--)
        {
            var line = new StringBuilder().Append(CultureInfo.InvariantCulture, $"{100 * highest * row / Rows,6:0.0} % |");
            foreach (var stretch in curve)
            {
                var (alone, emend) = (RowOf(stretch.AgentErrors, stretch.Decisions), RowOf(stretch.EmendErrors, stretch.Decisions));
                line.Append((alone == row, emend == row) switch { (true, true) => Both, (true, _) => Alone, (_, true) => Emend, _ => ' ' });
            }
            yield return line.ToString().TrimEnd();
        }
        yield return "         +" + new string('-', curve.Length);
        yield return "          oldest" + "newest".PadLeft(Math.Max(0, curve.Length - 6));

        int RowOf(int errors, int decisions) => (int)Math.Round(Rows * (errors / (double)Math.Max(1, decisions)) / highest, MidpointRounding.AwayFromZero);
    }
}
