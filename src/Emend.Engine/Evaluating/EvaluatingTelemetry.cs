using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Emend.Engine.Evaluating;

/// <summary>Traces and metrics of the evaluating stage: counts and codes only, never a decision's content.</summary>
internal static class EvaluatingTelemetry
{
    /// <summary>Name of the activity source and of the meter.</summary>
    public const string Name = "Emend.Evaluating";

    public static readonly ActivitySource Source = new(Name);

    private static readonly Meter Meter = new(Name);

    /// <summary>Decisions replayed.</summary>
    public static readonly Counter<long> Replayed = Meter.CreateCounter<long>("emend.evaluating.replayed", "{decision}", "Decisions replayed through a candidate.");

    /// <summary>Reports made, by result.</summary>
    public static readonly Counter<long> Reports = Meter.CreateCounter<long>("emend.evaluating.reports", "{report}", "Evaluation reports made, by result.");
}
