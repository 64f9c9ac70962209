using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Emend.Engine.Journal;

/// <summary>Measurements of the journal under the name <c>Emend.Journal</c>. Numbers only: no id, no text.</summary>
internal static class JournalTelemetry
{
    /// <summary>Name of the source and the meter.</summary>
    public const string Name = "Emend.Journal";

    /// <summary>Activities: <c>journal.verify</c>, <c>journal.rebuild</c>.</summary>
    public static readonly ActivitySource Source = new(Name);

    private static readonly Meter Meter = new(Name);

    /// <summary>Entries made durable.</summary>
    public static readonly Counter<long> Appends = Meter.CreateCounter<long>("emend.journal.appends", "{entry}", "Entries made durable");

    /// <summary>Records made durable.</summary>
    public static readonly Counter<long> Records = Meter.CreateCounter<long>("emend.journal.records", "{record}", "Records made durable");

    /// <summary>Changes per commit.</summary>
    public static readonly Histogram<int> GroupSize = Meter.CreateHistogram<int>("emend.journal.group.size", "{change}", "Changes that shared one commit");

    /// <summary>Time of a commit.</summary>
    public static readonly Histogram<double> CommitTime = Meter.CreateHistogram<double>("emend.journal.commit.time", "ms", "Time to make a group durable");

    /// <summary>Time to seal a draft.</summary>
    public static readonly Histogram<double> SealTime = Meter.CreateHistogram<double>("emend.journal.seal.time", "ms", "Time to commit to a draft's fields and encrypt them");
}
