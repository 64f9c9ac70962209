using System.Buffers;
using System.Collections.Immutable;

namespace Emend.Logic.Conditions;

/// <summary>
/// The words of a text, as <c>text contains "…"</c> sees them: maximal runs of letters, marks and numbers (Unicode categories L, M and N),
/// lower-cased invariantly, apostrophes inside a word dropped (<c>can't</c> is <c>cant</c>).
/// </summary>
public static class TextTokens
{
    /// <summary>The words in order, duplicates kept.</summary>
    public static ImmutableArray<string> Of(string? text)
    {
        if (string.IsNullOrEmpty(text)) return [];
        // Lower-casing one code point at a time never makes a text longer than twice itself.
        var buffer = ArrayPool<char>.Shared.Rent(text.Length * 2);
        var tokens = ImmutableArray.CreateBuilder<string>();
        var words = new WordScanner(text, buffer);
        while (words.Next()) tokens.Add(words.Word.ToString());
        ArrayPool<char>.Shared.Return(buffer);
        return tokens.DrainToImmutable();
    }
}
