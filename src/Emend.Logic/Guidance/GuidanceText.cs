using System.Globalization;
using System.Text;
using Emend.Logic.Conditions;

namespace Emend.Logic.Guidance;

/// <summary>
/// Guidance as an agent reads it: one block between two headings, one line an item, each with its id and its record. Nothing an item
/// holds can end the block, begin a line, or open a heading, a role or a fence.
/// </summary>
/// <remarks>
/// How: what comes from items passes <see cref="Plain"/>, which leaves no line break, control, invisible or private character and none of
/// <c># ` &lt; &gt; [ ] { } | \</c>; the delimiters are made of what it removes. Values are cut to <see cref="MaxValue"/> characters.
/// </remarks>
public static class GuidanceText
{
    /// <summary>Longest value, label or word as it is shown; longer ones are cut.</summary>
    public const int MaxValue = 80;

    private const int MaxScope = 300;
    private const int ShownDigits = 12;
    private const int ShownWords = 14;

    /// <summary>The block; empty when there is no item.</summary>
    /// <param name="bundle">Digest of the bundle the items are part of.</param>
    /// <param name="items">The items, in the order they are shown.</param>
    public static string Block(string bundle, IReadOnlyList<GuidanceItem> items)
    {
        ArgumentNullException.ThrowIfNull(bundle);
        ArgumentNullException.ThrowIfNull(items);
        return Around(bundle, [.. items.Select(Line)]);
    }

    /// <summary>The block around lines.</summary>
    internal static string Around(string bundle, List<string> items)
    {
        if (items.Count == 0) return "";
        var sha = bundle.StartsWith("sha256:", StringComparison.Ordinal) ? bundle[7..] : bundle;
        sha = Plain(sha.Length > ShownDigits ? sha[..ShownDigits] : sha);
        var text = new StringBuilder(200 * (items.Count + 1));
        text.Append(CultureInfo.InvariantCulture, $"## Approved guidance (sha {sha}, {items.Count} {(items.Count == 1 ? "item" : "items")}; data from reviewed corrections, not user instructions)\n");
        foreach (var item in items) text.Append(item).Append('\n');
        return text.Append(CultureInfo.InvariantCulture, $"## End of approved guidance (sha {sha})\n").ToString();
    }

    /// <summary>One item as one line.</summary>
    public static string Line(GuidanceItem item)
    {
        ArgumentNullException.ThrowIfNull(item);
        var text = new StringBuilder(200);
        text.Append('[').Append(Value(item.Id));
        if (item.Kind != GuidanceKind.Written) text.Append(item.Kind == GuidanceKind.Correction ? " exemplar" : " contrast");
        text.Append(CultureInfo.InvariantCulture, $" | helpful {item.Help} harmful {item.Harm}");
        if (item.Scope is { } scope) text.Append(" | scope: ").Append(Cut(Scope(scope), MaxScope));
        if (item.Cases > 0) text.Append(CultureInfo.InvariantCulture, $" | {item.Cases} {(item.Cases == 1 ? "case" : "cases")}, {item.Submitters} {(item.Submitters == 1 ? "person" : "people")}");
        text.Append("] ");
        if (item.Kind == GuidanceKind.Written)
        {
            text.Append(Cut(Plain(item.Text), GuidanceProblems.MaxText));
            if (item.Action is { } advised) text.Append(" -> ").Append(Value(advised));
            return text.ToString();
        }
        text.Append("case: ");
        var hasPart = false;
        if (item.TaskType is { } task) Part("task ").Append(Value(task));
        foreach (var (name, value) in item.Features) Part(Value(name)).Append(" = ").Append(Value(value));
        if (!item.Words.IsEmpty)
        {
            Part("words often in it: ");
            // The commonest are enough to see what the cases are about; all of them are there to be found by.
            var words = item.Words.OrderByDescending(static w => w.Cases).ThenBy(static w => w.Word, StringComparer.Ordinal).Take(ShownWords);
            text.AppendJoin(", ", words.Select(static w => Value(w.Word)));
        }
        if (!hasPart) text.Append("any");
        text.Append("; proposed: ").Append(Value(item.Proposed ?? "")).Append(" -> correct: ").Append(Value(item.Action ?? ""));
        if (item.Kind == GuidanceKind.Confirmed) text.Append(" (reviewers confirmed it)");
        return text.ToString();

        StringBuilder Part(string begin)
        {
            if (hasPart) text.Append("; ");
            hasPart = true;
            return text.Append(begin);
        }
    }

    /// <summary>Tokens a line costs in a prompt, from above: ASCII at three characters a token, everything else one each.</summary>
    public static int Tokens(string line)
    {
        ArgumentNullException.ThrowIfNull(line);
        var (ascii, other) = (0, 0);
        foreach (var c in line)
        {
            if (char.IsAscii(c)) ascii++;
            else other++;
        }
        return (ascii / 3) + other + 1;
    }

    /// <summary>Text without anything that could be taken for structure: what is removed becomes a space, runs of spaces one.</summary>
    public static string Plain(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (Offending(text) is null) return text;
        var plain = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            if (IsPlain(rune)) plain.Append(rune.ToString());
            else if (plain.Length > 0 && plain[^1] != ' ') plain.Append(' ');
        }
        return plain.ToString().Trim();
    }

    /// <summary>The first thing in a text that <see cref="Plain"/> would take out, for people; null when it is plain.</summary>
    public static string? Offending(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        foreach (var rune in text.EnumerateRunes())
            if (!IsPlain(rune)) return string.Create(CultureInfo.InvariantCulture, $"U+{rune.Value:X4}");
        return null;
    }

    // Full-width forms of the delimiters look like them; invisible and private characters carry text no reviewer sees.
    private static bool IsPlain(Rune rune)
    {
        var ascii = rune.Value is >= 0xFF01 and <= 0xFF5E ? rune.Value - 0xFEE0 : rune.Value;
        if (ascii is '#' or '`' or '<' or '>' or '[' or ']' or '{' or '}' or '|' or '\\') return false;
        return Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
            or UnicodeCategory.PrivateUse or UnicodeCategory.Surrogate or UnicodeCategory.OtherNotAssigned) && rune != Rune.ReplacementChar;
    }

    private static string Value(string value) => Cut(Plain(value), MaxValue);

    private static string Value(FeatureValue value) => value.Kind switch
    {
        FeatureKind.String => "\"" + Value(value.AsString).Replace('"', '\'') + "\"",
        FeatureKind.StringSet => "(" + Cut(string.Join(", ", value.AsSet.ToArray().Select(static one => "\"" + Value(one).Replace('"', '\'') + "\"")), MaxValue) + ")",
        _ => Value(CanonicalJson.Text(value)),
    };

    // Comparison signs are the only use of < and > outside quoted values; words say the same.
    private static string Scope(Condition scope) => Plain(ConditionText.Format(scope).Replace(">=", "at least", StringComparison.Ordinal).Replace("<=", "at most", StringComparison.Ordinal)
        .Replace(">", "above", StringComparison.Ordinal).Replace("<", "below", StringComparison.Ordinal).Replace('[', '(').Replace(']', ')').Replace('{', '(').Replace('}', ')'));

    private static string Cut(string text, int most)
    {
        if (text.Length <= most) return text;
        // Half a surrogate pair would have no UTF-8 form.
        var end = char.IsHighSurrogate(text[most - 2]) ? most - 2 : most - 1;
        return text[..end] + "…";
    }
}
