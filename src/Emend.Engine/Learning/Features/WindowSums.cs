using System.Text;
using System.Text.Json;
using Emend.Logic;

namespace Emend.Engine.Learning.Features;

/// <summary>What the events of one key in one window come to: all that a value is made of, for a look back and for the latest value alike.</summary>
/// <param name="Count">How many events.</param>
/// <param name="Total">Sum of their amounts.</param>
/// <param name="Distinct">How many different members.</param>
/// <param name="Last">The newest one's member.</param>
/// <param name="Newest">Grain of the newest event.</param>
internal readonly record struct WindowSums(long Count, Int128 Total, long Distinct, string? Last, long Newest)
{
    /// <summary>No event.</summary>
    public static WindowSums None { get; } = new(0, 0, 0, null, long.MinValue);

    /// <summary>The value of a feature.</summary>
    /// <param name="view">The view.</param>
    /// <param name="measure">What it says.</param>
    /// <param name="now">Grain of the asked instant.</param>
    public FeatureValue Value(FeatureView view, Measure measure, long now)
    {
        if (view.TimeToLive is { } life && (Newest == long.MinValue || now - Newest >= life.Ticks / view.Grain.Ticks)) return FeatureValue.Missing;
        return measure switch
        {
            Measure.Count => FeatureValue.Of((double)Count),
            Measure.Distinct => FeatureValue.Of((double)Distinct),
            Measure.Rate => Count == 0 ? FeatureValue.Missing : FeatureValue.Of((double)Total / Count),
            Measure.Mean => Count == 0 ? FeatureValue.Missing : FeatureValue.Of((double)Total / Count / CompiledView.Millionths),
            _ => Last is null ? FeatureValue.Missing : Read(Last),
        };
    }

    private static FeatureValue Read(string json)
    {
        if (json[0] == '"' && !json.Contains('\\', StringComparison.Ordinal)) return FeatureValue.Of(json[1..^1]);
        using var document = JsonDocument.Parse(Encoding.UTF8.GetBytes(json));
        var value = document.RootElement;
        return value.ValueKind switch
        {
            JsonValueKind.String => FeatureValue.Of(value.GetString()),
            JsonValueKind.Number => FeatureValue.Of(value.GetDouble()),
            JsonValueKind.True or JsonValueKind.False => FeatureValue.Of(value.GetBoolean()),
            JsonValueKind.Array => FeatureValue.OfSet(value.EnumerateArray().Select(static member => member.GetString()!)),
            JsonValueKind.Object when CanonicalJson.TryInstant(value.GetProperty("at").GetString(), out var at) => FeatureValue.OfMicroseconds(at),
            _ => FeatureValue.Missing,
        };
    }
}
