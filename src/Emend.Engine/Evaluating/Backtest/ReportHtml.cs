using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Text;

namespace Emend.Engine.Evaluating.Backtest;

/// <summary>
/// A backtest as one file for a browser: figures, error over time, slices, what was learned. Self-contained: no script, nothing from elsewhere, all text
/// escaped. The plots are read without colour too: lines differ in their strokes and marks, and every figure stands in a table.
/// </summary>
internal static class ReportHtml
{
    private const int Width = 900, Height = 300, Left = 56, Right = 16, Top = 16, Bottom = 36, Stretches = 40;
    private const int MostRules = 40;

    /// <summary>Writes the report.</summary>
    /// <param name="report">The backtest.</param>
    /// <param name="how">How it was run, one sentence.</param>
    public static string Of(BacktestReport report, string how)
    {
        var html = new StringBuilder(40_000);
        html.Append("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
        html.Append("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n<title>Emend backtest</title>\n<style>").Append(Style).Append("</style></head><body><main>\n");
        html.Append("<h1>What Emend would have done</h1>\n<p class=\"how\">").Append(Text(how)).Append("</p>\n");
        Figures(html, report);
        html.Append("<h2>Error over time</h2>\n");
        Chart(html, ReportCurve.Of(report.Scored, Stretches));
        Fifths(html, report.Total);
        if (report.Agents.Length > 1) Agents(html, report);
        Slices(html, ReportSlices.Of(report.Scored));
        foreach (var agent in report.Agents) Learned(html, agent);
        html.Append("<footer>Every decision was scored before any review of it was learned. ").Append(report.Total.Unscored > 0 ? Number(report.Total.Unscored) + " decisions have no known truth and are not scored. " : "")
            .Append("An escalation counts as an error of neither side.</footer>\n</main></body></html>\n");
        return html.ToString();
    }

    private static void Figures(StringBuilder html, BacktestReport report)
    {
        var t = report.Total;
        html.Append("<dl class=\"figures\">");
        Figure("decisions", Number(t.Errors.Decisions));
        Figure("error of the agent alone", Percent(t.Errors.AgentErrors, t.Errors.Decisions));
        Figure("error with Emend", Percent(t.Errors.EmendErrors, t.Errors.Decisions));
        Figure("fixed (agent wrong, Emend right)", Number(t.Fixes));
        Figure("broken (agent right, Emend wrong)", Number(t.Breaks));
        Figure("handed to a person", Number(t.Escalations));
        html.Append("</dl>\n");

        void Figure(string name, string value) => html.Append("<div><dt>").Append(Text(name)).Append("</dt><dd>").Append(Text(value)).Append("</dd></div>");
    }

    private static void Chart(StringBuilder html, ImmutableArray<ErrorCount> curve)
    {
        var highest = curve.Max(static c => c.Decisions == 0 ? 0 : (double)Math.Max(c.AgentErrors, c.EmendErrors) / c.Decisions);
        // The scale ends at a round figure above the highest value.
        var step = highest > 0.5 ? 0.2 : highest > 0.2 ? 0.1 : highest > 0.08 ? 0.04 : 0.02;
        var top = Math.Max(step, Math.Ceiling((highest + 1e-9) / step) * step);
        html.Append(CultureInfo.InvariantCulture, $"<figure><svg viewBox=\"0 0 {Width} {Height}\" role=\"img\" aria-label=\"Share of wrong decisions over time, of the agent alone and with Emend; the figures are in the table below\">\n");
        for (var value = 0.0; value <= top + 1e-9; value += step)
        {
            var y = Y(value);
            html.Append(CultureInfo.InvariantCulture, $"<line class=\"grid\" x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{y:0.#}\" y2=\"{y:0.#}\"/><text class=\"tick\" x=\"{Left - 8}\" y=\"{y + 4:0.#}\" text-anchor=\"end\">{value * 100:0} %</text>\n");
        }
        html.Append(CultureInfo.InvariantCulture, $"<text class=\"tick\" x=\"{Left}\" y=\"{Height - 10}\">oldest</text><text class=\"tick\" x=\"{Width - Right}\" y=\"{Height - 10}\" text-anchor=\"end\">newest</text>\n");
        Line("alone", static c => c.AgentErrors, isSquare: true);
        Line("emend", static c => c.EmendErrors, isSquare: false);
        html.Append("</svg>\n<figcaption><span class=\"key\"><svg viewBox=\"0 0 44 12\" aria-hidden=\"true\"><line class=\"alone\" x1=\"0\" x2=\"44\" y1=\"6\" y2=\"6\"/><rect class=\"alone mark\" x=\"19\" y=\"3\" width=\"6\" height=\"6\"/></svg> agent alone (dashed, squares)</span>")
            .Append("<span class=\"key\"><svg viewBox=\"0 0 44 12\" aria-hidden=\"true\"><line class=\"emend\" x1=\"0\" x2=\"44\" y1=\"6\" y2=\"6\"/><circle class=\"emend mark\" cx=\"22\" cy=\"6\" r=\"3.5\"/></svg> with Emend (solid, dots)</span></figcaption></figure>\n");

        double X(int i) => curve.Length == 1 ? (Left + Width - Right) / 2.0 : Left + ((Width - Left - Right) * (double)i / (curve.Length - 1));
        double Y(double share) => Top + ((Height - Top - Bottom) * (1 - (share / top)));
        void Line(string name, Func<ErrorCount, int> of, bool isSquare)
        {
            html.Append("<polyline class=\"").Append(name).Append("\" points=\"");
            for (var i = 0; i < curve.Length; i++) html.Append(CultureInfo.InvariantCulture, $"{X(i):0.#},{Y(Share(i)):0.#} ");
            html.Append("\"/>\n");
            for (var i = 0; i < curve.Length; i++)
            {
                html.Append(isSquare
                    ? string.Create(CultureInfo.InvariantCulture, $"<rect class=\"{name} mark\" x=\"{X(i) - 3:0.#}\" y=\"{Y(Share(i)) - 3:0.#}\" width=\"6\" height=\"6\">")
                    : string.Create(CultureInfo.InvariantCulture, $"<circle class=\"{name} mark\" cx=\"{X(i):0.#}\" cy=\"{Y(Share(i)):0.#}\" r=\"3.5\">"))
                    .Append("<title>").Append(Text($"{Percent(of(curve[i]), curve[i].Decisions)} of {Number(curve[i].Decisions)}")).Append("</title>").Append(isSquare ? "</rect>\n" : "</circle>\n");
            }
            double Share(int i) => curve[i].Decisions == 0 ? 0 : (double)of(curve[i]) / curve[i].Decisions;
        }
    }

    private static void Fifths(StringBuilder html, BacktestTally total)
    {
        html.Append("<table><thead><tr><th>error</th><th>1st fifth</th><th>2nd</th><th>3rd</th><th>4th</th><th>5th</th></tr></thead><tbody><tr><th>agent alone</th>");
        foreach (var fifth in total.Fifths) Cell(html, Percent(fifth.AgentErrors, fifth.Decisions));
        html.Append("</tr><tr><th>with Emend</th>");
        foreach (var fifth in total.Fifths) Cell(html, Percent(fifth.EmendErrors, fifth.Decisions));
        html.Append("</tr></tbody></table>\n");
    }

    private static void Agents(StringBuilder html, BacktestReport report)
    {
        html.Append("<h2>Agents</h2>\n<table><thead><tr><th>agent</th><th>decisions</th><th>alone</th><th>with Emend</th><th>fixed</th><th>broken</th><th>corrections</th><th>rules</th></tr></thead><tbody>\n");
        foreach (var agent in report.Agents)
        {
            html.Append("<tr><th>").Append(Text(agent.Agent)).Append("</th>");
            foreach (var cell in new[] { Number(agent.Tally.Errors.Decisions), Percent(agent.Tally.Errors.AgentErrors, agent.Tally.Errors.Decisions), Percent(agent.Tally.Errors.EmendErrors, agent.Tally.Errors.Decisions), Number(agent.Tally.Fixes), Number(agent.Tally.Breaks), Number(agent.Tally.Corrections), Number(agent.Tally.Rules) }) Cell(html, cell);
            html.Append("</tr>\n");
        }
        html.Append("</tbody></table>\n");
    }

    private static void Slices(StringBuilder html, ImmutableArray<ReportSlice> slices)
    {
        if (slices.IsEmpty) return;
        html.Append(CultureInfo.InvariantCulture, $"<h2>By slice</h2>\n<p>Slices of at least {ReportSlices.Least} decisions. Bars show the error: outlined the agent alone, filled with Emend. <b>Worse</b> marks a slice that breaks more than it fixes beyond chance (exact sign test, Holm's correction over all slices).</p>\n");
        foreach (var dimension in slices.GroupBy(static s => s.Dimension, StringComparer.Ordinal))
        {
            html.Append("<table class=\"slices\"><thead><tr><th>").Append(Text(dimension.Key)).Append("</th><th>decisions</th><th>alone</th><th>with Emend</th><th class=\"bar\"><span class=\"out\">error</span></th><th>fixed</th><th>broken</th><th></th></tr></thead><tbody>\n");
            foreach (var slice in dimension)
            {
                html.Append("<tr><th>").Append(Text(slice.Value)).Append("</th>");
                Cell(html, Number(slice.Errors.Decisions));
                Cell(html, Percent(slice.Errors.AgentErrors, slice.Errors.Decisions));
                Cell(html, Percent(slice.Errors.EmendErrors, slice.Errors.Decisions));
                var (alone, emend) = (200.0 * slice.Errors.AgentErrors / slice.Errors.Decisions, 200.0 * slice.Errors.EmendErrors / slice.Errors.Decisions);
                html.Append(CultureInfo.InvariantCulture, $"<td class=\"bar\"><svg viewBox=\"0 0 200 18\" aria-hidden=\"true\"><rect class=\"filled\" x=\"0\" y=\"5\" width=\"{emend:0.#}\" height=\"8\"/><rect class=\"outline\" x=\"0.5\" y=\"1.5\" width=\"{Math.Max(alone, 1):0.#}\" height=\"15\"/></svg></td>");
                Cell(html, Number(slice.Fixes));
                Cell(html, Number(slice.Breaks));
                html.Append(slice.IsWorse ? "<td class=\"worse\">worse</td></tr>\n" : "<td></td></tr>\n");
            }
            html.Append("</tbody></table>\n");
        }
    }

    private static void Learned(StringBuilder html, AgentBacktest agent)
    {
        html.Append("<h2>What ").Append(Text(agent.Agent)).Append(" would have learned</h2>\n");
        if (agent.Learned.Corrector is { } corrector) html.Append("<p>Corrector: ").Append(Text(corrector.Says())).Append("</p>\n");
        if (agent.Learned.Learned.IsEmpty)
        {
            html.Append("<p>No rule was certified.</p>\n");
            return;
        }
        html.Append("<table><thead><tr><th>rule</th><th>fixed</th><th>broken</th></tr></thead><tbody>\n");
        foreach (var rule in agent.Learned.Learned.Take(MostRules))
        {
            html.Append("<tr><td class=\"rule\">").Append(Text(rule.Text)).Append("</td>");
            Cell(html, Number(rule.Fixes));
            Cell(html, Number(rule.Breaks));
            html.Append("</tr>\n");
        }
        html.Append("</tbody></table>\n");
        if (agent.Learned.Learned.Length > MostRules) html.Append("<p>and ").Append(Number(agent.Learned.Learned.Length - MostRules)).Append(" more.</p>\n");
    }

    private static void Cell(StringBuilder html, string text) => html.Append("<td>").Append(Text(text)).Append("</td>");

    // Control characters have no place in a page, whatever they stand for.
    private static string Text(string text) => WebUtility.HtmlEncode(string.Concat(text.Select(static c => char.IsControl(c) ? '\uFFFD' : c)));

    private static string Number(int value) => value.ToString("N0", CultureInfo.InvariantCulture);

    private static string Percent(int part, int whole) => whole == 0 ? "-" : (100.0 * part / whole).ToString("F1", CultureInfo.InvariantCulture) + " %";

    private const string Style = """

        :root { color-scheme: light dark; --ink: #1b1f24; --soft: #59636e; --line: #d1d9e0; --paper: #ffffff; --alone: #9a4b00; --emend: #0b57a4; --worse: #a40e26; }
        @media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --soft: #9198a1; --line: #3d444d; --paper: #0d1117; --alone: #ffb066; --emend: #7cb7ff; --worse: #ff8f9d; } }
        body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
        main { max-width: 60rem; margin: 0 auto; padding: 2rem 1.25rem 3rem; }
        h1 { font-size: 1.7rem; margin: 0 0 .25rem; } h2 { font-size: 1.2rem; margin: 2.25rem 0 .5rem; overflow-wrap: anywhere; }
        .how, footer, .tick, dt { color: var(--soft); } footer { margin-top: 2.5rem; font-size: .9rem; }
        .figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(13rem, 1fr)); gap: 1rem; margin: 1.5rem 0; } .figures div { border: 1px solid var(--line); border-radius: 6px; padding: .75rem 1rem; }
        dt { font-size: .9rem; } dd { margin: 0; font-size: 1.6rem; font-variant-numeric: tabular-nums; }
        figure { margin: 0 0 1rem; } svg { display: block; width: 100%; height: auto; } figcaption { display: flex; flex-wrap: wrap; gap: 1.5rem; font-size: .9rem; } .key { display: inline-flex; align-items: center; gap: .5rem; } .key svg { width: 44px; height: 12px; }
        .grid { stroke: var(--line); } .tick { font-size: 13px; fill: var(--soft); } polyline { fill: none; stroke-width: 2; } .alone { stroke: var(--alone); } .emend { stroke: var(--emend); } polyline.alone, line.alone { stroke-dasharray: 6 4; stroke-width: 2; } line.emend { stroke-width: 2; }
        .alone.mark { fill: var(--paper); stroke-width: 1.5; } .emend.mark { fill: var(--emend); stroke: none; }
        table { border-collapse: collapse; width: 100%; margin: .75rem 0 1.5rem; font-variant-numeric: tabular-nums; } th, td { padding: .35rem .6rem; border-bottom: 1px solid var(--line); text-align: right; vertical-align: top; } th:first-child, td.rule { text-align: left; font-weight: normal; overflow-wrap: anywhere; } thead th { font-weight: 600 !important; color: var(--soft); font-size: .9rem; }
        td.bar, th.bar { width: 9rem; min-width: 6rem; } td.bar svg { margin-top: .2rem; } .filled { fill: var(--emend); } .outline { fill: none; stroke: var(--alone); stroke-width: 1.5; } .worse { color: var(--worse); font-weight: 700; }
        @media (max-width: 40rem) { td.bar, th.bar { display: none; } th, td { padding: .3rem .35rem; font-size: .9rem; } }
        @media print { body { font-size: 11pt; } h2 { break-after: avoid; } table, figure { break-inside: avoid; } }

        """;
}
