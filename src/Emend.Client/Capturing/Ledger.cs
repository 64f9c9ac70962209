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

/// <summary>Keeps count of records: each is in exactly one place. No lock: what waits is what was taken on and is neither sent nor lost.</summary>
internal sealed class Ledger(LossRegister? register = null)
{
    private static readonly string[] Names = Enum.GetNames<LossReason>();

    private readonly long[] _losses = new long[Names.Length];
    private long _recorded, _sent;

    /// <summary>Taken on. Before a record can be sent or lost, on whatever thread.</summary>
    public void Took(long records = 1) => Interlocked.Add(ref _recorded, records);

    /// <summary>Acknowledged by the server.</summary>
    public void Sent(long records) => Interlocked.Add(ref _sent, records);

    /// <summary>Lost, having been taken on.</summary>
    public void Lost(LossReason why, long records = 1)
    {
        if (records == 0) return;
        Interlocked.Add(ref _losses[(int)why], records);
        register?.Add(why, records);
        // A full queue is met while deciding, where nothing waits for a disk: its recorder writes that down.
        if (why != LossReason.QueueFull) register?.Save();
        if (Observing.ClientMeters.Dropped.Enabled) Observing.ClientMeters.Dropped.Add(records, new KeyValuePair<string, object?>("reason", Names[(int)why]));
    }

    /// <summary>The counts at one moment.</summary>
    public RecordCounts Counts()
    {
        // Ends before beginnings: a record that is counted as sent or lost here is also counted as taken on below.
        var losses = new Dictionary<LossReason, long>();
        long dropped = 0;
        for (var i = 0; i < _losses.Length; i++)
        {
            if (Interlocked.Read(ref _losses[i]) is not (> 0 and var count)) continue;
            losses.Add((LossReason)i, count);
            dropped += count;
        }
        var sent = Interlocked.Read(ref _sent);
        var recorded = Interlocked.Read(ref _recorded);
        return new(recorded, sent, recorded - sent - dropped, losses);
    }
}
