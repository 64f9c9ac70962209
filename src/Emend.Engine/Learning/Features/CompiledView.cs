using System.Collections.Immutable;
using System.Text;
using Emend.Engine.Capturing.Logs;
using Emend.Logic;
using Emend.Logic.Evaluation;

namespace Emend.Engine.Learning.Features;

/// <summary>One feature of a view where its events are kept.</summary>
/// <param name="Id">Number of the series.</param>
/// <param name="Feature">What it says.</param>
internal sealed record Series(long Id, ViewFeature Feature);

/// <summary>What an event adds to a feature.</summary>
/// <param name="Amount">Millionths for a mean, 0 or 1 for a rate.</param>
/// <param name="Member">Canonical JSON of the value, for last and distinct.</param>
internal readonly record struct Contribution(long? Amount, string? Member);

/// <summary>A view ready to take events in.</summary>
/// <param name="Id">Number of the view.</param>
/// <param name="View">The definition.</param>
/// <param name="Series">Its features.</param>
internal sealed record CompiledView(long Id, FeatureView View, ImmutableArray<Series> Series)
{
    /// <summary>A mean is taken over millionths: whole numbers add up to the same in any order.</summary>
    public const double Millionths = 1e6;

    // Beyond this a value in millionths is no 64-bit number; whoever measures such things measures them in larger units.
    private const double Largest = 9e12;

    /// <summary>Whether it is grouped by whom decisions are about.</summary>
    public bool IsBySubject { get; } = View.Key.Contains(EventFacts.About, StringComparer.Ordinal);

    /// <summary>Grains that have to be kept behind the newest: the window, and as far as a sender's clock may have run ahead.</summary>
    public long Kept { get; } = View.Window is null ? 0 : View.Grains + (LogLimits.ClockTolerance.Ticks / View.Grain.Ticks) + 2;

    /// <summary>Sums of grains before this one are kept no longer. It moves in steps, so that not every new grain has something dropped; it is a function of the newest grain alone.</summary>
    public long Oldest(long high)
    {
        if (View.Window is null) return 0;
        var step = Math.Max(1, View.Grains / 4);
        var (whole, rest) = Math.DivRem(high - Kept, step);
        return (rest < 0 ? whole - 1 : whole) * step;
    }

    /// <summary>Whether an event counts.</summary>
    public bool Takes(EventFacts facts) => BruteForce.Holds(View.Where, facts.Input);

    /// <summary>The key of an event and its form without pseudonyms; null when it lacks a part.</summary>
    public (string Key, string Shown)? KeyOf(EventFacts facts)
    {
        if (View.Key.IsEmpty) return ("[]", "[]");
        var (key, shown) = (new StringBuilder("["), new StringBuilder("["));
        foreach (var operand in View.Key)
        {
            var value = facts[operand];
            if (value.Kind == FeatureKind.Missing) return null;
            if (key.Length > 1)
            {
                key.Append(',');
                shown.Append(',');
            }
            var text = CanonicalJson.Text(value);
            key.Append(text);
            shown.Append(EventFacts.IsPerson(operand) ? "\"?\"" : text);
        }
        return (key.Append(']').ToString(), shown.Append(']').ToString());
    }

    /// <summary>What an event adds to a feature; null: nothing.</summary>
    public static Contribution? Of(ViewFeature feature, EventFacts facts)
    {
        if (feature.Measure == Measure.Count) return new(null, null);
        if (feature.Measure == Measure.Rate) return new(BruteForce.Holds(feature.Hit!, facts.Input) ? 1 : 0, null);
        var value = facts[feature.Value!];
        if (value.Kind == FeatureKind.Missing) return null;
        if (feature.Measure != Measure.Mean) return new(null, value.Kind == FeatureKind.Timestamp ? $"{{\"at\":{CanonicalJson.Text(value)}}}" : CanonicalJson.Text(value));
        return value.Kind == FeatureKind.Number && Math.Abs(value.AsNumber) <= Largest ? new((long)Math.Round(value.AsNumber * Millionths, MidpointRounding.ToEven), null) : null;
    }
}
