using System.Globalization;

namespace Emend.Engine.Learning.Features;

/// <summary>Spans as definitions write them: a whole number and a unit, <c>45s</c>, <c>90m</c>, <c>24h</c>, <c>30d</c>.</summary>
internal static class Duration
{
    private static readonly (char Unit, TimeSpan Span)[] Units = [('d', TimeSpan.FromDays(1)), ('h', TimeSpan.FromHours(1)), ('m', TimeSpan.FromMinutes(1)), ('s', TimeSpan.FromSeconds(1))];

    // Ten years.
    private static readonly TimeSpan Longest = TimeSpan.FromDays(3660);

    /// <summary>Reads one; null when it is none, or none between a second and ten years.</summary>
    public static TimeSpan? Read(string text)
    {
        if (text.Length < 2 || Array.Find(Units, unit => unit.Unit == text[^1]) is not { Span.Ticks: > 0 } unit) return null;
        if (!int.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var count) || count < 1) return null;
        return count > Longest / unit.Span ? null : unit.Span * count;
    }

    /// <summary>In the largest unit that it is a whole number of.</summary>
    public static string Text(TimeSpan span)
    {
        var (unit, size) = Array.Find(Units, unit => span.Ticks % unit.Span.Ticks == 0);
        return string.Create(CultureInfo.InvariantCulture, $"{span.Ticks / size.Ticks}{unit}");
    }

    /// <summary>The grain a window moves by unless it is said: the largest unit of which it holds at least 24, or a second.</summary>
    public static TimeSpan UsualGrain(TimeSpan window) =>
        Array.Find(Units, unit => window.Ticks % unit.Span.Ticks == 0 && window.Ticks / unit.Span.Ticks is >= 24 and <= FeatureView.MaxGrains) is { Span.Ticks: > 0 } usual ? usual.Span
        : Array.Find(Units, unit => window.Ticks % unit.Span.Ticks == 0 && window.Ticks / unit.Span.Ticks <= FeatureView.MaxGrains).Span;
}
