using System.Collections.Immutable;

namespace Emend.Logic;

/// <summary>One named feature of a context.</summary>
/// <param name="Name">Name as the agent's context schema has it; compared ordinally.</param>
/// <param name="Value">Typed value.</param>
public readonly record struct Feature(string Name, FeatureValue Value);

/// <summary>What an agent knew when it decided: typed features, the kind of task, and optionally the input text.</summary>
public sealed class Context
{
    /// <summary>A context with no features and no text.</summary>
    public static Context Empty { get; } = new([], taskType: null, text: null);

    private Context(ImmutableArray<Feature> features, string? taskType, string? text)
    {
        Features = features;
        TaskType = taskType;
        Text = text;
    }

    /// <summary>Features sorted by name (ordinal), each name once, missing values left out.</summary>
    public ImmutableArray<Feature> Features { get; }

    /// <summary>Kind of task, e.g. <c>route_ticket</c>; null when the agent has only one.</summary>
    public string? TaskType { get; }

    /// <summary>Input text as the agent saw it; null when there was none.</summary>
    public string? Text { get; }

    /// <summary>Builds a context. A feature given twice keeps its last value.</summary>
    public static Context Of(IEnumerable<Feature> features, string? taskType = null, string? text = null)
    {
        ArgumentNullException.ThrowIfNull(features);
        var byName = new SortedDictionary<string, FeatureValue>(StringComparer.Ordinal);
        foreach (var (name, value) in features) byName[name] = value;
        return new(
            [.. byName.Where(static f => f.Value.Kind != FeatureKind.Missing).Select(static f => new Feature(f.Key, f.Value))],
            taskType,
            text);
    }

    /// <summary>Builds a context from features that are in order already: the fast way for readers of large logs.</summary>
    /// <exception cref="ArgumentException">The names do not ascend strictly (ordinal), or a value is missing.</exception>
    public static Context OfSorted(ImmutableArray<Feature> features, string? taskType = null, string? text = null)
    {
        for (var i = 0; i < features.Length; i++)
        {
            if (features[i].Value.Kind == FeatureKind.Missing) throw new ArgumentException($"feature '{features[i].Name}' has no value", nameof(features));
            if (i > 0 && string.CompareOrdinal(features[i - 1].Name, features[i].Name) >= 0)
                throw new ArgumentException($"feature '{features[i].Name}' is out of order", nameof(features));
        }
        return new(features, taskType, text);
    }

    /// <summary>The value of a feature; <see cref="FeatureValue.Missing"/> when the context has none of that name.</summary>
    public FeatureValue this[string name]
    {
        get
        {
            var (low, high) = (0, Features.Length - 1);
            while (low <= high)
            {
                var middle = (low + high) >>> 1;
                var order = string.CompareOrdinal(Features[middle].Name, name);
                if (order == 0) return Features[middle].Value;
                if (order < 0) low = middle + 1;
                else high = middle - 1;
            }
            return FeatureValue.Missing;
        }
    }
}
