using System.Buffers;
using System.Collections.Immutable;
using Emend.Logic.Conditions;

namespace Emend.Logic.Evaluation;

/// <summary>The phrases a bundle looks for in the text, as a tree of words: one pass over the text finds all of them.</summary>
internal sealed class PhraseTable
{
    private readonly SymbolTable _words;
    private readonly int[] _first; // by word: node of the phrases that begin with it, 0 for none
    private readonly Dictionary<long, int> _next; // (node, word) -> node
    private readonly int[] _factOf; // by node: fact of the phrase that ends here, -1 for none
    private readonly bool[] _goesOn; // by node: whether a longer phrase begins like this
    private readonly int _longestWord;
    private readonly int _longestPhrase;

    private PhraseTable(SymbolTable words, int[] first, Dictionary<long, int> next, int[] factOf, int longestWord, int longestPhrase)
    {
        _words = words;
        _first = first;
        _next = next;
        _factOf = factOf;
        _longestWord = longestWord;
        _longestPhrase = longestPhrase;
        _goesOn = new bool[factOf.Length];
        foreach (var edge in next.Keys) _goesOn[(int)(edge >> 32)] = true;
    }

    /// <summary>Builds the table; the fact of a phrase is <paramref name="firstFact"/> plus its position.</summary>
    public static PhraseTable Of(IReadOnlyList<ImmutableArray<string>> phrases, int firstFact)
    {
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var word in phrases.SelectMany(static p => p)) ids.TryAdd(word, ids.Count + 1);
        var first = new int[ids.Count + 1];
        var next = new Dictionary<long, int>();
        var factOf = new List<int> { -1 };
        for (var i = 0; i < phrases.Count; i++)
        {
            var node = 0;
            foreach (var word in phrases[i])
            {
                var id = ids[word];
                var to = node == 0 ? first[id] : next.GetValueOrDefault(Edge(node, id));
                if (to == 0)
                {
                    to = factOf.Count;
                    factOf.Add(-1);
                    if (node == 0) first[id] = to;
                    else next[Edge(node, id)] = to;
                }
                node = to;
            }
            factOf[node] = firstFact + i;
        }
        return new(SymbolTable.Of([.. ids.Keys]), first, next, [.. factOf], ids.Count == 0 ? 0 : ids.Keys.Max(static w => w.Length), phrases.Count == 0 ? 0 : phrases.Max(static p => p.Length));
    }

    /// <summary>Notes every phrase that stands in the text.</summary>
    public void Find(ReadOnlySpan<char> text, ref Facts facts)
    {
        // A word longer than any of ours cannot be one of them; the buffer need not hold it.
        char[]? rented = null;
        Span<char> word = _longestWord <= 64 ? stackalloc char[64] : rented = ArrayPool<char>.Shared.Rent(_longestWord);
        if (_longestPhrase > 1) FindPhrases(text, word, ref facts);
        else
        {
            var words = new WordScanner(text, word);
            while (words.Next())
                if (!words.IsTooLong && _words.Find(words.Word) is var id and > 0) facts.Add(_factOf[_first[id]]);
        }
        if (rented is not null) ArrayPool<char>.Shared.Return(rented);
    }

    // Phrases under way are nodes of the tree; each word moves every one of them on or drops it. They began at different
    // words, so no more run at once than the longest phrase has words.
    private void FindPhrases(ReadOnlySpan<char> text, scoped Span<char> word, ref Facts facts)
    {
        int[]? rented = null;
        Span<int> running = _longestPhrase <= 64 ? stackalloc int[64] : rented = ArrayPool<int>.Shared.Rent(_longestPhrase);
        var count = 0;
        var words = new WordScanner(text, word);
        while (words.Next())
        {
            var id = words.IsTooLong ? 0 : _words.Find(words.Word);
            if (id == 0)
            {
                count = 0;
                continue;
            }
            var kept = 0;
            for (var i = 0; i < count; i++)
                if (_next.TryGetValue(Edge(running[i], id), out var node)) Reach(node, running, ref kept, ref facts);
            count = kept;
            if (_first[id] is var start and > 0) Reach(start, running, ref count, ref facts);
        }
        if (rented is not null) ArrayPool<int>.Shared.Return(rented);
    }

    private void Reach(int node, scoped Span<int> running, ref int count, ref Facts facts)
    {
        if (_factOf[node] >= 0) facts.Add(_factOf[node]);
        if (_goesOn[node]) running[count++] = node;
    }

    private static long Edge(int node, int word) => ((long)node << 32) | (uint)word;
}
