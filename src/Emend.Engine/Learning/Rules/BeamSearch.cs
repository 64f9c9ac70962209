using System.Collections.Immutable;

namespace Emend.Engine.Learning.Rules;

/// <summary>
/// Grows conjunctions for one mistake, best first, until what is left uncovered is too little: beam search by promise and
/// reach, choice by fixes minus the cost of harm, then every condition that does not earn its place is dropped and cuts are drawn tight.
/// One instance per thread: it keeps scratch arrays.
/// </summary>
internal sealed class BeamSearch(CaseTable table, LearnerOptions options)
{
    // Below this a rule is not worth testing: even taken at its word it breaks a third of what it fixes.
    internal const double ScoreFloor = 0.75;
    // What a first run of the beam leaves uncovered, a second looks at with nothing else in the way.
    private const int Passes = 2;
    private const double CostOfTerm = 0.5;
    private const double CostOfWaste = 0.5;

    private readonly int[] _phraseFresh = new int[table.PhraseTexts.Length];
    private readonly int[] _phraseFixes = new int[table.PhraseTexts.Length];
    private readonly int[] _phraseBreaks = new int[table.PhraseTexts.Length];
    private readonly int[] _phraseRows = new int[table.PhraseTexts.Length];
    private readonly List<int> _touched = [];
    private readonly int[] _phraseWitnesses = new int[table.PhraseTexts.Length];
    private readonly int[] _phraseFor = new int[table.PhraseTexts.Length];
    private int[] _rows = [];
    private ulong[] _both = [];

    private sealed record Node(ImmutableArray<Term> Terms, ulong[] Cover, Tally Tally, int Fresh)
    {
        /// <summary>Nothing to gain by another condition.</summary>
        public bool IsPure => Tally.Fixes == Tally.Rows && Tally.WitnessesFor == Tally.Witnesses;

        public bool Uses(int slot)
        {
            foreach (var term in Terms) if (term.Slot == slot) return true;
            return false;
        }

        public bool Says(int phrase)
        {
            foreach (var term in Terms) if (term.Phrase == phrase) return true;
            return false;
        }
    }

    private readonly record struct Extension(Node Parent, int ParentOrder, Term Term, Tally Tally, int Fresh, double Rank) : IComparable<Extension>
    {
        // Best first; ties by place in the beam and by term: both depend on the cases only, not on threads or time.
        public int CompareTo(Extension other) =>
            Rank != other.Rank ? other.Rank.CompareTo(Rank)
            : ParentOrder != other.ParentOrder ? ParentOrder.CompareTo(other.ParentOrder)
            : Term.Order.CompareTo(other.Term.Order);
    }

    /// <summary>Rules for one mistake, in the order they were found.</summary>
    public List<Candidate> Search(Mistake mistake)
    {
        var found = new List<Candidate>();
        var minFixes = mistake.MinFixes;
        var uncovered = mistake.Fixes.AsSpan().ToArray();
        var terms = Typed(mistake, minFixes);
        for (var pass = 0; pass < Passes && found.Count < options.MaxRulesPerMistake && Bits.Count(uncovered) >= minFixes; pass++)
        {
            var before = found.Count;
            var pool = Grow(mistake, uncovered, terms, minFixes);
            while (found.Count < options.MaxRulesPerMistake && Best(pool, mistake, uncovered, minFixes) is { } best)
            {
                best = Minimise(mistake, uncovered, best);
                found.Add(new()
                {
                    Scope = mistake.Scope,
                    Remedy = mistake.Remedy,
                    Terms = best.Terms.Sort(static (a, b) => string.CompareOrdinal(a.Key, b.Key)),
                    Tally = best.Tally,
                    Share = mistake.Share,
                    MinFixes = mistake.MinFixes,
                    Promise = mistake.Promise(best.Tally, best.Terms.Length),
                    IsOfDeadProposal = mistake.IsDead,
                    Cover = mistake.View.ToTable([.. best.Cover.Zip(mistake.InScope, static (a, b) => a & b)]),
                });
                for (var i = 0; i < uncovered.Length; i++) uncovered[i] &= ~best.Cover[i];
            }
            if (found.Count == before) break;
        }
        return found;
    }

    /// <summary>The rule of the pool that does most for what is still uncovered; null when none earns its place.</summary>
    private Node? Best(List<Node> pool, Mistake mistake, ulong[] uncovered, int minFixes)
    {
        Node? best = null;
        var bestUtility = 0.0;
        foreach (var node in pool)
        {
            var fresh = Bits.CountBoth(node.Cover, uncovered);
            var utility = Utility(node.Tally, fresh, node.Terms.Length);
            // The first of equals stays: the pool is in the order of the search.
            if (fresh < minFixes || utility <= bestUtility) continue;
            (best, bestUtility) = (node with { Fresh = fresh }, utility);
        }
        return best;
    }

    /// <summary>One run of the beam: every rule on its way that is good enough to act.</summary>
    private List<Node> Grow(Mistake mistake, ulong[] uncovered, List<(Term Term, ulong[] Rows)> terms, int minFixes)
    {
        var root = NodeOf(mistake, mistake.Given is { } given ? [given] : [], mistake.Seen, uncovered);
        var beam = new List<Node> { root };
        var pool = new List<Node>();
        if (mistake.Scope >= 0) Consider(root);
        var extensions = new List<Extension>();
        for (var depth = 1; depth <= options.MaxDepth && beam.Count > 0; depth++)
        {
            extensions.Clear();
            for (var i = 0; i < beam.Count; i++)
                if (!beam[i].IsPure) Extend(mistake, beam[i], i, uncovered, terms, minFixes, extensions);
            extensions.Sort();
            var next = new List<Node>();
            foreach (var extension in extensions)
            {
                if (next.Count == options.BeamWidth) break;
                var cover = Cover(mistake, extension, terms);
                // Two ways of saying the same are one: the first by rank and key stays.
                if (next.Exists(n => n.Tally == extension.Tally && n.Fresh == extension.Fresh && n.Cover.AsSpan().SequenceEqual(cover))) continue;
                var node = new Node(extension.Parent.Terms.Add(extension.Term), cover, extension.Tally, extension.Fresh);
                next.Add(node);
                Consider(node);
            }
            beam = next;
        }
        return pool;

        void Consider(Node node)
        {
            if (node.Fresh < minFixes || node.Tally.Fixes < minFixes) return;
            if (mistake.Promise(node.Tally, node.Terms.Length).Score < ScoreFloor) return;
            if (Utility(node.Tally, node.Fresh, node.Terms.Length) > 0) pool.Add(node);
        }
    }

    private double Utility(Tally tally, int fresh, int terms) =>
        fresh - options.HarmCost * tally.Breaks - CostOfWaste * tally.Wasted - CostOfTerm * terms;

    private static Node NodeOf(Mistake mistake, ImmutableArray<Term> terms, ulong[] cover, ulong[] uncovered) => new(
        terms,
        cover,
        mistake.Count(cover),
        Bits.CountBoth(cover, uncovered));

    private void Extend(Mistake mistake, Node node, int order, ulong[] uncovered, List<(Term Term, ulong[] Rows)> terms, int minFixes, List<Extension> into)
    {
        var words = mistake.View.Words;
        if (_both.Length < words) _both = new ulong[words];
        var cover = node.Cover.AsSpan(0, words);
        var open = uncovered.AsSpan(0, words);
        foreach (var (term, rows) in terms)
        {
            if (node.Uses(term.Slot)) continue;
            var fresh = 0;
            for (var i = 0; i < words; i++)
            {
                var both = rows[i] & cover[i];
                _both[i] = both;
                fresh += System.Numerics.BitOperations.PopCount(both & open[i]);
            }
            if (fresh < minFixes) continue;
            // Most extensions end here, before the rest is counted.
            if (mistake.Witnesses is null && !mistake.CanStillPass(new(Bits.CountBoth(_both.AsSpan(0, words), mistake.Fixes), 0, 0), node.Terms.Length + 1)) continue;
            Keep(term, mistake.Count(_both.AsSpan(0, words)), fresh);
        }
        if (table.PhraseTexts.Length == 0) return;
        foreach (var (phrase, tally, fresh) in CountPhrases(mistake, node, uncovered, minFixes))
            if (!node.Says(phrase)) Keep(table.PhraseTerm(phrase), tally, fresh);

        void Keep(Term term, Tally tally, int fresh)
        {
            if (fresh < minFixes || tally == node.Tally || !mistake.CanStillPass(tally, node.Terms.Length + 1)) return;
            var promise = mistake.Promise(tally, node.Terms.Length + 1);
            into.Add(new(node, order, term, tally, fresh, promise.Score * promise.Fix * Math.Sqrt(fresh)));
        }
    }

    private List<(int Phrase, Tally Tally, int Fresh)> CountPhrases(Mistake mistake, Node node, ulong[] uncovered, int minFixes)
    {
        var view = mistake.View;
        if (_rows.Length < view.Rows.Length) _rows = new int[view.Rows.Length];
        _touched.Clear();
        var fresh = 0;
        for (var i = 0; i < view.Words; i++)
        {
            for (var word = node.Cover[i] & uncovered[i]; word != 0; word &= word - 1)
            {
                var row = (i << 6) + System.Numerics.BitOperations.TrailingZeroCount(word);
                fresh++;
                foreach (var phrase in table.Phrases[view.Rows[row]])
                    if (_phraseFresh[phrase]++ == 0) _touched.Add(phrase);
            }
        }
        var worthy = new List<int>();
        var work = 0L;
        foreach (var phrase in _touched)
        {
            if (_phraseFresh[phrase] >= minFixes && _phraseFresh[phrase] <= fresh)
            {
                worthy.Add(phrase);
                work += table.Postings[phrase].Length;
            }
        }
        var result = new List<(int, Tally, int)>(worthy.Count);
        if (worthy.Count > 0 && work < 24L * node.Tally.Rows)
        {
            foreach (var phrase in worthy)
            {
                int f = 0, b = 0, n = 0, witnesses = 0, favourable = 0;
                foreach (var row in table.Postings[phrase])
                {
                    var local = view.Local(row);
                    if (local < 0 || !Bits.Has(node.Cover, local)) continue;
                    if (mistake.Witnesses is not null && Bits.Has(mistake.Witnesses, local))
                    {
                        witnesses++;
                        if (Bits.Has(mistake.WitnessesFor!, local)) favourable++;
                        continue;
                    }
                    n++;
                    if (Bits.Has(mistake.Fixes, local)) f++;
                    else if (Bits.Has(mistake.Breaks, local)) b++;
                }
                result.Add((phrase, new(f, b, n, witnesses, favourable), _phraseFresh[phrase]));
            }
        }
        else if (worthy.Count > 0)
        {
            var rows = Bits.CopyTo(node.Cover.AsSpan(0, view.Words), _rows);
            for (var r = 0; r < rows; r++)
            {
                var local = _rows[r];
                var (fix, hurt) = (Bits.Has(mistake.Fixes, local), Bits.Has(mistake.Breaks, local));
                var witness = mistake.Witnesses is not null && Bits.Has(mistake.Witnesses, local);
                var favourable = witness && Bits.Has(mistake.WitnessesFor!, local);
                foreach (var phrase in table.Phrases[view.Rows[local]])
                {
                    if (_phraseFresh[phrase] == 0) continue;
                    if (witness)
                    {
                        _phraseWitnesses[phrase]++;
                        if (favourable) _phraseFor[phrase]++;
                        continue;
                    }
                    _phraseRows[phrase]++;
                    if (fix) _phraseFixes[phrase]++;
                    else if (hurt) _phraseBreaks[phrase]++;
                }
            }
            foreach (var phrase in worthy)
                result.Add((phrase, new(_phraseFixes[phrase], _phraseBreaks[phrase], _phraseRows[phrase], _phraseWitnesses[phrase], _phraseFor[phrase]), _phraseFresh[phrase]));
            foreach (var phrase in _touched) _phraseFixes[phrase] = _phraseBreaks[phrase] = _phraseRows[phrase] = _phraseWitnesses[phrase] = _phraseFor[phrase] = 0;
        }
        foreach (var phrase in _touched) _phraseFresh[phrase] = 0;
        return result;
    }

    private ulong[] Cover(Mistake mistake, in Extension extension, List<(Term Term, ulong[] Rows)> terms)
    {
        var term = extension.Term;
        var cover = new ulong[mistake.View.Words];
        var parent = extension.Parent.Cover;
        if (term.Phrase >= 0)
        {
            foreach (var row in table.Postings[term.Phrase])
                if (mistake.View.Local(row) is >= 0 and var local && Bits.Has(parent, local)) Bits.Add(cover, local);
            return cover;
        }
        var rows = RowsOf(mistake.View, term);
        for (var i = 0; i < cover.Length; i++) cover[i] = parent[i] & rows[i];
        return cover;
    }

    private static ulong[] RowsOf(View view, Term term)
    {
        if (term.Literals.Length == 1) return view.Literals[term.Literals[0]];
        var rows = new ulong[view.Words];
        foreach (var literal in term.Literals)
            for (var i = 0; i < rows.Length; i++) rows[i] |= view.Literals[literal][i];
        return rows;
    }

    /// <summary>Typed terms with enough fixes of this mistake, and sets of up to four values of a category that all speak for it.</summary>
    private List<(Term, ulong[])> Typed(Mistake mistake, int minFixes)
    {
        var terms = new List<(Term, ulong[])>();
        var values = new SortedDictionary<int, List<(int Number, double Promise)>>();
        for (var l = 0; l < table.Literals.Count; l++)
        {
            var rows = mistake.View.Literals[l];
            var fixes = Bits.CountBoth(mistake.Fixes, rows);
            if (fixes == 0) continue;
            if (fixes >= minFixes) terms.Add((Term.Of(table.Literals[l], l), rows));
            if (table.Literals[l].Predicate is not { Comparison: Logic.Conditions.Comparison.Eq } p || p.Values[0].Kind != Logic.FeatureKind.String) continue;
            int n = 0, b = 0;
            for (var i = 0; i < mistake.View.Words; i++)
            {
                n += System.Numerics.BitOperations.PopCount(rows[i] & mistake.InScope[i]);
                b += System.Numerics.BitOperations.PopCount(rows[i] & mistake.Breaks[i]);
            }
            var promise = mistake.Promise(new(fixes, b, n), 1);
            if (fixes * 2 < n) continue;
            if (!values.TryGetValue(table.Literals[l].Slot, out var same)) values.Add(table.Literals[l].Slot, same = []);
            same.Add((l, promise.Fix));
        }
        foreach (var same in values.Values)
        {
            same.Sort((a, b) => a.Promise != b.Promise ? b.Promise.CompareTo(a.Promise) : string.CompareOrdinal(table.Literals[a.Number].Key, table.Literals[b.Number].Key));
            for (var size = 2; size <= Math.Min(4, same.Count); size++)
            {
                var term = Term.In([.. same.Take(size).Select(v => (table.Literals[v.Number], v.Number))], table.Literals.Count + terms.Count);
                terms.Add((term, RowsOf(mistake.View, term)));
            }
        }
        return terms;
    }

    /// <summary>Drops conditions while the rule does not get worse by it: fewer conditions are easier to read and to trust.</summary>
    private Node Minimise(Mistake mistake, ulong[] uncovered, Node node)
    {
        var utility = Utility(node.Tally, node.Fresh, node.Terms.Length);
        for (var again = true; again && node.Terms.Length > 1;)
        {
            again = false;
            foreach (var term in node.Terms)
            {
                if (ReferenceEquals(term, mistake.Given)) continue;
                var terms = node.Terms.Remove(term);
                var shorter = NodeOf(mistake, terms, CoverOf(mistake, terms), uncovered);
                var now = Utility(shorter.Tally, shorter.Fresh, shorter.Terms.Length);
                if (now < utility || mistake.Promise(shorter.Tally, terms.Length).Score < ScoreFloor) continue;
                (node, utility, again) = (shorter, now, true);
                break;
            }
        }
        return node;
    }

    private ulong[] CoverOf(Mistake mistake, ImmutableArray<Term> terms)
    {
        var cover = mistake.Seen.AsSpan(0, mistake.View.Words).ToArray();
        foreach (var term in terms)
        {
            var rows = term.Phrase < 0 ? RowsOf(mistake.View, term) : new ulong[cover.Length];
            if (term.Phrase >= 0)
                foreach (var row in table.Postings[term.Phrase])
                    if (mistake.View.Local(row) is >= 0 and var local) Bits.Add(rows, local);
            for (var i = 0; i < cover.Length; i++) cover[i] &= rows[i];
        }
        return cover;
    }
}
