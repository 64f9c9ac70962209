using System.Collections.Immutable;

namespace Emend.Logic.Guidance;

/// <summary>
/// Chooses among scored items: relevant and unlike each other (maximal marginal relevance, Carbonell and Goldstein 1998, lambda 0.7, Jaccard
/// over terms), within the caps, and beside every correction at least one confirmed case, lest an agent learns to distrust what was right.
/// </summary>
internal sealed class GuidanceSelection(GuidanceIndex index, float[] scores, in GuidanceQuery query)
{
    private const float Lambda = 0.7f;
    private const float SameCase = 0.9f;
    private const int Considered = 64;

    private readonly int _maxItems = query.MaxItems > 0 ? query.MaxItems : GuidanceQuery.DefaultItems;
    private readonly int _maxTokens = query.MaxTokens > 0 ? query.MaxTokens : GuidanceQuery.DefaultTokens;

    /// <summary>Positions of the chosen items, in the order they are shown.</summary>
    public List<int> Choose()
    {
        var chosen = new List<int>(_maxItems);
        var tokens = 0;
        var best = Best();
        if (best.Count == 0) return chosen;
        // What a person wrote for this case goes first, but leaves room for cases.
        foreach (var item in best)
            if (index.Items[item].Kind == GuidanceKind.Written && chosen.Count < (_maxItems + 1) / 2) Take(item, chosen, ref tokens);
        Diverse(best, chosen, ref tokens);
        Contrast(chosen, ref tokens);
        return chosen;
    }

    // The best few by a bounded insertion: a heap would cost more for so few.
    private List<int> Best()
    {
        Span<int> top = stackalloc int[Considered];
        var count = 0;
        for (var i = 0; i < index.Items.Length; i++)
        {
            var score = scores[i];
            if (float.IsNegativeInfinity(score) || count == Considered && score <= scores[top[count - 1]]) continue;
            var at = count < Considered ? count++ : Considered - 1;
            while (at > 0 && scores[top[at - 1]] < score)
            {
                top[at] = top[at - 1];
                at--;
            }
            top[at] = i;
        }
        return [.. top[..count]];
    }

    private void Diverse(List<int> best, List<int> chosen, ref int tokens)
    {
        Span<bool> isOut = stackalloc bool[Considered];
        Span<float> alike = stackalloc float[Considered];
        alike.Clear();
        for (var i = 0; i < best.Count; i++)
        {
            isOut[i] = index.Items[best[i]].Kind == GuidanceKind.Written;
            foreach (var one in chosen) alike[i] = Math.Max(alike[i], Jaccard(best[i], one));
        }
        var (highest, lowest) = (scores[best[0]], scores[best[^1]]);
        var range = Math.Max(highest - lowest, 1e-6f);
        while (chosen.Count < _maxItems)
        {
            var (next, value) = (-1, float.NegativeInfinity);
            for (var i = 0; i < best.Count; i++)
            {
                if (isOut[i]) continue;
                var worth = (Lambda * (scores[best[i]] - lowest) / range) - ((1 - Lambda) * alike[i]);
                if (worth > value) (next, value) = (i, worth);
            }
            if (next < 0) return;
            isOut[next] = true;
            if (alike[next] >= SameCase && IsSaidAlready(best[next], chosen)) continue;
            if (!Take(best[next], chosen, ref tokens)) continue;
            for (var i = 0; i < best.Count; i++)
                if (!isOut[i]) alike[i] = Math.Max(alike[i], Jaccard(best[i], best[next]));
        }
    }

    // The confirmed case closest to the corrections shown: of the same proposal where there is one.
    private void Contrast(List<int> chosen, ref int tokens)
    {
        var corrections = chosen.FindAll(i => index.Items[i].Kind == GuidanceKind.Correction);
        if (corrections.Count == 0 || chosen.Exists(i => index.Items[i].Kind == GuidanceKind.Confirmed)) return;
        var proposed = corrections.ConvertAll(i => index.Items[i].Proposed!);
        var (contrast, isOfSame, score) = (-1, false, float.NegativeInfinity);
        foreach (var i in index.Confirmed)
        {
            var same = proposed.Contains(index.Items[i].Proposed!, StringComparer.Ordinal);
            if (contrast >= 0 && (isOfSame && !same || isOfSame == same && scores[i] <= score)) continue;
            (contrast, isOfSame, score) = (i, same, scores[i]);
        }
        if (contrast < 0) return;
        // In place of the last correction where there is no room, never of the only one.
        while (chosen.Count >= _maxItems || !Fits(contrast, tokens))
        {
            var last = chosen.FindLastIndex(i => index.Items[i].Kind == GuidanceKind.Correction);
            if (last < 0 || last == chosen.FindIndex(i => index.Items[i].Kind == GuidanceKind.Correction)) return;
            tokens -= Cost(chosen[last]);
            chosen.RemoveAt(last);
        }
        Take(contrast, chosen, ref tokens);
    }

    private bool Take(int item, List<int> chosen, ref int tokens)
    {
        if (!Fits(item, tokens)) return false;
        tokens += Cost(item);
        chosen.Add(item);
        return true;
    }

    private bool Fits(int item, int tokens) => tokens + Cost(item) <= _maxTokens;

    private int Cost(int item) => index.Tokens[item];

    private bool IsSaidAlready(int item, List<int> chosen)
    {
        var (items, one) = (index.Items, index.Items[item]);
        return chosen.Exists(other => items[other].Kind == one.Kind && string.Equals(items[other].Proposed, one.Proposed, StringComparison.Ordinal) && string.Equals(items[other].Action, one.Action, StringComparison.Ordinal));
    }

    private float Jaccard(int left, int right)
    {
        var (a, b) = (index.TokensOf[left], index.TokensOf[right]);
        if (a.Length == 0 || b.Length == 0) return 0;
        var (i, j, both) = (0, 0, 0);
        while (i < a.Length && j < b.Length)
        {
            if (a[i] == b[j]) (i, j, both) = (i + 1, j + 1, both + 1);
            else if (a[i] < b[j]) i++;
            else j++;
        }
        return (float)both / (a.Length + b.Length - both);
    }
}

/// <summary>Withholds one item in ten, at random but always the same for one unit: whoever is not shown an item tells what it is worth to those who are.</summary>
public static class Withholding
{
    /// <summary>Share withheld, in basis points.</summary>
    public const int ShareBp = 1_000;

    /// <summary>Whether an item is withheld from a unit: MurmurHash3 of <c>guidance/AGENT/ITEM:UNIT</c>.</summary>
    public static bool IsWithheld(string agent, string item, string unit) => Assignment.IsIn($"guidance/{agent}/{item}", unit, ShareBp);

    /// <summary>Splits what was chosen. Nothing takes the place of what is withheld: the comparison is with this item and without it.</summary>
    internal static (List<int> Shown, List<int> Withheld) Split(string agent, string? unit, List<int> chosen, ImmutableArray<GuidanceItem> items)
    {
        if (unit is null) return (chosen, []);
        var withheld = chosen.FindAll(i => IsWithheld(agent, items[i].Id, unit));
        return withheld.Count == 0 ? (chosen, withheld) : (chosen.FindAll(i => !withheld.Contains(i)), withheld);
    }
}
