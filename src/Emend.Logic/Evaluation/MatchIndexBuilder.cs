namespace Emend.Logic.Evaluation;

/// <summary>Chooses the list of every case and lays the index out.</summary>
internal static class MatchIndexBuilder
{
    // An equality with more values than this is no entrance: its case would be posted too often.
    private const int MaxPoints = 16;

    public static MatchIndex Build(IReadOnlyList<MatchCase> cases, int factCount)
    {
        // How often each key occurs: the rarest key of a case becomes its list, which keeps lists short under skewed values too.
        var laneUse = new Dictionary<(int Lane, int Value), int>();
        var factUse = new int[factCount];
        foreach (var item in cases)
        {
            foreach (var fact in item.Facts) factUse[fact]++;
            foreach (var (lane, set) in item.Lanes)
            {
                if (!IsEntrance(set)) continue;
                for (var i = 0; i < set.Length; i += 2)
                    for (var value = set[i]; value <= set[i + 1]; value++)
                        System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(laneUse, (lane, value), out _)++;
            }
        }
        var laneTotal = new Dictionary<int, int>();
        foreach (var ((lane, _), _) in laneUse) laneTotal[lane] = laneTotal.GetValueOrDefault(lane) + 1;
        var entrances = laneTotal.OrderByDescending(static l => l.Value).ThenBy(static l => l.Key).Take(MatchIndex.MaxAccess).Select(static l => l.Key).ToHashSet();

        var always = new List<(int Owner, Posting Posting)>();
        var byLane = new List<(int Lane, int Value, Posting Posting)>();
        var byFact = new List<(int Fact, Posting Posting)>();
        var layout = new Layout();
        foreach (var item in cases.OrderBy(static c => c.Owner))
        {
            var bestCost = long.MaxValue;
            var (bestLane, bestFact) = (-1, -1);
            for (var l = 0; l < item.Lanes.Count; l++)
            {
                var (lane, set) = item.Lanes[l];
                if (!IsEntrance(set) || !entrances.Contains(lane)) continue;
                long cost = 0;
                for (var i = 0; i < set.Length; i += 2)
                    for (var value = set[i]; value <= set[i + 1]; value++) cost += laneUse[(lane, value)];
                if (cost < bestCost) (bestCost, bestLane, bestFact) = (cost, l, -1);
            }
            foreach (var fact in item.Facts)
                if (factUse[fact] < bestCost) (bestCost, bestLane, bestFact) = (factUse[fact], -1, fact);

            var posting = layout.Posting(item, bestLane, bestFact);
            if (bestFact >= 0) byFact.Add((bestFact, posting));
            else if (bestLane < 0) always.Add((item.Owner, posting));
            else
            {
                var (lane, set) = item.Lanes[bestLane];
                for (var i = 0; i < set.Length; i += 2)
                    for (var value = set[i]; value <= set[i + 1]; value++) byLane.Add((lane, value, posting));
            }
        }
        return layout.Index(always, byLane, byFact, factCount);
    }

    private static bool IsEntrance(int[] set)
    {
        long points = 0;
        for (var i = 0; i < set.Length; i += 2)
        {
            if (set[i] < 0) return false;
            points += (long)set[i + 1] - set[i] + 1;
        }
        return points <= MaxPoints;
    }

    private sealed class Layout
    {
        private readonly List<Extra> _extras = [];
        private readonly List<int> _sets = [];
        private readonly List<TestTree> _trees = [];

        public Posting Posting(MatchCase item, int entranceLane, int entranceFact)
        {
            Span<(int Lane, int Low, uint Span)> inline = [(0, 0, uint.MaxValue), (0, 0, uint.MaxValue)];
            var used = 0;
            var first = _extras.Count;
            for (var l = 0; l < item.Lanes.Count; l++)
            {
                if (l == entranceLane) continue;
                var (lane, set) = item.Lanes[l];
                if (set.Length == 2 && used < 2) inline[used++] = (lane, set[0], (uint)(set[1] - set[0]));
                else
                {
                    _extras.Add(new(ExtraKind.Set, false, lane, _sets.Count, set.Length));
                    _sets.AddRange(set);
                }
            }
            foreach (var fact in item.Facts) if (fact != entranceFact) _extras.Add(new(ExtraKind.Fact, false, fact, 0, 0));
            foreach (var fact in item.NoFacts) _extras.Add(new(ExtraKind.NoFact, false, fact, 0, 0));
            foreach (var tree in item.Trees)
            {
                _extras.Add(new(ExtraKind.Tree, false, _trees.Count, 0, 0));
                _trees.Add(tree);
            }
            if (_extras.Count > first) _extras[^1] = _extras[^1] with { IsLast = true };
            return new(item.Owner, _extras.Count > first ? first : -1, inline[0].Lane, inline[0].Low, inline[0].Span, inline[1].Lane, inline[1].Low, inline[1].Span);
        }

        public MatchIndex Index(List<(int Owner, Posting Posting)> always, List<(int Lane, int Value, Posting Posting)> byLane, List<(int Fact, Posting Posting)> byFact, int factCount)
        {
            var postings = new List<Posting>(always.Count + byLane.Count + byFact.Count);
            postings.AddRange(always.Select(static a => a.Posting));
            // Sorting is stable, and cases came in order of their owner: lists are in order of evaluation.
            var access = new List<Access>();
            var heads = new List<Head>();
            foreach (var lane in byLane.GroupBy(static p => p.Lane).OrderBy(static g => g.Key))
            {
                var sorted = lane.OrderBy(static p => p.Value).ToList();
                var values = sorted[^1].Value + 1;
                access.Add(new(lane.Key, heads.Count, values));
                var at = 0;
                for (var value = 0; value < values; value++)
                {
                    var any = at < sorted.Count && sorted[at].Value == value;
                    heads.Add(new(postings.Count, any ? sorted[at].Posting.Owner : int.MaxValue));
                    for (; at < sorted.Count && sorted[at].Value == value; at++) postings.Add(sorted[at].Posting);
                }
                heads.Add(new(postings.Count, int.MaxValue));
            }
            var factHeads = byFact.Count == 0 ? [] : new Head[factCount + 1];
            if (byFact.Count > 0)
            {
                var sorted = byFact.OrderBy(static p => p.Fact).ToList();
                var at = 0;
                for (var fact = 0; fact < factCount; fact++)
                {
                    factHeads[fact] = new(postings.Count, at < sorted.Count && sorted[at].Fact == fact ? sorted[at].Posting.Owner : int.MaxValue);
                    for (; at < sorted.Count && sorted[at].Fact == fact; at++) postings.Add(sorted[at].Posting);
                }
                factHeads[factCount] = new(postings.Count, int.MaxValue);
            }
            return new([.. postings], always.Count, [.. access], [.. heads], factHeads, [.. _extras], [.. _sets], [.. _trees]);
        }
    }
}
