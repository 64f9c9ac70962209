namespace Emend.Engine.Capturing.Logs;

/// <summary>Finds the word somebody meant.</summary>
internal static class Closest
{
    /// <summary>The nearest of <paramref name="known"/> to <paramref name="word"/>; null when none is near. Case, <c>_</c> and <c>-</c> do not count; ties go to the first in order.</summary>
    public static string? To(string word, IEnumerable<string> known)
    {
        var folded = Fold(word);
        var farthest = Math.Max(1, folded.Length / 3);
        string? best = null;
        foreach (var candidate in known)
        {
            var distance = Distance(folded, Fold(candidate), farthest);
            if (distance > farthest || (best is not null && distance == farthest)) continue;
            (best, farthest) = (candidate, distance);
            if (distance == 0) break;
        }
        return best;
    }

    /// <summary><c>did you mean 'x'? </c> when something is near, else nothing.</summary>
    public static string Hint(string word, IEnumerable<string> known) => To(word, known) is { } meant ? $"did you mean '{meant}'? " : "";

    private static string Fold(string word) => word.Replace("_", "", StringComparison.Ordinal).Replace("-", "", StringComparison.Ordinal).ToLowerInvariant();

    // Edits (insert, delete, replace, swap of neighbours) between two words, or anything above the limit once it is exceeded.
    private static int Distance(string a, string b, int limit)
    {
        if (Math.Abs(a.Length - b.Length) > limit) return limit + 1;
        var (before, previous, current) = (new int[b.Length + 1], new int[b.Length + 1], new int[b.Length + 1]);
        for (var j = 0; j <= b.Length; j++) previous[j] = j;
        for (var i = 1; i <= a.Length; i++)
        {
            current[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var cost = a[i - 1] == b[j - 1] ? 0 : 1;
                current[j] = Math.Min(Math.Min(current[j - 1], previous[j]) + 1, previous[j - 1] + cost);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) current[j] = Math.Min(current[j], before[j - 2] + 1);
            }
            (before, previous, current) = (previous, current, before);
        }
        return previous[b.Length];
    }
}
