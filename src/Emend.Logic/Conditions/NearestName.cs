namespace Emend.Logic.Conditions;

/// <summary>Finds the name somebody probably meant.</summary>
internal static class NearestName
{
    /// <summary>The candidate with the smallest edit distance to <paramref name="name"/>, letter case aside; null when none is near.</summary>
    public static string? Of(string name, IEnumerable<string> candidates)
    {
        // Half the letters may be wrong, three at most: farther than that a suggestion only distracts.
        var limit = Math.Min(3, Math.Max(1, name.Length / 2));
        string? best = null;
        if (name.Length > 100) return null;
        foreach (var candidate in candidates)
        {
            if (Math.Abs(candidate.Length - name.Length) > limit) continue;
            var distance = Distance(name.ToLowerInvariant(), candidate.ToLowerInvariant());
            if (distance > limit || distance == limit && best is not null) continue;
            (best, limit) = (candidate, distance);
        }
        return best;
    }

    /// <summary>Levenshtein distance: insertions, deletions and replacements that turn one string into the other.</summary>
    public static int Distance(string a, string b)
    {
        var row = new int[b.Length + 1];
        for (var j = 0; j < row.Length; j++) row[j] = j;
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, Math.Min(row[j], row[j - 1]) + 1);
            }
        }
        return row[b.Length];
    }
}
