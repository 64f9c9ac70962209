namespace Emend.Client.Capturing;

/// <summary>Why a record was lost.</summary>
public enum LossReason
{
    /// <summary>Decisions came faster than they could be written to disk, and the queue in memory was full.</summary>
    QueueFull,
    /// <summary>The spool was full.</summary>
    SpoolFull,
    /// <summary>It made room for a correction.</summary>
    MadeRoom,
    /// <summary>The disk refused it.</summary>
    DiskFault,
    /// <summary>It was half written when the process died; nobody was told that it is safe.</summary>
    Torn,
    /// <summary>It was damaged on disk.</summary>
    Corrupt,
    /// <summary>The server does not take it, whatever is tried; the log says why.</summary>
    Refused,
    /// <summary>It is larger than a record may be.</summary>
    TooLarge,
}

/// <summary>What became of everything this client was given to send. <c>Recorded = Sent + Waiting + Dropped</c> at every moment.</summary>
/// <param name="Recorded">Records taken on, those an earlier process left behind included.</param>
/// <param name="Sent">Acknowledged by the server, which had it on disk then.</param>
/// <param name="Waiting">In memory or on disk, not acknowledged yet.</param>
/// <param name="Losses">Lost, by reason.</param>
public sealed record RecordCounts(long Recorded, long Sent, long Waiting, IReadOnlyDictionary<LossReason, long> Losses)
{
    /// <summary>Lost, for whatever reason.</summary>
    public long Dropped => Losses.Values.Sum();
}

/// <summary>Keeps count of records: each is in exactly one place.</summary>
internal sealed class Ledger
{
    private static readonly string[] Names = Enum.GetNames<LossReason>();

    private readonly Lock _lock = new();
    private readonly long[] _losses = new long[Enum.GetValues<LossReason>().Length];
    private long _recorded, _sent, _waiting;

    /// <summary>Taken on.</summary>
    public void Took(long records = 1)
    {
        lock (_lock)
        {
            _recorded += records;
            _waiting += records;
        }
    }

    /// <summary>Acknowledged by the server.</summary>
    public void Sent(long records)
    {
        lock (_lock)
        {
            _sent += records;
            _waiting -= records;
        }
    }

    /// <summary>Lost, having been taken on.</summary>
    public void Lost(LossReason why, long records = 1)
    {
        if (records == 0) return;
        lock (_lock)
        {
            _losses[(int)why] += records;
            _waiting -= records;
        }
        if (Observing.ClientMeters.Dropped.Enabled) Observing.ClientMeters.Dropped.Add(records, new KeyValuePair<string, object?>("reason", Names[(int)why]));
    }

    /// <summary>The counts at one moment.</summary>
    public RecordCounts Counts()
    {
        lock (_lock)
            return new(_recorded, _sent, _waiting, _losses.Select(static (count, i) => (Why: (LossReason)i, count)).Where(static one => one.count > 0).ToDictionary(static one => one.Why, static one => one.count));
    }
}
