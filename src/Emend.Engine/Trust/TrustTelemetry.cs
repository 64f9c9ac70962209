using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Emend.Engine.Trust;

/// <summary>Traces and metrics of trust: source and meter <c>Emend.Trust</c>. Counts and codes only, never who.</summary>
internal static class TrustTelemetry
{
    public const string Name = "Emend.Trust";

    public static readonly ActivitySource Source = new(Name);

    private static readonly Meter Meter = new(Name);
    private static readonly Counter<long> Changes = Meter.CreateCounter<long>("emend.trust.changes", "{change}", "Quarantines, releases and gold items: granted, or refused by reason.");
    private static readonly Counter<long> HeldBack = Meter.CreateCounter<long>("emend.trust.held_back", "{case}", "Reviewed decisions that did not reach a learner, by each build.");

    public static void Changed(string what, Refusal? why) => Changes.Add(1, new("emend.change", what), new("emend.result", why?.Code ?? "granted"));

    public static void Weighed(TrustedCases cases)
    {
        if (cases.HeldBack > 0) HeldBack.Add(cases.HeldBack);
    }
}
