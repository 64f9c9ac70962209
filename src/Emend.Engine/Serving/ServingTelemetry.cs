using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Emend.Engine.Serving;

/// <summary>Traces and metrics of the serving stage: counts only.</summary>
internal static class ServingTelemetry
{
    /// <summary>Name of the activity source and of the meter.</summary>
    public const string Name = "Emend.Serving";

    public static readonly ActivitySource Source = new(Name);

    private static readonly Meter Meter = new(Name);

    /// <summary>Decisions served, by arm.</summary>
    public static readonly Counter<long> Served = Meter.CreateCounter<long>("emend.serving.served", "{decision}", "Decisions served, by arm.");

    /// <summary>Decided without the bundle on the board, because it may not act; by what decided instead.</summary>
    public static readonly Counter<long> Unusable = Meter.CreateCounter<long>("emend.serving.unusable", "{batch}", "Batches of decisions, or single ones, decided without the bundle on the board because it may not act, by what decided instead.");

    /// <summary>Manifests signed.</summary>
    public static readonly Counter<long> Published = Meter.CreateCounter<long>("emend.serving.manifests", "{manifest}", "Manifests signed.");

    /// <summary>Manifests that could not be signed, by kind of fault; tried again.</summary>
    public static readonly Counter<long> PublishFailures = Meter.CreateCounter<long>("emend.serving.manifest_failures", "{attempt}", "Attempts to sign a manifest that failed, by kind of fault.");

    /// <summary>Questions for guidance, by result.</summary>
    public static readonly Counter<long> Guided = Meter.CreateCounter<long>("emend.serving.guidance", "{question}", "Questions for guidance, by result.");

    /// <summary>Decisions that clients reported as served, by result.</summary>
    public static readonly Counter<long> Reported = Meter.CreateCounter<long>("emend.serving.reported", "{decision}", "Decisions reported by clients, by result.");
}
