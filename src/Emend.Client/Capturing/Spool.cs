namespace Emend.Client.Capturing;

/// <summary>Which queue on disk.</summary>
internal enum SpoolRank : byte
{
    /// <summary>Decisions, outcomes, confirmations.</summary>
    Ordinary,
    /// <summary>Corrections, and the decisions they are about: what people did by hand.</summary>
    Corrections,
}

/// <summary>
/// What waits to be sent, on disk, bounded. Ordinary records may take three quarters of the room; when it is full, new ones are dropped.
/// A correction takes all of it, and the place of the oldest ordinary records when it must. Everything dropped is counted.
/// </summary>
internal sealed class Spool : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Ledger _ledger;
    private readonly long _room;
    private readonly SpoolLane _ordinary, _corrections;

    public Spool(string stateFolder, long room, Ledger ledger)
    {
        (_room, _ledger) = (room, ledger);
        var folder = Path.Combine(stateFolder, "spool");
        DurableFile.CreateFolder(folder);
        var segment = Math.Clamp(room / 16, 64 * 1024, 4 << 20);
        _ordinary = SpoolLane.Open(Path.Combine(folder, "ordinary"), segment, out var torn, out var corrupt);
        _corrections = SpoolLane.Open(Path.Combine(folder, "corrections"), segment, out var tornToo, out var corruptToo);
        ledger.Took(_ordinary.Waiting + _corrections.Waiting + torn + tornToo + corrupt + corruptToo);
        ledger.Lost(LossReason.Torn, torn + tornToo);
        ledger.Lost(LossReason.Corrupt, corrupt + corruptToo);
    }

    /// <summary>Records on disk that wait.</summary>
    public long Waiting
    {
        get
        {
            lock (_lock) return _ordinary.Waiting + _corrections.Waiting;
        }
    }

    /// <summary>Bytes on disk.</summary>
    public long Bytes
    {
        get
        {
            lock (_lock) return _ordinary.Bytes + _corrections.Bytes;
        }
    }

    /// <summary>Appends a record that the ledger took on; says whether it is there, and counts it as lost when not.</summary>
    public bool Append(SpoolRank rank, RecordKind kind, ReadOnlySpan<byte> payload)
    {
        if (payload.Length > Frame.MaxPayload) return Lose(LossReason.TooLarge);
        lock (_lock)
        {
            try
            {
                if (!HasRoom(rank, Frame.SizeOf(payload.Length))) return Lose(LossReason.SpoolFull);
                (rank == SpoolRank.Ordinary ? _ordinary : _corrections).Append(kind, payload);
                return true;
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
            {
                return Lose(LossReason.DiskFault);
            }
        }
    }

    /// <summary>Puts what was appended on the disk itself; false when the disk refused.</summary>
    public bool Flush()
    {
        lock (_lock)
        {
            try
            {
                _ordinary.Flush();
                _corrections.Flush();
                return true;
            }
            catch (IOException)
            {
                return false;
            }
        }
    }

    /// <summary>The oldest records of a queue; null when none wait.</summary>
    public SpoolBatch? Read(SpoolRank rank, int most)
    {
        SpoolPlace? at;
        lock (_lock) at = Lane(rank).Next();
        return at is { } place ? SpoolLane.Read(place, most) : null;
    }

    /// <summary>Takes a batch off: what the server refused is counted as lost, the rest as sent.</summary>
    public void Acknowledge(SpoolRank rank, SpoolBatch batch, long refused)
    {
        long done, unreadable;
        lock (_lock) (done, unreadable) = Lane(rank).Acknowledge(batch);
        _ledger.Lost(LossReason.Corrupt, unreadable);
        done -= unreadable;
        _ledger.Lost(LossReason.Refused, Math.Min(refused, done));
        _ledger.Sent(Math.Max(0, done - refused));
    }

    /// <summary>Lets go of a batch that was not sent.</summary>
    public void Release(SpoolRank rank, SpoolBatch batch)
    {
        lock (_lock) Lane(rank).Release(batch);
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _ordinary.Dispose();
            _corrections.Dispose();
        }
    }

    private SpoolLane Lane(SpoolRank rank) => rank == SpoolRank.Ordinary ? _ordinary : _corrections;

    private bool HasRoom(SpoolRank rank, int size)
    {
        if (rank == SpoolRank.Ordinary) return _ordinary.Bytes + size <= _room / 4 * 3 && _ordinary.Bytes + _corrections.Bytes + size <= _room;
        while (_ordinary.Bytes + _corrections.Bytes + size > _room)
        {
            var lost = _ordinary.DropOldest();
            if (lost < 0) return false;
            _ledger.Lost(LossReason.MadeRoom, lost);
        }
        return true;
    }

    private bool Lose(LossReason why)
    {
        _ledger.Lost(why);
        return false;
    }
}
