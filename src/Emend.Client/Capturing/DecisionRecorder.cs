using System.Numerics;
using System.Runtime.CompilerServices;

namespace Emend.Client.Capturing;

/// <summary>
/// Takes decisions off the deciding thread: a bounded ring in memory that a thread of its own empties into the spool. Nothing is
/// allocated, nothing is locked and nothing waits for the disk; when the ring is full the decision is dropped and counted.
/// </summary>
/// <remarks>
/// The ring is the bounded queue of D. Vyukov (1024cores.net): a place carries the number of the turn it is ready for, so that a writer
/// takes it with one compare-and-swap, and the one reader with none.
/// </remarks>
internal sealed class DecisionRecorder : IDisposable
{
    // A thread that has just written looks again by itself for a while: waking it would cost the next decision more than all the rest.
    private const int LooksBeforeSleeping = 4;
    private const long AtOnce = 256;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);

    private readonly object _gate = new();
    private readonly Place[] _ring;
    private readonly RecordedDecision[] _remembered;
    private readonly RecordWriter _writer = new();
    private readonly Spool _spool;
    private readonly Ledger _ledger;
    private readonly LossRegister _losses;
    private readonly string _agent;
    private readonly TimeProvider _clock;
    private readonly TimeSpan _flushEvery;
    private readonly Action _written;
    private readonly long _mask;
    private Thread? _thread;
    private int _nextRemembered;
    private volatile bool _isAsleep = true, _isStopping; // until the first decision there is no thread: that wakes it into being
    private Turns _turns;

    public DecisionRecorder(EmendClientOptions options, Spool spool, Ledger ledger, LossRegister losses, TimeProvider clock, Action written)
    {
        (_spool, _ledger, _losses, _clock, _written) = (spool, ledger, losses, clock, written);
        (_agent, _flushEvery) = (options.Agent, options.FlushEvery);
        _ring = new Place[BitOperations.RoundUpToPowerOf2((uint)Math.Max(2, options.QueuedDecisions))];
        for (var i = 0; i < _ring.Length; i++) _ring[i].Turn = i;
        _mask = _ring.Length - 1;
        _remembered = new RecordedDecision[options.RememberedDecisions];
    }

    /// <summary>Decisions that wait in memory.</summary>
    public long Waiting
    {
        get
        {
            var head = Volatile.Read(ref _turns.Head);
            return Volatile.Read(ref _turns.Tail) - head;
        }
    }

    /// <summary>Takes a decision on. Never waits.</summary>
    public void Record(in Proposal proposal, in DecisionResult result, long at, double inclusion)
    {
        _ledger.Took();
        var turn = Volatile.Read(ref _turns.Tail);
        while (true)
        {
            ref var place = ref _ring[turn & _mask];
            var ready = Volatile.Read(ref place.Turn);
            if (ready < turn || _isStopping)
            {
                _ledger.Lost(LossReason.QueueFull);
                return;
            }
            var seen = ready > turn ? Volatile.Read(ref _turns.Tail) : Interlocked.CompareExchange(ref _turns.Tail, turn + 1, turn);
            if (ready > turn || seen != turn)
            {
                turn = seen;
                continue;
            }
            place.One.Proposal = proposal;
            place.One.Result = result;
            (place.One.At, place.One.Inclusion) = (at, inclusion);
            Volatile.Write(ref place.Turn, turn + 1);
            break;
        }
        // The swap above was a full fence: either this sees that the thread sleeps, or the thread saw the turn taken before it slept.
        if (_isAsleep || (turn & (AtOnce - 1)) == 0 && turn - Volatile.Read(ref _turns.Head) > _mask / 2) Wake();
    }

    /// <summary>Remembers a decision that is not recorded, in the place of the oldest one remembered.</summary>
    public void Remember(in Proposal proposal, in DecisionResult result, long at, double inclusion)
    {
        if (_remembered.Length == 0) return;
        lock (_remembered)
        {
            _remembered[_nextRemembered] = new() { Proposal = proposal, Result = result, At = at, Inclusion = inclusion };
            _nextRemembered = (_nextRemembered + 1) % _remembered.Length;
        }
    }

    /// <summary>Gives a remembered decision back, once.</summary>
    public bool TryRecall(string id, out RecordedDecision found)
    {
        lock (_remembered)
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

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Wake()
    {
        lock (_gate)
        {
            _isAsleep = false;
            Monitor.Pulse(_gate);
            if (_thread is not null || _isStopping) return;
            _thread = new(Work) { IsBackground = true, Name = "emend-recorder" };
            _thread.Start();
        }
    }

    private void Work()
    {
        var flushed = _clock.GetTimestamp();
        var (isDirty, looks) = (false, 0);
        while (true)
        {
            var isOver = _isStopping; // asked before looking: what was taken on until then is written
            var isAny = WriteOut(ref isDirty);
            _losses.Save();
            if (isDirty && (isOver || _clock.GetElapsedTime(flushed) >= _flushEvery))
            {
                isDirty = !_spool.Flush();
                flushed = _clock.GetTimestamp();
            }
            if (isAny)
            {
                looks = 0;
                _written();
            }
            else if (isOver && Waiting == 0)
            {
                return;
            }
            else
            {
                Wait(++looks, isDirty ? _flushEvery : Timeout.InfiniteTimeSpan);
            }
        }
    }

    // A decision leaves the ring once it is in the spool, so that it is always somewhere.
    private bool WriteOut(ref bool isDirty)
    {
        var head = _turns.Head;
        var until = head + AtOnce;
        for (; head < until; head++)
        {
            ref var place = ref _ring[head & _mask];
            if (Volatile.Read(ref place.Turn) != head + 1) break;
            isDirty |= _spool.Append(SpoolRank.Ordinary, RecordKind.Decision, _writer.Decision(place.One, _agent));
            place.One = default; // a quiet agent does not hold on to its last contexts
            Volatile.Write(ref place.Turn, head + _ring.Length);
            Volatile.Write(ref _turns.Head, head + 1);
        }
        return head > until - AtOnce;
    }

    private void Wait(int looks, TimeSpan most)
    {
        lock (_gate)
        {
            if (_isStopping) return;
            if (looks > LooksBeforeSleeping)
            {
                _isAsleep = true;
                Interlocked.MemoryBarrier();
            }
            // Somebody who has taken a turn may be about to fill its place: looked at again after a pause.
            Monitor.Wait(_gate, _isAsleep && Waiting == 0 ? most : Pause);
            _isAsleep = false;
        }
    }

    private struct Place
    {
        public long Turn;
        public RecordedDecision One;
    }

    // Who writes and who reads do not share a line of the cache.
    [System.Runtime.InteropServices.StructLayout(System.Runtime.InteropServices.LayoutKind.Explicit, Size = 384)]
    private struct Turns
    {
        [System.Runtime.InteropServices.FieldOffset(128)]
        public long Tail;
        [System.Runtime.InteropServices.FieldOffset(256)]
        public long Head;
    }
}

/// <summary>A decision as it waits to be written.</summary>
internal struct RecordedDecision
{
    public Proposal Proposal;
    public DecisionResult Result;
    public long At;
    public double Inclusion;
}
