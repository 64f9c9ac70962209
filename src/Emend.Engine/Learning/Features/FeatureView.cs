using System.Collections.Immutable;
using Emend.Logic.Conditions;

namespace Emend.Engine.Learning.Features;

/// <summary>Which signals are the events of a view.</summary>
internal enum EventKind : byte
{
    /// <summary>What agents proposed.</summary>
    Decisions,
    /// <summary>What people said of it.</summary>
    Corrections,
    /// <summary>What became of it.</summary>
    Outcomes,
}

/// <summary>What a feature says of the events in its window.</summary>
internal enum Measure : byte
{
    /// <summary>How many.</summary>
    Count,
    /// <summary>Share of them that a condition holds of.</summary>
    Rate,
    /// <summary>A value of the newest of them.</summary>
    Last,
    /// <summary>How many different values.</summary>
    Distinct,
    /// <summary>Mean of a number.</summary>
    Mean,
}

/// <summary>One feature of a view.</summary>
/// <param name="Name">Name; a context has it as <c>view.feature</c>.</param>
/// <param name="Measure">What it says.</param>
internal sealed record ViewFeature(string Name, Measure Measure)
{
    /// <summary>For a rate: the condition whose share it is.</summary>
    public Condition? Hit { get; init; }
    /// <summary>For last, distinct and mean: the operand that is looked at.</summary>
    public string? Value { get; init; }
}

/// <summary>
/// A versioned definition over the journal: of which events, grouped by what, over which window. The same definition answers for training
/// (<see cref="HistoricalJoin"/>) and for serving (<see cref="LatestFeatures"/>).
/// </summary>
/// <remarks>
/// What was <i>recorded</i> at or before the asked instant is known, and when it <i>happened</i> decides whether it lies in the window. A window
/// moves by whole grains, the one under way counted: both readers then sum up the same cells, and neither depends on the order of arrival.
/// </remarks>
internal sealed record FeatureView
{
    /// <summary>Most grains a window may have: what one online read adds up at most.</summary>
    public const int MaxGrains = 1_000;
    /// <summary>Most features of a view.</summary>
    public const int MaxFeatures = 32;
    /// <summary>Most parts of a key.</summary>
    public const int MaxKey = 4;

    /// <summary>Name, unique with <see cref="Version"/>.</summary>
    public required string Name { get; init; }
    /// <summary>From 1, grows by one with every incompatible change.</summary>
    public int Version { get; init; } = 1;
    /// <summary>What it is for, for people.</summary>
    public string About { get; init; } = "";
    /// <summary>The events.</summary>
    public required EventKind Of { get; init; }
    /// <summary>Which of them count. Default all.</summary>
    public Condition Where { get; init; } = Condition.Always;
    /// <summary>Operands it is grouped by; none: one value for the whole workspace. An event that lacks one of them counts for nobody.</summary>
    public ImmutableArray<string> Key { get; init; } = [];
    /// <summary>How far back events count; null: for ever.</summary>
    public TimeSpan? Window { get; init; }
    /// <summary>What the window moves by. Zero without a window.</summary>
    public TimeSpan Grain { get; init; }
    /// <summary>After so long without an event there is no value any more, not even a count of zero; null: never.</summary>
    public TimeSpan? TimeToLive { get; init; }
    /// <summary>The features, by name.</summary>
    public required ImmutableArray<ViewFeature> Features { get; init; }

    /// <summary>How a view of a given version is named: <c>desk_week@2</c>.</summary>
    public string Reference => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{Name}@{Version}");

    /// <summary>Grains of the window; 0 without one.</summary>
    public int Grains => Window is { } window ? (int)(window.Ticks / Grain.Ticks) : 0;

    /// <summary>The grain an instant falls into; always 0 without a window.</summary>
    public long GrainOf(long at)
    {
        if (Window is null) return 0;
        var size = Grain.Ticks / TimeSpan.TicksPerMicrosecond;
        var (whole, rest) = Math.DivRem(at, size);
        return rest < 0 ? whole - 1 : whole;
    }

    /// <summary>What this view no longer says that another one said, in words; empty when whoever used the other can use this.</summary>
    public IReadOnlyList<string> Breaks(FeatureView before)
    {
        var broken = new List<string>();
        if (Of != before.Of) broken.Add("it is of other events");
        if (Where != before.Where) broken.Add("another condition filters the events");
        if (!Key.SequenceEqual(before.Key, StringComparer.Ordinal)) broken.Add("the key is another");
        if (Window != before.Window) broken.Add("the window is another");
        if (Grain != before.Grain) broken.Add("the grain is another");
        if (TimeToLive != before.TimeToLive) broken.Add("the time-to-live is another");
        foreach (var feature in before.Features)
        {
            var now = Features.FirstOrDefault(one => string.Equals(one.Name, feature.Name, StringComparison.Ordinal));
            if (now is null) broken.Add($"feature '{feature.Name}' is gone");
            else if (now != feature) broken.Add($"feature '{feature.Name}' means something else");
        }
        return broken;
    }
}
