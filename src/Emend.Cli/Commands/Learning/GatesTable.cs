using System.Globalization;
using Emend.Cli.Output;
using Emend.Engine.Evaluating;
using Emend.Engine.Evaluating.Gates;
using Spectre.Console;

namespace Emend.Cli.Commands.Learning;

/// <summary>What the gates said.</summary>
internal static class GatesTable
{
    public static void Show(Terminal terminal, EvaluationReport report)
    {
        var table = Terminal.Table("gate", "asks", "verdict", ">figure", ">threshold", "because");
        foreach (var gate in report.Gates)
            table.AddRow(gate.Id, Terminal.Escape(gate.Title), Coloured(gate.Verdict), Figure(gate.Figure), Figure(gate.Threshold), Terminal.Escape(gate.Reason));
        terminal.Show(table);
        if (report.Audited is { } audited) terminal.Line(EvaluationReport.Says(audited));
        terminal.Markup(report.Result switch
        {
            EvaluationResult.Passed => "[green]All gates hold.[/]",
            EvaluationResult.NeedsEvidence => "[yellow]No gate blocks, but not everything could be shown[/]: a person may take that on where the risk is low.",
            _ => "[red]Blocked[/]: nobody can approve this candidate.",
        });
    }

    private static string Coloured(GateVerdict verdict)
    {
        var word = EvaluationReport.Word(verdict);
        return verdict switch
        {
            GateVerdict.Pass => $"[green]{word}[/]",
            GateVerdict.Block => $"[red]{word}[/]",
            GateVerdict.InsufficientEvidence or GateVerdict.Warn => $"[yellow]{word}[/]",
            _ => word,
        };
    }

    private static string Figure(double? value) => value?.ToString("0.####", CultureInfo.InvariantCulture) ?? "";
}
