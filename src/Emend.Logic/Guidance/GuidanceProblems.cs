using System.Collections.Immutable;
using Emend.Logic.Conditions;

namespace Emend.Logic.Guidance;

/// <summary>Everything that is wrong with a guidance item, and how much one may hold.</summary>
public static class GuidanceProblems
{
    /// <summary>Longest text of a written item.</summary>
    public const int MaxText = 400;

    /// <summary>Most words of an item.</summary>
    public const int MaxWords = 40;

    /// <summary>Most features of an item.</summary>
    public const int MaxFeatures = 40;

    /// <summary>Most decisions an item names as its evidence.</summary>
    public const int MaxEvidence = 20;

    /// <summary>Longest id, label or task type.</summary>
    public const int MaxName = 200;

    /// <summary>The problems; none for a sound item.</summary>
    public static IEnumerable<string> Of(GuidanceItem item)
    {
        ArgumentNullException.ThrowIfNull(item);
        if (!IsId(item.Id)) yield return "id: 3 to 64 of a-z, 0-9 and '-'";
        foreach (var (name, value) in new[] { ("action", item.Action), ("proposed", item.Proposed), ("taskType", item.TaskType) })
            if (value is { Length: 0 or > MaxName } || value is not null && !CanonicalJson.IsWellFormed(value)) yield return $"{name}: 1 to {MaxName} characters";
        if (item.Kind == GuidanceKind.Written)
        {
            if (item.Text.Length == 0) yield return "text: say what the agent should know";
            if (!item.Words.IsEmpty || !item.Features.IsEmpty || item.Proposed is not null) yield return "a written item has no words, features or proposed action: those are of learned ones";
        }
        else if (item.Text.Length > 0 || item.Scope is not null || item.Proposed is null || item.Action is null)
        {
            yield return "a learned item has a proposed action and an action, and neither text nor scope";
        }
        if (item.Text.Length > MaxText) yield return $"text: {item.Text.Length} characters, at most {MaxText} fit";
        if (!CanonicalJson.IsWellFormed(item.Text)) yield return "text: it holds half a surrogate pair";
        else if (GuidanceText.Offending(item.Text) is { } shown) yield return $"text: {shown} cannot stand in guidance; write one line of plain words without control characters, markup (# ` < > [ ] {{ }} |) or line breaks";
        if (item.Scope is { } scope)
            foreach (var problem in ConditionProblems.Of(scope)) yield return "scope: " + problem;
        if (item.Words.Length > MaxWords) yield return $"words: {item.Words.Length}, at most {MaxWords} fit";
        if (!IsSorted(item.Words, static w => w.Word)) yield return "words: not sorted, or one stands twice";
        foreach (var (word, cases) in item.Words)
            if (cases < 1 || cases > item.Cases || TextTokens.Of(word) is not [var only] || !string.Equals(only, word, StringComparison.Ordinal)) yield return $"words: {CanonicalJson.Quote(word)} is not a word of 1 to {item.Cases} cases";
        if (item.Features.Length > MaxFeatures) yield return $"features: {item.Features.Length}, at most {MaxFeatures} fit";
        if (!IsSorted(item.Features, static f => f.Name)) yield return "features: not sorted, or one stands twice";
        foreach (var (name, value) in item.Features)
            if (value.Kind is FeatureKind.Missing or FeatureKind.Timestamp || value.Kind == FeatureKind.Number && !double.IsFinite(value.AsNumber)) yield return $"features: {CanonicalJson.Quote(name)} has no value guidance can hold";
        if (item.Evidence.Length > MaxEvidence) yield return $"evidence: {item.Evidence.Length} decisions, at most {MaxEvidence} fit";
        if (!IsSorted(item.Evidence, static id => id)) yield return "evidence: not sorted, or one stands twice";
        if (item.Cases < 0 || item.Submitters < 0 || item.Help < 0 || item.Harm < 0) yield return "counts cannot be negative";
        if (item.Weight is not (> 0 and <= 1)) yield return "weight: above 0 and at most 1";
    }

    private static bool IsId(string id)
    {
        if (id.Length is < 3 or > 64) return false;
        foreach (var c in id)
            if (!char.IsAsciiLetterLower(c) && !char.IsAsciiDigit(c) && c != '-') return false;
        return true;
    }

    private static bool IsSorted<T>(ImmutableArray<T> items, Func<T, string> of)
    {
        for (var i = 1; i < items.Length; i++)
            if (string.CompareOrdinal(of(items[i - 1]), of(items[i])) >= 0) return false;
        return true;
    }
}
