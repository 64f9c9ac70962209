using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Emend.Logic.Evaluation;

/// <summary>
/// Which conditions hold? Each case is posted once, under its rarest equality or fact (Fabret et al., SIGMOD 2001: access predicates);
/// a look-up visits only the lists of what is true now, in order, and stops a list at the first that holds or comes too late.
/// </summary>
internal sealed class MatchIndex
{
    private readonly Posting[] _postings;
    private readonly int _alwaysEnd; // postings [0, _alwaysEnd) are under no key: tried every time
    private readonly Access[] _access; // lanes that have lists
    private readonly Head[] _heads; // each list ends where the next one starts
    private readonly int[] _factHeads;
    private readonly Extra[] _extras;
    private readonly int[] _sets;
    private readonly TestTree[] _trees;

    internal MatchIndex(Posting[] postings, int alwaysEnd, Access[] access, Head[] heads, int[] factHeads, Extra[] extras, int[] sets, TestTree[] trees)
    {
        (_postings, _alwaysEnd, _access, _heads, _factHeads, _extras, _sets, _trees) = (postings, alwaysEnd, access, heads, factHeads, extras, sets, trees);
    }

    /// <summary>The smallest owner that holds and has not expired; -1 for none.</summary>
    /// <param name="lanes">The case.</param>
    /// <param name="facts">The case.</param>
    /// <param name="at">Now, microseconds.</param>
    /// <param name="expires">By owner, the last microsecond it acts in; empty when none expires.</param>
    [SkipLocalsInit]
    public int First(ReadOnlySpan<int> lanes, in Facts facts, long at, ReadOnlySpan<long> expires)
    {
        var best = int.MaxValue;
        ref var lane = ref MemoryMarshal.GetReference(lanes);
        ref var postings = ref MemoryMarshal.GetArrayDataReference(_postings);
        if (_alwaysEnd > 0) Scan(ref postings, 0, _alwaysEnd, ref best, ref lane, lanes, facts, at, expires);

        // First find the lists and the one that may act earliest; trying that one first leaves most of the others unread. Which
        // lists remain depends on the data, so they are gathered without a branch that could be guessed wrong.
        Span<List> lists = stackalloc List[MaxAccess];
        var (count, earliest, earliestOwner) = (0, 0, int.MaxValue);
        foreach (var access in _access)
        {
            var value = Unsafe.Add(ref lane, access.Lane);
            if ((uint)value >= (uint)access.Values) continue;
            ref var head = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_heads), access.FirstHead + value);
            lists[count] = new(head.Start, Unsafe.Add(ref head, 1).Start, head.FirstOwner);
            earliest = head.FirstOwner < earliestOwner ? count : earliest;
            earliestOwner = Math.Min(earliestOwner, head.FirstOwner);
            count++;
        }
        if (earliestOwner < best)
        {
            var list = lists[earliest];
            lists[earliest] = new(0, 0, int.MaxValue);
            Scan(ref postings, list.Start, list.End, ref best, ref lane, lanes, facts, at, expires);
            var left = 0;
            for (var i = 0; i < count; i++)
            {
                lists[left] = lists[i];
                left += lists[i].FirstOwner < best ? 1 : 0;
            }
            for (var i = 0; i < left; i++)
                if (lists[i].FirstOwner < best) Scan(ref postings, lists[i].Start, lists[i].End, ref best, ref lane, lanes, facts, at, expires);
        }

        if (_factHeads.Length > 0)
        {
            foreach (var fact in facts.Listed)
                if (facts.Has(fact)) Scan(ref postings, _factHeads[fact], _factHeads[fact + 1], ref best, ref lane, lanes, facts, at, expires);
            if (facts.IsListCut)
            {
                for (var fact = 0; fact + 1 < _factHeads.Length; fact++)
                    if (facts.Has(fact)) Scan(ref postings, _factHeads[fact], _factHeads[fact + 1], ref best, ref lane, lanes, facts, at, expires);
            }
        }
        return best == int.MaxValue ? -1 : best;
    }

    /// <summary>Adds every owner that holds, in no order and possibly twice; expiry is the caller's to look at.</summary>
    public void All(ReadOnlySpan<int> lanes, in Facts facts, List<int> owners)
    {
        AddAll(0, _alwaysEnd, lanes, facts, owners);
        foreach (var access in _access)
        {
            var value = lanes[access.Lane];
            if ((uint)value < (uint)access.Values) AddAll(_heads[access.FirstHead + value].Start, _heads[access.FirstHead + value + 1].Start, lanes, facts, owners);
        }
        for (var fact = 0; fact + 1 < _factHeads.Length; fact++)
            if (facts.Has(fact)) AddAll(_factHeads[fact], _factHeads[fact + 1], lanes, facts, owners);
    }

    /// <summary>Lanes one index can be entered by; further ones are looked at only as residuals.</summary>
    public const int MaxAccess = 64;

    private void AddAll(int from, int to, ReadOnlySpan<int> lanes, in Facts facts, List<int> owners)
    {
        ref var lane = ref MemoryMarshal.GetReference(lanes);
        for (var i = from; i < to; i++)
        {
            ref readonly var posting = ref _postings[i];
            if (posting.Holds(ref lane) && (posting.More < 0 || MoreHolds(posting.More, lanes, facts))) owners.Add(posting.Owner);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Scan(ref Posting postings, int from, int to, ref int best, ref int lane, ReadOnlySpan<int> lanes, in Facts facts, long at, ReadOnlySpan<long> expires)
    {
        for (var i = from; i < to; i++)
        {
            ref var posting = ref Unsafe.Add(ref postings, i);
            if (posting.Owner >= best) return;
            if (!posting.Holds(ref lane)) continue;
            if (posting.More >= 0 && !MoreHolds(posting.More, lanes, facts)) continue;
            if (!expires.IsEmpty && at > expires[posting.Owner]) continue;
            best = posting.Owner;
            return;
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool MoreHolds(int first, ReadOnlySpan<int> lanes, in Facts facts)
    {
        for (var i = first; ; i++)
        {
            ref readonly var extra = ref _extras[i];
            var holds = extra.Kind switch
            {
                ExtraKind.Set => Intervals.Contain(_sets.AsSpan(extra.From, extra.Length), lanes[extra.Index]),
                ExtraKind.Fact => facts.Has(extra.Index),
                ExtraKind.NoFact => !facts.Has(extra.Index),
                _ => _trees[extra.Index].Holds(lanes, facts),
            };
            if (!holds) return false;
            if (extra.IsLast) return true;
        }
    }

    private readonly record struct List(int Start, int End, int FirstOwner);
}

/// <summary>Where a list starts and who stands first in it; <see cref="int.MaxValue"/> for an empty one.</summary>
internal readonly record struct Head(int Start, int FirstOwner);

/// <summary>One case in a list: 32 bytes, two range tests inline. A test on lane 0 always holds.</summary>
internal readonly record struct Posting(int Owner, int More, int LaneA, int LowA, uint SpanA, int LaneB, int LowB, uint SpanB)
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Holds(ref int lane) =>
        ((uint)(Unsafe.Add(ref lane, LaneA) - LowA) <= SpanA) & ((uint)(Unsafe.Add(ref lane, LaneB) - LowB) <= SpanB);
}

/// <summary>A lane with lists by value: value v has list <c>heads[FirstHead + v]</c>, for v below <see cref="Values"/>.</summary>
internal readonly record struct Access(int Lane, int FirstHead, int Values);

internal enum ExtraKind : byte { Set, Fact, NoFact, Tree }

/// <summary>A test that does not fit a posting.</summary>
internal readonly record struct Extra(ExtraKind Kind, bool IsLast, int Index, int From, int Length);
