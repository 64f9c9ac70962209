using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Emend.Engine.Reviewing;

/// <summary>Traces and metrics of this stage: source and meter <c>Emend.Reviewing</c>. Counts and codes only, never content.</summary>
internal static class ReviewingTelemetry
{
    public const string Name = "Emend.Reviewing";

    public static readonly ActivitySource Source = new(Name);

    private static readonly Meter Meter = new(Name);
    private static readonly Counter<long> Lanes = Meter.CreateCounter<long>("emend.reviewing.standings", "{standing}", "Standings derived, by lane and whether they are ruled.");
    private static readonly Counter<long> Rulings = Meter.CreateCounter<long>("emend.reviewing.rulings", "{ruling}", "Rulings by people: granted, or refused by reason.");
    private static readonly Counter<long> Withdrawals = Meter.CreateCounter<long>("emend.reviewing.withdrawals", "{withdrawal}", "Withdrawals: granted, or refused by reason.");

    private static readonly Counter<long> Audits = Meter.CreateCounter<long>("emend.reviewing.audits", "{decision}", "Decisions drawn at random for review.");

    private static readonly string[] Names = ["fast", "review", "escalated"];

    public static void Drew(int decisions) => Audits.Add(decisions);

    public static void Derived(Standing standing) => Lanes.Add(1, new("emend.lane", Names[(int)standing.Lane]), new("emend.ruled", standing.IsRuled));

    public static void Ruled(Refusal? why) => Rulings.Add(1, new KeyValuePair<string, object?>("emend.result", why?.Code ?? "granted"));

    public static void Withdrawn(Refusal? why) => Withdrawals.Add(1, new KeyValuePair<string, object?>("emend.result", why?.Code ?? "granted"));
}
