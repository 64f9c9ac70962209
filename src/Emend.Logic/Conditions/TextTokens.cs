using System.Collections.Immutable;
using System.Text;

namespace Emend.Logic.Conditions;

/// <summary>
/// The words of a text, as <c>text contains "…"</c> sees them: maximal runs of letters and digits (Unicode categories L, M and N),
/// lower-cased invariantly, apostrophes inside a word dropped (<c>can't</c> is <c>cant</c>).
/// </summary>
public static class TextTokens
{
    /// <summary>The words in order, duplicates kept.</summary>
    public static ImmutableArray<string> Of(string? text)
    {
        if (string.IsNullOrEmpty(text)) return [];
        var tokens = ImmutableArray.CreateBuilder<string>();
        var word = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            if (Rune.IsLetterOrDigit(rune) || Rune.GetUnicodeCategory(rune) is
                System.Globalization.UnicodeCategory.NonSpacingMark or System.Globalization.UnicodeCategory.SpacingCombiningMark)
            {
                word.Append(Rune.ToLowerInvariant(rune).ToString());
            }
            else if (rune.Value is not ('\'' or 0x2019))
            {
                Flush();
            }
        }
        Flush();
        return tokens.DrainToImmutable();

        void Flush()
        {
            if (word.Length > 0) tokens.Add(word.ToString());
            word.Clear();
        }
    }
}
