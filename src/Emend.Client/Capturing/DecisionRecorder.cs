namespace Emend.Client.Capturing;

/// <summary>
/// Takes decisions off the deciding thread: a bounded ring in memory that a thread of its own empties into the spool. Nothing is
/// allocated and nothing waits for the disk; when the ring is full the decision is dropped and counted.
/// </summary>
internal sealed class DecisionRecorder : IDisposable
{
    private const int Most = 256;

    private readonly object _gate = new();
    private readonly RecordedDecision[] _ring;
    private readonly RecordedDecision[] _remembered;
    private readonly RecordedDecision[] _taken = new RecordedDecision[Most];
    private readonly RecordWriter _writer = new();
    private readonly Spool _spool;
    private readonly Ledger _ledger;
    private readonly LossRegister _losses;
    private readonly string _agent;
    private readonly TimeProvider _clock;
    private readonly TimeSpan _flushEvery;
    private readonly Action _written;
    private Thread? _thread;
    private int _head, _count, _nextRemembered;
    private bool _isStopping, _isWaiting;

    public DecisionRecorder(EmendClientOptions options, Spool spool, Ledger ledger, LossRegister losses, TimeProvider clock, Action written)
    {
        (_spool, _ledger, _losses, _clock, _written) = (spool, ledger, losses, clock, written);
        (_agent, _flushEvery) = (options.Agent, options.FlushEvery);
        _ring = new RecordedDecision[options.QueuedDecisions];
        _remembered = new RecordedDecision[options.RememberedDecisions];
    }

    /// <summary>Decisions that wait in memory.</summary>
    public int Waiting
    {
        get
        {
            lock (_gate) return _count;
        }
    }

    /// <summary>Takes a decision on. Never waits for the disk.</summary>
    public void Record(in RecordedDecision one)
    {
        _ledger.Took();
        lock (_gate)
        {
            if (_count < _ring.Length && !_isStopping)
            {
                _ring[(_head + _count) % _ring.Length] = one;
                _count++;
                if (_isWaiting) Monitor.Pulse(_gate);
                if (_thread is null) Begin();
                return;
            }
        }
        _ledger.Lost(LossReason.QueueFull);
    }

    /// <summary>Remembers a decision that is not recorded, in the place of the oldest one remembered.</summary>
    public void Remember(in RecordedDecision one)
    {
        if (_remembered.Length == 0) return;
        lock (_gate)
        {
            _remembered[_nextRemembered] = one;
            _nextRemembered = (_nextRemembered + 1) % _remembered.Length;
        }
    }

    /// <summary>Gives a remembered decision back, once.</summary>
    public bool TryRecall(string id, out RecordedDecision found)
    {
        lock (_gate)
        {
            for (var i = 0; i < _remembered.Length; i++)
            {
                if (_remembered[i].Proposal.Context is null || !_remembered[i].Result.Id.Reads(id)) continue;
                found = _remembered[i];
                _remembered[i] = default;
                return true;
            }
        }
        found = default;
        return false;
    }

    /// <summary>Writes out what waits, and ends.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_isStopping) return;
            _isStopping = true;
            Monitor.PulseAll(_gate);
        }
        _thread?.Join();
        _writer.Dispose();
    }

    // With the first decision: an agent that only listens needs no thread.
    private void Begin()
    {
        _thread = new(Work) { IsBackground = true, Name = "emend-recorder" };
        _thread.Start();
    }

    private void Work()
    {
        var flushed = _clock.GetTimestamp();
        var isDirty = false;
        while (true)
        {
            var taken = Take(isDirty ? _flushEvery : Timeout.InfiniteTimeSpan, out var isOver);
            for (var i = 0; i < taken; i++) isDirty |= _spool.Append(SpoolRank.Ordinary, RecordKind.Decision, _writer.Decision(_taken[i], _agent));
            if (taken > 0) Free(taken);
            _losses.Save();
            if (isDirty && (isOver || taken == 0 || _clock.GetElapsedTime(flushed) >= _flushEvery))
            {
                isDirty = !_spool.Flush();
                flushed = _clock.GetTimestamp();
            }
            if (taken > 0) _written();
            if (isOver && taken == 0) return;
        }
    }

    // Copies the oldest; they stay in the ring until they are in the spool, so that they are always somewhere.
    private int Take(TimeSpan wait, out bool isOver)
    {
        lock (_gate)
        {
            if (_count == 0 && !_isStopping)
            {
                _isWaiting = true;
                Monitor.Wait(_gate, wait);
                _isWaiting = false;
            }
            isOver = _isStopping;
            var taken = Math.Min(_count, Most);
            for (var i = 0; i < taken; i++) _taken[i] = _ring[(_head + i) % _ring.Length];
            return taken;
        }
    }

    private void Free(int taken)
    {
        lock (_gate)
        {
            // References go, so that a quiet agent does not hold on to its last contexts.
            for (var i = 0; i < taken; i++) _ring[(_head + i) % _ring.Length] = default;
            _head = (_head + taken) % _ring.Length;
            _count -= taken;
        }
        Array.Clear(_taken, 0, taken);
    }
}
