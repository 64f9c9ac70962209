using System.Buffers;
using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Emend.Logic.Conditions;

namespace Emend.Logic.Evaluation;

/// <summary>The phrases a bundle looks for in the text, as a tree of words: one pass over the text finds all of them.</summary>
internal sealed class PhraseTable
{
    private const int StackRoom = 162; // texts of up to 1,024 characters
    private const int StackWord = 64;
    private const int StackPhrase = 64;

    private readonly SymbolTable _words;
    private readonly ShortWords _short; // those of them that most texts consist of
    private readonly int[] _first; // by word: node of the phrases that begin with it, 0 for none
    private readonly Dictionary<long, int> _next; // (node, word) -> node
    private readonly int[] _factOf; // by node: fact of the phrase that ends here, -1 for none
    private readonly bool[] _goesOn; // by node: whether a longer phrase begins like this
    private readonly int _longestWord;
    private readonly int _longestPhrase;

    private PhraseTable(Dictionary<string, int> ids, int[] first, Dictionary<long, int> next, int[] factOf, int longestPhrase)
    {
        _words = SymbolTable.Of([.. ids.Keys]);
        _short = ShortWords.Of(ids);
        _first = first;
        _next = next;
        _factOf = factOf;
        _longestWord = ids.Count == 0 ? 0 : ids.Keys.Max(static word => word.Length);
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
        return new(ids, first, next, [.. factOf], phrases.Count == 0 ? 0 : phrases.Max(static p => p.Length));
    }

    /// <summary>Notes every phrase that stands in the text.</summary>
    [SkipLocalsInit]
    public void Find(ReadOnlySpan<char> text, ref Facts facts)
    {
        var size = TextRuns.Room(text.Length);
        var rented = size > StackRoom ? ArrayPool<ulong>.Shared.Rent(size) : null;
        var runs = new TextRuns(text, rented ?? stackalloc ulong[StackRoom]);
        if (_longestPhrase > 1) FindPhrases(runs, ref facts);
        else
        {
            while (runs.Next())
            {
                if (runs.IsPlain && runs.Length <= ShortWords.Longest)
                {
                    var (low, high) = runs.Key();
                    if (_short.Find(low, high) is var id and > 0) facts.Add(_factOf[_first[id]]);
                }
                else
                {
                    FindWords(runs.Text, ref facts);
                }
            }
        }
        if (rented is not null) ArrayPool<ulong>.Shared.Return(rented);
    }

    // What is not one short ASCII word, character by character.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void FindWords(scoped ReadOnlySpan<char> run, ref Facts facts)
    {
        // A word longer than any of ours cannot be one of them; the buffer need not hold it.
        var rented = _longestWord > StackWord ? ArrayPool<char>.Shared.Rent(_longestWord) : null;
        var words = new WordScanner(run, rented ?? stackalloc char[StackWord]);
        while (words.Next())
            if (!words.IsTooLong && _words.Find(words.Word) is var id and > 0) facts.Add(_factOf[_first[id]]);
        if (rented is not null) ArrayPool<char>.Shared.Return(rented);
    }

    // Phrases under way are nodes of the tree; each word moves every one of them on or drops it. They began at different
    // words, so no more run at once than the longest phrase has words.
    private void FindPhrases(scoped TextRuns runs, ref Facts facts)
    {
        var rented = _longestPhrase > StackPhrase ? ArrayPool<int>.Shared.Rent(_longestPhrase) : null;
        var rentedWord = _longestWord > StackWord ? ArrayPool<char>.Shared.Rent(_longestWord) : null;
        var running = rented ?? stackalloc int[StackPhrase];
        var buffer = rentedWord ?? stackalloc char[StackWord];
        var count = 0;
        while (runs.Next())
        {
            if (runs.IsPlain && runs.Length <= ShortWords.Longest)
            {
                var (low, high) = runs.Key();
                Step(_short.Find(low, high), running, ref count, ref facts);
                continue;
            }
            var words = new WordScanner(runs.Text, buffer);
            while (words.Next()) Step(words.IsTooLong ? 0 : _words.Find(words.Word), running, ref count, ref facts);
        }
        if (rented is not null) ArrayPool<int>.Shared.Return(rented);
        if (rentedWord is not null) ArrayPool<char>.Shared.Return(rentedWord);
    }

    private void Step(int id, scoped Span<int> running, ref int count, ref Facts facts)
    {
        if (id == 0)
        {
            count = 0;
            return;
        }
        var kept = 0;
        for (var i = 0; i < count; i++)
            if (_next.TryGetValue(Edge(running[i], id), out var node)) Reach(node, running, ref kept, ref facts);
        count = kept;
        if (_first[id] is var start and > 0) Reach(start, running, ref count, ref facts);
    }

    private void Reach(int node, scoped Span<int> running, ref int count, ref Facts facts)
    {
        if (_factOf[node] >= 0) facts.Add(_factOf[node]);
        if (_goesOn[node]) running[count++] = node;
    }

    private static long Edge(int node, int word) => ((long)node << 32) | (uint)word;
}
