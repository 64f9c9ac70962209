using Emend.Engine.Evaluating.Statistics;

namespace Emend.Engine.Learning.Guidance;

/// <summary>
/// What an item is worth: how much oftener agents are right that read it than those from whom it was withheld. Withheld at random, so the
/// difference is caused by the item and by nothing else.
/// </summary>
/// <param name="Item">The item.</param>
/// <param name="Shown">Decisions that were shown it and whose truth is known.</param>
/// <param name="ShownRight">Of them, right proposals.</param>
/// <param name="Withheld">Decisions it was withheld from and whose truth is known.</param>
/// <param name="WithheldRight">Of them, right proposals.</param>
internal sealed record GuidanceValue(string Item, int Shown, int ShownRight, int Withheld, int WithheldRight)
{
    /// <summary>Difference of the shares; null while one side is empty.</summary>
    public double? Difference => Shown == 0 || Withheld == 0 ? null : ((double)ShownRight / Shown) - ((double)WithheldRight / Withheld);

    /// <summary>Its 95 % interval; null while one side is empty.</summary>
    public (double Low, double High)? Interval => Difference is null ? null : Newcombe.Interval(ShownRight, Shown, WithheldRight, Withheld);

    /// <summary>The values of all items that were used, by id.</summary>
    public static IReadOnlyList<GuidanceValue> Of(IEnumerable<GuidanceTally> tallies) => [.. tallies.GroupBy(static t => t.Item, StringComparer.Ordinal).OrderBy(static g => g.Key, StringComparer.Ordinal).Select(static g => new GuidanceValue(
        g.Key,
        g.Where(static t => t.IsShown).Sum(static t => t.Count),
        g.Where(static t => t.IsShown && t.IsRight).Sum(static t => t.Count),
        g.Where(static t => !t.IsShown).Sum(static t => t.Count),
        g.Where(static t => !t.IsShown && t.IsRight).Sum(static t => t.Count)))];
}
