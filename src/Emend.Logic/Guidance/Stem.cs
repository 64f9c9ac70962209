namespace Emend.Logic.Guidance;

/// <summary>
/// What is left of a word when a common English ending goes: <c>cards</c>, <c>carded</c> and <c>carding</c> meet in one. Crude on purpose: it only
/// adds evidence beside the word itself, and for other languages it changes nothing worse than losing a final s.
/// </summary>
internal static class Stem
{
    /// <summary>Begins every stem, so that it is no word.</summary>
    public const char Mark = '~';

    /// <summary>Longest word that is stemmed.</summary>
    public const int Longest = 40;

    private const int Least = 3;

    // Longest first.
    private static readonly string[] Endings = ["ations", "ation", "ments", "ingly", "ment", "ings", "ing", "ies", "ied", "ers", "er", "ed", "es", "ly", "s", "y", "e"];

    /// <summary>Writes the marked stem; 0 for a word that has none.</summary>
    public static int Of(ReadOnlySpan<char> word, Span<char> to)
    {
        if (word.Length is < Least or > Longest) return 0;
        var length = word.Length;
        foreach (var ending in Endings)
        {
            if (!word.EndsWith(ending, StringComparison.Ordinal) || word.Length - ending.Length < Least) continue;
            length = word.Length - ending.Length;
            break;
        }
        // stopped, stopping: the doubled consonant came with the ending.
        if (length < word.Length && length > Least && word[length - 1] == word[length - 2] && word[length - 1] is not ('l' or 's' or 'e')) length--;
        to[0] = Mark;
        word[..length].CopyTo(to[1..]);
        return length + 1;
    }
}
