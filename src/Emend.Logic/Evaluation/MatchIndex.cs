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
    private readonly Head[] _factHeads;
    private readonly Extra[] _extras;
    private readonly int[] _sets;
    private readonly TestTree[] _trees;

    internal MatchIndex(Posting[] postings, int alwaysEnd, Access[] access, Head[] heads, Head[] factHeads, Extra[] extras, int[] sets, TestTree[] trees)
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
        Span<List> lists = stackalloc List[MaxLists];
        var count = 0;
        if (_alwaysEnd > 0) lists[count++] = new(0, _alwaysEnd, _postings[0].Owner);
        foreach (var access in _access)
        {
            var value = lanes[access.Lane];
            if ((uint)value >= (uint)access.Values) continue;
            ref var head = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_heads), access.FirstHead + value);
            lists[count++] = new(head.Start, Unsafe.Add(ref head, 1).Start, head.FirstOwner);
        }
        if (_factHeads.Length > 0)
        {
            foreach (var fact in facts.Listed)
            {
                if (!facts.Has(fact)) continue;
                if (count == MaxLists) Try(lists, ref count, ref best, lanes, facts, at, expires);
                lists[count++] = new(_factHeads[fact].Start, _factHeads[fact + 1].Start, _factHeads[fact].FirstOwner);
            }
            if (facts.IsListCut)
            {
                for (var fact = 0; fact + 1 < _factHeads.Length; fact++)
                {
                    if (!facts.Has(fact)) continue;
                    if (count == MaxLists) Try(lists, ref count, ref best, lanes, facts, at, expires);
                    lists[count++] = new(_factHeads[fact].Start, _factHeads[fact + 1].Start, _factHeads[fact].FirstOwner);
                }
            }
        }
        if (count > 0) Try(lists, ref count, ref best, lanes, facts, at, expires);
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
            if (facts.Has(fact)) AddAll(_factHeads[fact].Start, _factHeads[fact + 1].Start, lanes, facts, owners);
    }

    /// <summary>Lanes one index can be entered by; further ones are looked at only as residuals.</summary>
    public const int MaxAccess = 64;

    private const int MaxLists = MaxAccess + 1;

    private void AddAll(int from, int to, ReadOnlySpan<int> lanes, in Facts facts, List<int> owners)
    {
        ref var lane = ref MemoryMarshal.GetReference(lanes);
        for (var i = from; i < to; i++)
        {
            ref readonly var posting = ref _postings[i];
            if (posting.Holds(ref lane) && (posting.More < 0 || MoreHolds(posting.More, lanes, facts))) owners.Add(posting.Owner);
        }
    }

    // Looks for an earlier owner than the best so far and empties the lists. The list that may act earliest goes first, which
    // leaves most of the others unread. Which those are depends on the data: they are found without a branch to guess wrong.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Try(Span<List> lists, ref int count, ref int best, ReadOnlySpan<int> lanes, in Facts facts, long at, ReadOnlySpan<long> expires)
    {
        ref var list = ref MemoryMarshal.GetReference(lists);
        ref var lane = ref MemoryMarshal.GetReference(lanes);
        var left = count;
        var earliest = long.MaxValue;
        for (var i = 0; i < left; i++)
        {
            var difference = (((long)Unsafe.Add(ref list, i).FirstOwner << 32) | (uint)i) - earliest;
            earliest += difference & (difference >> 63);
        }
        (list, Unsafe.Add(ref list, (int)earliest)) = (Unsafe.Add(ref list, (int)earliest), list);
        var found = best;
        for (var i = 0; i < left; i++)
        {
            ref var posting = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_postings), Unsafe.Add(ref list, i).Start);
            ref var end = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_postings), Unsafe.Add(ref list, i).End);
            for (; Unsafe.IsAddressLessThan(ref posting, ref end) && posting.Owner < found; posting = ref Unsafe.Add(ref posting, 1))
            {
                if (!posting.Holds(ref lane) || posting.More >= 0 && !MoreHolds(posting.More, lanes, facts)) continue;
                if (!expires.IsEmpty && at > expires[posting.Owner]) continue;
                found = posting.Owner;
                break;
            }
            if (i > 0) continue;
            var kept = 1;
            for (var other = 1; other < left; other++)
            {
                Unsafe.Add(ref list, kept) = Unsafe.Add(ref list, other);
                kept += Unsafe.Add(ref list, other).FirstOwner < found ? 1 : 0;
            }
            left = kept;
        }
        best = found;
        count = 0;
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
