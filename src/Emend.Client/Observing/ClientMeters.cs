using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Emend.Client.Observing;

/// <summary>Traces and metrics of the SDK: counts, kinds and codes only. Subscribe to <see cref="Name"/>.</summary>
public static class ClientMeters
{
    /// <summary>Name of the activity source and of the meter.</summary>
    public const string Name = "Emend.Client";

    internal static readonly ActivitySource Source = new(Name);

    internal static readonly Meter Meter = new(Name);

    internal static readonly Counter<long> Decided = Meter.CreateCounter<long>("emend.client.decisions", "{decision}", "Decisions, by what became of the proposal.");

    internal static readonly Counter<long> Fallbacks = Meter.CreateCounter<long>("emend.client.fallbacks", "{decision}", "Decisions that no bundle took, by reason.");

    internal static readonly Counter<long> Shadow = Meter.CreateCounter<long>("emend.client.shadow", "{decision}", "Decisions on which a candidate was computed beside, by whether it differs.");

    internal static readonly Counter<long> Guided = Meter.CreateCounter<long>("emend.client.guidance", "{question}", "Questions for guidance, by result.");

    internal static readonly Counter<long> Dropped = Meter.CreateCounter<long>("emend.client.dropped", "{record}", "Records lost, by reason.");

    internal static readonly Counter<long> Sent = Meter.CreateCounter<long>("emend.client.sent", "{record}", "Records the server acknowledged.");

    internal static readonly Counter<long> Attempts = Meter.CreateCounter<long>("emend.client.send_failures", "{attempt}", "Attempts to send that failed, by kind.");

    internal static readonly Counter<long> Refused = Meter.CreateCounter<long>("emend.client.bundles_refused", "{manifest}", "Manifests and bundles that were not used, by code.");

    internal static readonly Counter<long> Applied = Meter.CreateCounter<long>("emend.client.bundles_applied", "{manifest}", "Manifests put in force.");

    internal static readonly Histogram<double> TimeToApply = Meter.CreateHistogram<double>("emend.client.time_to_apply", "ms", "From a release step on the server to its effect here, by the two clocks.");

    internal static readonly Counter<long> Unsaved = Meter.CreateCounter<long>("emend.client.bundles_unsaved", "{manifest}", "Manifests in force that could not be saved to disk.");
}
