using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Emend.Engine.Learning;

/// <summary>What learning tells operators: counts, never contents. Names are documented and stable.</summary>
internal static class LearningTelemetry
{
    /// <summary>Name of the activity source and the meter.</summary>
    public const string Name = "Emend.Learning";

    private static readonly ActivitySource s_source = new(Name);
    private static readonly Meter s_meter = new(Name);
    private static readonly Counter<long> s_builds = s_meter.CreateCounter<long>("emend.learning.builds", description: "Candidates built.");
    private static readonly Histogram<int> s_rules = s_meter.CreateHistogram<int>("emend.learning.rules", description: "Learned rules per candidate.");
    private static readonly Counter<long> s_refused = s_meter.CreateCounter<long>("emend.learning.rules.refused", description: "Mined rules that no gate let act.");

    /// <summary>Starts the span of a build.</summary>
    public static Activity? Start(LearningInput input)
    {
        var span = s_source.StartActivity("build");
        span?.SetTag("emend.agent", input.Agent.Id);
        span?.SetTag("emend.cases", input.Cases.Count);
        return span;
    }

    /// <summary>Counts a finished build.</summary>
    public static void Built(LearningInput input, LearningReport report)
    {
        var agent = new KeyValuePair<string, object?>("emend.agent", input.Agent.Id);
        s_builds.Add(1, agent);
        s_rules.Record(report.Learned.Length, agent);
        s_refused.Add(report.Refused.Length, agent);
    }
}
