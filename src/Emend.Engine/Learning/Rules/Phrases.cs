using System.Runtime.InteropServices;
using Emend.Engine.Normalizing;
using Emend.Logic.Conditions;

namespace Emend.Engine.Learning.Rules;

/// <summary>
/// The phrases (one to a few adjacent words) of texts, each text cut once however often it is learned from. Words with a digit are left out:
/// they are numbers, dates and identifiers, which say who rather than what.
/// </summary>
/// <remarks>The numbers given to phrases depend on the order of arrival and never leave this class's callers' scratch arrays.</remarks>
internal sealed class Phrases(int maxWords)
{
    private readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal);
    private readonly List<string> _texts = [];
    private readonly Dictionary<Decision, int[]> _known = new(ReferenceEqualityComparer.Instance);

    public int Count => _texts.Count;

    public string this[int phrase] => _texts[phrase];

    /// <summary>Distinct phrases of a decision's text, in order of appearance.</summary>
    public int[] Of(Decision decision)
    {
        ref var found = ref CollectionsMarshal.GetValueRefOrAddDefault(_known, decision, out _);
        return found ??= Cut(decision.Context.Text);
    }

    private int[] Cut(string? text)
    {
        if (maxWords == 0 || string.IsNullOrEmpty(text)) return [];
        var words = TextTokens.Of(text);
        var seen = new HashSet<int>();
        var phrases = new List<int>(words.Length * maxWords);
        for (var start = 0; start < words.Length; start++)
        {
            var phrase = "";
            for (var end = start; end < words.Length && end < start + maxWords && !words[end].Any(char.IsDigit); end++)
            {
                phrase = end == start ? words[end] : $"{phrase} {words[end]}";
                if (!_numbers.TryGetValue(phrase, out var number))
                {
                    _numbers.Add(phrase, number = _texts.Count);
                    _texts.Add(phrase);
                }
                if (seen.Add(number)) phrases.Add(number);
            }
        }
        return [.. phrases];
    }
}
