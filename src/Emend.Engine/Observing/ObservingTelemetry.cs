using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Emend.Engine.Observing;

/// <summary>Traces and metrics of the observing stage: counts only.</summary>
internal static class ObservingTelemetry
{
    /// <summary>Name of the activity source and of the meter.</summary>
    public const string Name = "Emend.Observing";

    public static readonly ActivitySource Source = new(Name);

    private static readonly Meter Meter = new(Name);

    /// <summary>Releases taken back by their bad outcomes.</summary>
    public static readonly Counter<long> TakenBack = Meter.CreateCounter<long>("emend.observing.taken-back", "{release}", "Releases taken back automatically.");

    /// <summary>Looks at releases that the fast lane started, by what became of them.</summary>
    public static readonly Counter<long> Carried = Meter.CreateCounter<long>("emend.observing.carried", "{look}", "Looks at automatic releases, by result: advanced, held, taken-back.");

    /// <summary>Rules and correctors suspended because they did harm.</summary>
    public static readonly Counter<long> Suspended = Meter.CreateCounter<long>("emend.observing.suspended", "{rule}", "Rules and correctors suspended because they did harm.");

    private static readonly Counter<long> AlertChanges = Meter.CreateCounter<long>("emend.observing.alerts", "{alert}", "Alerts raised and cleared, by kind.");

    private static readonly Counter<long> ClientLosses = Meter.CreateCounter<long>("emend.observing.client-losses", "{record}", "Records that clients reported as lost, by reason.");

    /// <summary>A client lost records.</summary>
    public static void ClientLost(string reason, long records) => ClientLosses.Add(records, new KeyValuePair<string, object?>("reason", reason));

    /// <summary>An alert was raised or cleared.</summary>
    public static void AlertChanged(string kind, string change) =>
        AlertChanges.Add(1, new KeyValuePair<string, object?>("kind", kind), new KeyValuePair<string, object?>("change", change));
}
