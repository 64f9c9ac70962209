using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Emend.Engine.Normalizing;

/// <summary>Traces and metrics of this stage: source and meter <c>Emend.Normalizing</c>. Counts and codes only, never content.</summary>
internal static class NormalizingTelemetry
{
    public const string Name = "Emend.Normalizing";

    public static readonly ActivitySource Source = new(Name);

    private static readonly Meter Meter = new(Name);
    private static readonly Counter<long> Definitions = Meter.CreateCounter<long>("emend.normalizing.definitions", "{definition}", "Agents registered and changed: granted, or refused by reason.");

    public static void Defined(string type, Refusal? why) => Definitions.Add(1, new("emend.entry.type", type), new("emend.result", why?.Code ?? "granted"));
}
