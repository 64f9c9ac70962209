using System.Runtime.InteropServices;

namespace Emend.Engine.Learning.Rules;

/// <summary>
/// Reviewed cases in time order (then by id), turned into what mining counts: sets of rows for typed conditions, lists of rows
/// for phrases, numbers for actions. Any order of the same cases gives the same table.
/// </summary>
internal sealed class CaseTable
{
    private readonly Dictionary<string, int> _labels = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _phraseNumbers = new(StringComparer.Ordinal);

    private Term?[] _phraseTerms = [];

    private CaseTable(LearningCase[] cases) => Cases = cases;

    /// <summary>The cases, oldest decision first.</summary>
    public LearningCase[] Cases { get; }

    /// <summary>How many.</summary>
    public int Count => Cases.Length;

    /// <summary>Proposed label of each row, as an index of <see cref="Labels"/>.</summary>
    public int[] Proposed { get; private init; } = [];

    /// <summary>What should have been done, as an index of <see cref="Remedies"/>; -1 where the proposal was right.</summary>
    public int[] Remedy { get; private init; } = [];

    /// <summary>Number of a label; -1 when no row has it.</summary>
    public int LabelNumber(string? label) => label is not null && _labels.TryGetValue(label, out var number) ? number : -1;

    /// <summary>Number of a phrase; -1 when too few rows have it.</summary>
    public int PhraseNumber(string phrase) => _phraseNumbers.TryGetValue(phrase, out var number) ? number : -1;

    /// <summary>Labels by number.</summary>
    public List<string> Labels { get; } = [];

    /// <summary>Remedies by number.</summary>
    public List<Remedy> Remedies { get; } = [];

    /// <summary>Label a remedy leads to; -1 when it keeps the proposed one.</summary>
    public List<int> RemedyLabel { get; } = [];

    /// <summary>Typed conditions, and the rows each holds on.</summary>
    public required List<Literal> Literals { get; init; }

    /// <summary>Rows each literal holds on.</summary>
    public required List<ulong[]> Rows { get; init; }

    /// <summary>Phrases of each row that occur often enough.</summary>
    public int[][] Phrases { get; private set; } = [];

    /// <summary>Rows of each phrase, ascending.</summary>
    public int[][] Postings { get; private set; } = [];

    /// <summary>Text of each phrase.</summary>
    public string[] PhraseTexts { get; private set; } = [];

    /// <summary>The condition that a text contains a phrase; made once for all searches.</summary>
    public Term PhraseTerm(int phrase) => _phraseTerms[phrase] ??= Term.Words(PhraseTexts[phrase], phrase);

    /// <summary>Builds the table.</summary>
    public static CaseTable Of(IEnumerable<LearningCase> cases, Phrases phrases, LearnerOptions options)
    {
        var sorted = InTime(cases);
        var (literals, rows) = TypedLiterals.Of(sorted);
        var table = new CaseTable(sorted)
        {
            Proposed = new int[sorted.Length],
            Remedy = new int[sorted.Length],
            Literals = literals,
            Rows = rows,
        };
        table.NumberActions();
        if (options.PhraseWords > 0) table.NumberPhrases(phrases, options.MinPhraseCases);
        return table;
    }

    /// <summary>The cases that teach, in time order. Undecided ones (escalated, nobody ruled) teach nothing yet.</summary>
    public static LearningCase[] InTime(IEnumerable<LearningCase> cases)
    {
        var sorted = cases.Where(static c => c.Ruling.IsWrong || c.Ruling.Truth is not null).ToArray();
        Array.Sort(sorted, static (a, b) => a.Decision.OccurredAt != b.Decision.OccurredAt
            ? a.Decision.OccurredAt.CompareTo(b.Decision.OccurredAt)
            : string.CompareOrdinal(a.Decision.Id, b.Decision.Id));
        return sorted;
    }

    private void NumberActions()
    {
        var remedies = new Dictionary<Remedy, int>();
        for (var row = 0; row < Count; row++)
        {
            Proposed[row] = Label(Cases[row].Decision.Proposed.Label);
            if (Rules.Remedy.Of(Cases[row]) is not { } remedy)
            {
                Remedy[row] = -1;
                continue;
            }
            ref var number = ref CollectionsMarshal.GetValueRefOrAddDefault(remedies, remedy, out var known);
            if (!known)
            {
                number = Remedies.Count;
                Remedies.Add(remedy);
                RemedyLabel.Add(remedy.Label is { } label ? Label(label) : -1);
            }
            Remedy[row] = number;
        }

        int Label(string text)
        {
            ref var number = ref CollectionsMarshal.GetValueRefOrAddDefault(_labels, text, out var known);
            if (!known)
            {
                number = Labels.Count;
                Labels.Add(text);
            }
            return number;
        }
    }

    private void NumberPhrases(Phrases phrases, int minCases)
    {
        Phrases = new int[Count][];
        for (var row = 0; row < Count; row++) Phrases[row] = phrases.Of(Cases[row].Decision);
        var cases = new int[phrases.Count];
        foreach (var row in Phrases)
            foreach (var phrase in row) cases[phrase]++;

        // Numbered again by first appearance in this table, so that earlier learning leaves no trace in the order of anything.
        var numbers = new int[phrases.Count];
        var texts = new List<string>();
        var sizes = new List<int>();
        for (var row = 0; row < Count; row++)
        {
            var kept = new List<int>(Phrases[row].Length);
            foreach (var phrase in Phrases[row])
            {
                if (cases[phrase] < minCases) continue;
                if (numbers[phrase] == 0)
                {
                    texts.Add(phrases[phrase]);
                    sizes.Add(cases[phrase]);
                    numbers[phrase] = texts.Count;
                }
                kept.Add(numbers[phrase] - 1);
            }
            Phrases[row] = [.. kept];
        }
        PhraseTexts = [.. texts];
        for (var phrase = 0; phrase < PhraseTexts.Length; phrase++) _phraseNumbers.Add(PhraseTexts[phrase], phrase);
        _phraseTerms = new Term?[texts.Count];
        Postings = new int[texts.Count][];
        for (var phrase = 0; phrase < Postings.Length; phrase++) Postings[phrase] = new int[sizes[phrase]];
        var filled = new int[texts.Count];
        for (var row = 0; row < Count; row++)
            foreach (var phrase in Phrases[row]) Postings[phrase][filled[phrase]++] = row;
    }
}
