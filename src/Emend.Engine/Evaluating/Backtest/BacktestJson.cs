using System.Text.Json;

namespace Emend.Engine.Evaluating.Backtest;

/// <summary>The report for machines: one object, the sums first, then the same for each agent with what it learned.</summary>
internal static class BacktestJson
{
    /// <summary>Writes it.</summary>
    public static void Write(Utf8JsonWriter json, BacktestReport report)
    {
        json.WriteStartObject();
        Counts(json, report.Total, report.Seconds);
        json.WriteStartArray("agents");
        foreach (var agent in report.Agents)
        {
            json.WriteStartObject();
            json.WriteString("agent", agent.Agent);
            Counts(json, agent.Tally, agent.Seconds);
            json.WriteStartArray("learned");
            foreach (var rule in agent.Learned.Learned) rule.WriteTo(json);
            json.WriteEndArray();
            if (agent.Learned.Corrector is { } corrector)
            {
                json.WritePropertyName("corrector");
                corrector.WriteTo(json);
            }
            json.WriteEndObject();
        }
        json.WriteEndArray();
        Slices(json, report);
        json.WriteEndObject();
    }

    private static void Slices(Utf8JsonWriter json, BacktestReport report)
    {
        json.WriteStartArray("slices");
        foreach (var slice in ReportSlices.Of(report.Scored))
        {
            json.WriteStartObject();
            json.WriteString("dimension", slice.Dimension);
            json.WriteString("value", slice.Value);
            json.WriteNumber("decisions", slice.Errors.Decisions);
            json.WriteNumber("agentErrors", slice.Errors.AgentErrors);
            json.WriteNumber("emendErrors", slice.Errors.EmendErrors);
            json.WriteNumber("fixes", slice.Fixes);
            json.WriteNumber("breaks", slice.Breaks);
            json.WriteBoolean("worse", slice.IsWorse);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    /// <summary>The report as text.</summary>
    public static string Text(BacktestReport report)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes)) Write(json, report);
        return System.Text.Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length);
    }

    private static void Counts(Utf8JsonWriter json, BacktestTally tally, double seconds)
    {
        json.WriteNumber("decisions", tally.Errors.Decisions);
        json.WriteNumber("agentErrors", tally.Errors.AgentErrors);
        json.WriteNumber("emendErrors", tally.Errors.EmendErrors);
        json.WriteNumber("fixes", tally.Fixes);
        json.WriteNumber("breaks", tally.Breaks);
        json.WriteNumber("escalations", tally.Escalations);
        json.WriteNumber("overrides", tally.Overrides);
        json.WriteNumber("corrections", tally.Corrections);
        json.WriteNumber("rules", tally.Rules);
        json.WriteNumber("unscored", tally.Unscored);
        json.WriteNumber("seconds", Math.Round(seconds, 3));
        json.WriteStartArray("fifths");
        foreach (var fifth in tally.Fifths)
        {
            json.WriteStartObject();
            json.WriteNumber("agentErrors", fifth.AgentErrors);
            json.WriteNumber("emendErrors", fifth.EmendErrors);
            json.WriteNumber("decisions", fifth.Decisions);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }
}
