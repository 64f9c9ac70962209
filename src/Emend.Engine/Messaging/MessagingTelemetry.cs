using System.Diagnostics.Metrics;

namespace Emend.Engine.Messaging;

/// <summary>Measurements of messaging: counts by result code only.</summary>
internal static class MessagingTelemetry
{
    /// <summary>Name of the meter.</summary>
    public const string Name = "Emend.Messaging";

    private static readonly Meter Meter = new(Name);
    private static readonly Counter<long> Attempts = Meter.CreateCounter<long>("emend.messaging.attempts", "{attempt}", "Attempts to deliver a message, by result.");
    private static readonly Counter<long> GivenUp = Meter.CreateCounter<long>("emend.messaging.dead", "{message}", "Messages that were given up.");

    /// <summary>An attempt ended.</summary>
    public static void Attempted(string result) => Attempts.Add(1, new KeyValuePair<string, object?>("result", result));

    /// <summary>A message was given up.</summary>
    public static void Dead() => GivenUp.Add(1);
}
