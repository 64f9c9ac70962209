using System.Buffers;
using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Text.Json;
using Emend.Logic.Conditions;
using Emend.Logic.Evaluation;
using Emend.Logic.Rules;

namespace Emend.Logic.Guidance;

/// <summary>
/// The guidance of one bundle, made ready for retrieval: BM25 over words and <c>feature=value</c> tokens, and the rest of the score of
/// each item that does not depend on the case. Immutable, built once per bundle, safe to share between threads.
/// </summary>
/// <remarks>
/// Score: w·(BM25 + BM25 of all items with the same correct action + 2·[same proposed action] + 1.5·share of matched literals)
/// + ln((help+1)/(harm+1)) − age/180 d, BM25 with k1 1.2 and b 0.75 (Robertson and Zaragoza 2009); a word's stem adds half of what the word does. An item that stands for several cases counts as their average: a word of 3 of 12 cases has frequency
/// 0.25. Age is counted from the newest item, so that the answer depends on the case alone, and up to two such periods.
/// </remarks>
public sealed class GuidanceIndex
{
    private const double K1 = 1.2, B = 0.75;
    private const float SameAction = 2, Literals = 1.5f;
    private const double AgeUnit = 180 * 86_400e6, MostAges = 2;
    private const float StemWeight = 0.5f;
    private const float KinWeight = 1;

    private readonly string _agent;
    private readonly Dictionary<string, int> _terms = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _lookup;
    private readonly Posting[][] _postings;
    private readonly Posting[][] _actionPostings;
    private readonly int[] _actionOf; // of an item: position of its correct action; -1 without one
    private readonly int _actions;
    private readonly float[] _prior;
    private readonly float[] _weight;
    private readonly float[] _literal; // what one matched literal of an item is worth
    private readonly Dictionary<string, int[]> _byProposed;
    private readonly int[] _confirmed;
    private readonly int[] _always; // written items without a scope
    private readonly int[] _scoped;
    private readonly Evaluator? _scopes;
    private readonly string[] _lines;

    private GuidanceIndex(string agent, string bundle, ImmutableArray<GuidanceItem> items)
    {
        (_agent, Bundle, Items) = (agent, bundle, items);
        var newest = items.IsEmpty ? 0 : items.Max(static item => item.At);
        _prior = [.. items.Select(item => (float)(Math.Log((item.Help + 1.0) / (item.Harm + 1)) - Math.Min((newest - item.At) / AgeUnit, MostAges)))];
        _weight = [.. items.Select(static item => (float)item.Weight)];
        _literal = [.. items.Select(static item => LiteralsOf(item) is > 0 and var count ? Literals / count : 0)];
        TokensOf = new int[items.Length][];
        (_actionOf, _actions) = ActionsOf(items);
        _postings = Index(items);
        _actionPostings = IndexActions(items);
        _lines = [.. items.Select(GuidanceText.Line)];
        Tokens = [.. _lines.Select(GuidanceText.Tokens)];
        _lookup = _terms.GetAlternateLookup<ReadOnlySpan<char>>();
        _byProposed = Enumerable.Range(0, items.Length).Where(i => items[i].Proposed is not null).GroupBy(i => items[i].Proposed!, StringComparer.Ordinal).ToDictionary(static g => g.Key, static g => g.ToArray(), StringComparer.Ordinal);
        _confirmed = [.. Enumerable.Range(0, items.Length).Where(i => items[i].Kind == GuidanceKind.Confirmed)];
        _always = [.. Enumerable.Range(0, items.Length).Where(i => items[i] is { Kind: GuidanceKind.Written, Scope: null })];
        _scoped = [.. Enumerable.Range(0, items.Length).Where(i => items[i].Scope is not null)];
        // The index of rules answers which scopes hold of a case without trying each.
        if (_scoped.Length > 0)
            _scopes = Evaluator.Compile(new() { Agent = agent, Rules = [.. _scoped.Select(i => new Rule { Id = items[i].Id, When = items[i].Scope!, Effect = RuleEffect.Keep })] });
    }

    /// <summary>Digest of the bundle.</summary>
    public string Bundle { get; }

    /// <summary>The items, without those that say the same as another.</summary>
    public ImmutableArray<GuidanceItem> Items { get; }

    /// <summary>Sorted terms of each item: what two items are compared by.</summary>
    internal int[][] TokensOf { get; }

    /// <summary>What showing each item costs.</summary>
    internal int[] Tokens { get; }

    /// <summary>Confirmed cases, in the items' order.</summary>
    internal ReadOnlySpan<int> Confirmed => _confirmed;

    /// <summary>Builds the index of a bundle's guidance.</summary>
    /// <exception cref="JsonException">An item is not one.</exception>
    public static GuidanceIndex Of(Bundle bundle, string digest)
    {
        ArgumentNullException.ThrowIfNull(bundle);
        return Of(bundle.Agent, digest, bundle.Guidance.Select(GuidanceJson.Read));
    }

    /// <summary>Builds the index of some items.</summary>
    /// <param name="agent">The agent they are for: salts what is withheld.</param>
    /// <param name="bundle">Digest of the bundle they are part of.</param>
    /// <param name="items">The items.</param>
    public static GuidanceIndex Of(string agent, string bundle, IEnumerable<GuidanceItem> items)
    {
        ArgumentNullException.ThrowIfNull(items);
        var kept = new List<GuidanceItem>();
        foreach (var same in items.OrderBy(static item => item.Id, StringComparer.Ordinal).GroupBy(static item => (item.Kind, item.Text, item.Proposed, item.Action, item.TaskType)))
        {
            foreach (var item in same)
                if (!kept.Exists(other => other.SaysTheSame(item))) kept.Add(item);
        }
        kept.Sort(static (a, b) => string.CompareOrdinal(a.Id, b.Id));
        return new(agent, bundle, [.. kept]);
    }

    /// <summary>The guidance for a case: the items, and the block for a prompt.</summary>
    public GuidanceAnswer For(in GuidanceQuery query)
    {
        if (Items.IsEmpty) return GuidanceAnswer.None;
        var scores = ArrayPool<float>.Shared.Rent(Items.Length);
        try
        {
            Score(query, scores.AsSpan(0, Items.Length));
            var chosen = new GuidanceSelection(this, scores, query).Choose();
            var (shown, withheld) = Withholding.Split(_agent, query.Unit, chosen, Items);
            var items = shown.ConvertAll(i => Items[i]);
            return new([.. items], GuidanceText.Around(Bundle, shown.ConvertAll(i => _lines[i])), new(Bundle, [.. items.Select(static item => item.Id)], [.. withheld.Select(i => Items[i].Id)]));
        }
        finally
        {
            ArrayPool<float>.Shared.Return(scores);
        }
    }

    /// <summary>The items by score alone, best first: for measuring retrieval without selection.</summary>
    /// <param name="query">The case.</param>
    /// <param name="count">How many.</param>
    /// <param name="bm25Only">BM25 over whole words alone, the plain method this is measured against.</param>
    internal int[] Rank(in GuidanceQuery query, int count, bool bm25Only = false)
    {
        var scores = new float[Items.Length];
        if (bm25Only)
        {
            Lexical(query.Context, scores, []);
            for (var i = 0; i < scores.Length; i++)
                if (scores[i] == 0) scores[i] = float.NegativeInfinity;
        }
        else
        {
            Score(query, scores);
        }
        return [.. Enumerable.Range(0, scores.Length).Where(i => !float.IsNegativeInfinity(scores[i])).OrderByDescending(i => scores[i]).ThenBy(i => i).Take(count)];
    }

    /// <summary>Scores all items; what has nothing to do with the case gets minus infinity.</summary>
    private void Score(in GuidanceQuery query, Span<float> scores)
    {
        scores.Clear();
        var actions = ArrayPool<float>.Shared.Rent(_actions + 1);
        Array.Clear(actions, 0, _actions + 1);
        Lexical(query.Context, scores, actions.AsSpan(0, _actions + 1));
        ArrayPool<float>.Shared.Return(actions);
        if (query.Draft is { } draft && _byProposed.TryGetValue(draft.Label, out var same))
            foreach (var i in same) scores[i] += SameAction;
        foreach (var i in _always) scores[i] += Literals;
        if (_scopes is not null) Scopes(query, scores);
        for (var i = 0; i < scores.Length; i++)
            scores[i] = scores[i] > 0 ? (scores[i] * _weight[i]) + _prior[i] : float.NegativeInfinity;
    }

    private void Lexical(Context context, Span<float> scores, Span<float> actions)
    {
        var seen = new HashSet<int>(64);
        if (context.Text is { Length: > 0 } text)
        {
            var room = ArrayPool<char>.Shared.Rent(text.Length * 2);
            var words = new WordScanner(text, room);
            Span<char> stem = stackalloc char[1 + Stem.Longest];
            while (words.Next())
            {
                if (words.IsTooLong) continue;
                if (_lookup.TryGetValue(words.Word, out var term) && seen.Add(term)) Add(term, 1, scores, actions);
                if (!actions.IsEmpty && Stem.Of(words.Word, stem) is > 0 and var length && _lookup.TryGetValue(stem[..length], out term) && seen.Add(term)) Add(term, StemWeight, scores, actions);
            }
            ArrayPool<char>.Shared.Return(room);
        }
        foreach (var (name, value) in context.Features)
            if (_terms.TryGetValue(Token(name, value), out var term) && seen.Add(term)) AddFeature(term, scores);
        if (!actions.IsEmpty) Kin(actions, scores);
        if (context.TaskType is { } task && _terms.TryGetValue(TaskToken(task), out var taskTerm)) AddFeature(taskTerm, scores);
    }

    private void Add(int term, float weight, Span<float> scores, Span<float> actions)
    {
        if (!actions.IsEmpty)
            foreach (var (action, score) in _actionPostings[term]) actions[action] += score * weight;
        foreach (var (item, score) in _postings[term]) scores[item] += score * weight;
    }

    private void AddFeature(int term, Span<float> scores)
    {
        foreach (var (item, score) in _postings[term]) scores[item] += score + _literal[item];
    }

    // An item is more likely the right one when what is known of its action altogether fits the case: small items lend the words of their kin.
    private void Kin(ReadOnlySpan<float> actions, Span<float> scores)
    {
        for (var i = 0; i < scores.Length; i++)
            if (_actionOf[i] >= 0) scores[i] += KinWeight * actions[_actionOf[i]];
    }

    // An item with a scope is for the cases it holds of, whatever words it shares with others.
    private void Scopes(in GuidanceQuery query, Span<float> scores)
    {
        var input = new DecisionInput(query.Context, query.Draft ?? new(""), query.Confidence, query.At);
        var holds = _scopes!.AllMatches(input);
        var next = 0;
        for (var i = 0; i < _scoped.Length; i++)
        {
            if (next < holds.Length && holds[next] == i)
            {
                scores[_scoped[i]] += Literals;
                next++;
            }
            else
            {
                scores[_scoped[i]] = float.NegativeInfinity;
            }
        }
    }

    private Posting[][] Index(ImmutableArray<GuidanceItem> items)
    {
        var lists = new List<List<(int Item, float Frequency)>>();
        var lengths = new double[items.Length];
        var tokens = new SortedSet<int>();
        for (var i = 0; i < items.Length; i++)
        {
            tokens.Clear();
            foreach (var (term, frequency, isFeature) in Frequencies(items[i]))
            {
                ref var id = ref CollectionsMarshal.GetValueRefOrAddDefault(_terms, term, out var isKnown);
                if (!isKnown)
                {
                    id = lists.Count;
                    lists.Add([]);
                }
                lists[id].Add((i, frequency));
                // Stems say again what the words say: neither an item's length nor its likeness to another grows by them.
                if (term[0] == Stem.Mark) continue;
                if (!isFeature) lengths[i] += frequency;
                tokens.Add(id);
            }
            TokensOf[i] = [.. tokens];
        }
        var mean = lengths.Length == 0 ? 1 : Math.Max(lengths.Average(), 1e-9);
        return [.. lists.Select(list =>
        {
            // The form that stays positive for words of more than half the items.
            var idf = Math.Log(1 + ((items.Length - list.Count + 0.5) / (list.Count + 0.5)));
            return list.Select(one => new Posting(one.Item, (float)(idf * one.Frequency * (K1 + 1) / (one.Frequency + (K1 * (1 - B + (B * lengths[one.Item] / mean))))))).ToArray();
        })];
    }

    private static (int[] Of, int Count) ActionsOf(ImmutableArray<GuidanceItem> items)
    {
        var known = new Dictionary<string, int>(StringComparer.Ordinal);
        var of = new int[items.Length];
        for (var i = 0; i < items.Length; i++)
        {
            if (items[i].Action is not { } action || items[i].Kind == GuidanceKind.Written)
            {
                of[i] = -1;
                continue;
            }
            if (!known.TryGetValue(action, out of[i])) known[action] = of[i] = known.Count;
        }
        return (of, known.Count);
    }

    private Posting[][] IndexActions(ImmutableArray<GuidanceItem> items)
    {
        var cases = new double[_actions];
        var said = new Dictionary<(int Term, int Action), double>();
        for (var i = 0; i < items.Length; i++)
        {
            if (_actionOf[i] < 0) continue;
            cases[_actionOf[i]] += Math.Max(1, items[i].Cases);
            foreach (var (term, frequency, isFeature) in Frequencies(items[i]))
            {
                if (isFeature) continue;
                ref var sum = ref CollectionsMarshal.GetValueRefOrAddDefault(said, (_terms[term], _actionOf[i]), out _);
                sum += frequency * Math.Max(1, items[i].Cases);
            }
        }
        var lists = new List<(int Action, float Frequency)>[_terms.Count];
        foreach (var ((term, action), sum) in said) (lists[term] ??= []).Add((action, (float)(sum / cases[action])));
        return [.. lists.Select(list => list is null ? [] : list.OrderBy(static one => one.Action).Select(one =>
        {
            var idf = Math.Log(1 + ((_actions - list.Count + 0.5) / (list.Count + 0.5)));
            return new Posting(one.Action, (float)(idf * one.Frequency * (K1 + 1) / (one.Frequency + K1)));
        }).ToArray())];
    }

    private static IEnumerable<(string Term, float Frequency, bool IsFeature)> Frequencies(GuidanceItem item)
    {
        var words = item.Kind == GuidanceKind.Written
            ? TextTokens.Of(item.Text).GroupBy(static w => w, StringComparer.Ordinal).Select(static g => (Word: g.Key, Frequency: (float)g.Count()))
            : item.Words.Select(word => (word.Word, Frequency: (float)word.Cases / Math.Max(1, item.Cases)));
        var stems = new Dictionary<string, float>(StringComparer.Ordinal);
        foreach (var (word, frequency) in words)
        {
            yield return (word, frequency, false);
            var stem = StemOf(word);
            if (stem is not null) stems[stem] = Math.Max(stems.GetValueOrDefault(stem), frequency);
        }
        foreach (var (stem, frequency) in stems) yield return (stem, frequency, false);
        foreach (var (name, value) in item.Features) yield return (Token(name, value), 1, true);
        if (item.TaskType is { } task) yield return (TaskToken(task), 1, true);
    }

    private static string? StemOf(string word)
    {
        Span<char> room = stackalloc char[1 + Stem.Longest];
        return Stem.Of(word, room) is > 0 and var length ? new string(room[..length]) : null;
    }

    private static int LiteralsOf(GuidanceItem item) => item.Features.Length + (item.TaskType is null ? 0 : 1);

    // No word holds an equals sign, so features and words do not meet.
    private static string Token(string name, FeatureValue value) => name + "=" + CanonicalJson.Text(value);

    private static string TaskToken(string task) => "=task=" + task;

    private readonly record struct Posting(int Item, float Score);
}
