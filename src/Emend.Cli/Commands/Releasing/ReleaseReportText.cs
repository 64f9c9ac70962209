using System.Globalization;
using System.Text.Json;
using Emend.Cli.Output;
using Emend.Engine.Evaluating.Statistics;
using Emend.Engine.Observing;
using Emend.Engine.Releasing;
using Spectre.Console;

namespace Emend.Cli.Commands.Releasing;

/// <summary>The statistics of a release, for people and for machines.</summary>
internal static class ReleaseReportText
{
    /// <summary>Prints it.</summary>
    public static void Show(Terminal to, string agent, ReleaseReport report)
    {
        var (release, evidence) = (report.Release, report.Evidence);
        to.Line($"{agent}: release {release.Id}, {Format.Digest(release.Candidate)} against {Format.Digest(release.Replaces)}, {ReleaseCommand.Share(release.Share)} since {Format.Instant(release.StepStartedAt)}");
        var arms = Terminal.Table("Arm", "Units", "Decisions", "Judged", "Wrong");
        Arm("candidate", evidence.Canary);
        Arm("stable", evidence.Stable);
        to.Show(arms);
        to.Line(string.Create(CultureInfo.InvariantCulture,
            $"units as planned: {evidence.Units.InCanary} in the canary, {evidence.Units.Expected:0.#} expected, evidence that they are not {Evidence(Math.Exp(evidence.Units.HighestLog))} (held at {SampleRatio.Broken:0})"));
        var table = Terminal.Table("Metric", "For", "Candidate", "Stable", "Units", "Difference, at every look", "Evidence against", "Evidence for", "Shown");
        foreach (var metric in report.Metrics)
        {
            table.AddRow(Terminal.Escape(metric.Name), metric.Use, Value(metric, metric.Canary), Value(metric, metric.Stable), Format.Number(metric.Units), Range(metric),
                metric.Against is { } against ? Evidence(against) : "-", metric.For is { } @for ? Evidence(@for) : "-", metric.IsShown ? "yes" : "not yet");
        }
        to.Show(table);
        foreach (var (wire, touched) in evidence.Tripwires) to.Line($"tripwire {wire.Metric}: {touched} of {wire.Count}");
        to.Line(string.Create(CultureInfo.InvariantCulture, $"taken back when any evidence against reaches {report.RollbackLine:0.#}; the last step asks for {report.PromotionLine:0.#} for every guard{(report.Policy.Success.IsDefaultOrEmpty ? "" : " and one success metric shown better")}"));
        to.Line(report.Standing switch
        {
            ReleaseStanding.MayAdvance => "It may go to its next step.",
            ReleaseStanding.TakeBack => "It is to be taken back: " + report.Why,
            ReleaseStanding.Hold => "It is held: " + report.Why,
            _ => "It gathers: " + report.Why,
        });

        void Arm(string name, ArmCounts counts) =>
            arms.AddRow(name, Format.Number(counts.Units), Format.Number(counts.Decisions), Format.Number(counts.Judged), $"{Format.Number(counts.Bad)} ({Format.Percent(counts.Bad, counts.Judged)})");
    }

    /// <summary>Writes that there is none.</summary>
    public static void WriteNone(Utf8JsonWriter json, string agent)
    {
        json.WriteStartObject();
        json.WriteString("agent", agent);
        json.WriteNull("release");
        json.WriteEndObject();
    }

    /// <summary>Writes it.</summary>
    public static void Write(Utf8JsonWriter json, string agent, ReleaseReport report)
    {
        var (release, evidence) = (report.Release, report.Evidence);
        json.WriteStartObject();
        json.WriteString("agent", agent);
        json.WriteString("release", release.Id);
        json.WriteString("candidate", release.Candidate);
        json.WriteString("replaces", release.Replaces);
        json.WriteNumber("shareBp", release.Share.BasisPoints);
        json.WriteString("standing", Format.Words(report.Standing));
        if (report.Code is not null) json.WriteString("code", report.Code);
        if (report.Why is not null) json.WriteString("why", report.Why);
        json.WriteNumber("rollbackLine", report.RollbackLine);
        json.WriteNumber("promotionLine", report.PromotionLine);
        json.WriteNumber("decisionsAtStep", evidence.DecisionsAtStep);
        json.WriteStartArray("arms");
        Arm("candidate", evidence.Canary);
        Arm("stable", evidence.Stable);
        json.WriteEndArray();
        json.WriteStartObject("units");
        json.WriteNumber("inCanary", evidence.Units.InCanary);
        json.WriteNumber("expected", evidence.Units.Expected);
        Finite("evidence", Math.Exp(evidence.Units.HighestLog));
        json.WriteBoolean("broken", evidence.Units.IsBroken);
        json.WriteEndObject();
        json.WriteStartArray("metrics");
        foreach (var metric in report.Metrics)
        {
            json.WriteStartObject();
            json.WriteString("name", metric.Name);
            json.WriteString("use", metric.Use);
            json.WriteString("compares", metric.IsMean ? "means" : "bad outcomes");
            json.WriteNumber("candidate", metric.Canary);
            json.WriteNumber("stable", metric.Stable);
            json.WriteNumber("units", metric.Units);
            Finite(metric.IsMean ? "differenceFrom" : "riskFrom", metric.Interval.Lower);
            Finite(metric.IsMean ? "differenceTo" : "riskTo", metric.Interval.Upper);
            if (metric.Against is { } against) Finite("against", against);
            if (metric.For is { } @for) Finite("for", @for);
            json.WriteBoolean("shown", metric.IsShown);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteStartArray("tripwires");
        foreach (var (wire, touched) in evidence.Tripwires)
        {
            json.WriteStartObject();
            json.WriteString("metric", wire.Metric.ToString());
            json.WriteNumber("touched", touched);
            json.WriteNumber("count", wire.Count);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();

        void Arm(string name, ArmCounts counts)
        {
            json.WriteStartObject();
            json.WriteString("arm", name);
            json.WriteNumber("units", counts.Units);
            json.WriteNumber("decisions", counts.Decisions);
            json.WriteNumber("judged", counts.Judged);
            json.WriteNumber("wrong", counts.Bad);
            json.WriteEndObject();
        }

        // JSON has no infinity: what is not known is not there.
        void Finite(string name, double value)
        {
            if (double.IsFinite(value)) json.WriteNumber(name, value);
        }
    }

    private static string Value(MetricReport metric, double value) => value.ToString(metric.IsMean ? "0.###" : "0", CultureInfo.InvariantCulture);

    private static string Range(MetricReport metric)
    {
        var (from, to) = metric.Interval;
        if (metric.IsMean) return metric.Interval.IsKnown ? string.Create(CultureInfo.InvariantCulture, $"{from:+0.###;-0.###;0} to {to:+0.###;-0.###;0}") : "not known yet";
        return string.Create(CultureInfo.InvariantCulture, $"{from:0.##} to {(double.IsInfinity(to) ? "any" : to.ToString("0.##", CultureInfo.InvariantCulture))} times as often");
    }

    private static string Evidence(double value) => value > 1e6 ? "over 1,000,000" : value.ToString("0.##", CultureInfo.InvariantCulture);
}
