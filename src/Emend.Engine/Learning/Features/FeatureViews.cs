using System.Collections.Concurrent;
using System.Globalization;
using Emend.Engine.Capturing;
using Emend.Engine.Storage;

namespace Emend.Engine.Learning.Features;

/// <summary>There is no such view, or it has no such feature.</summary>
internal sealed record FeatureIsUnknown(string Name) : Refusal("feature.unknown", $"there is no feature view or feature '{Name}'; `emend features list` shows what there is");

/// <summary>A view has not taken in everything that came before its definition.</summary>
internal sealed record ViewIsFilling(string Name, long Filled, long Since)
    : Refusal("feature.filling", string.Create(CultureInfo.InvariantCulture, $"feature view '{Name}' has taken in {Filled} of the {Since} journal entries before its definition; ask again in a moment"));

/// <summary>A key does not have the parts a view is keyed by.</summary>
internal sealed record FeatureKeyIsWrong(string Problem) : Refusal("feature.key-wrong", Problem);

/// <summary>A view and how far it is.</summary>
/// <param name="View">The view, ready to read.</param>
/// <param name="Author">Pseudonym of who defined it.</param>
/// <param name="DefinedAt">When, microseconds since 1970 UTC.</param>
/// <param name="Since">Entries before this one had to be taken in after the definition.</param>
/// <param name="Filled">Entries before this one have been.</param>
internal sealed record KnownView(CompiledView View, string Author, long DefinedAt, long Since, long Filled)
{
    /// <summary>The definition.</summary>
    public FeatureView Definition => View.View;

    /// <summary>Whether it can be read.</summary>
    public bool IsReady => Filled >= Since;

    /// <summary>One of its features; null when there is none of that name.</summary>
    public Series? Find(string feature) => View.Series.FirstOrDefault(series => string.Equals(series.Feature.Name, feature, StringComparison.Ordinal));
}

/// <summary>Reads which views there are.</summary>
internal sealed class FeatureViews(IWorkspaceStore store)
{
    private readonly ConcurrentDictionary<string, FeatureView> _parsed = new(StringComparer.Ordinal);

    /// <summary>All views, by name and version.</summary>
    public IReadOnlyList<KnownView> All() =>
    [
        .. store.Read(connection => SignalRows.All(connection, FeatureSql.Series, null, null, static row => (
            View: row.GetInt64(0), Id: row.GetInt64(1), Feature: row.GetString(2), Since: row.GetInt64(3), Filled: row.GetInt64(4), Definition: row.GetString(5), Author: row.GetString(6), At: row.GetInt64(7))))
            .GroupBy(static row => row.View)
            .Select(group =>
            {
                var first = group.First();
                var view = _parsed.GetOrAdd(first.Definition, static text => FeatureViewJson.Read(text) is Answer<FeatureView>.Granted(var read) ? read : throw new InvalidDataException("a feature view cannot be read"));
                var series = group.Select(row => new Series(row.Id, view.Features.First(feature => string.Equals(feature.Name, row.Feature, StringComparison.Ordinal))));
                var slowest = group.MaxBy(static row => row.Since - row.Filled);
                return new KnownView(new(first.View, view, [.. series]), first.Author, first.At, slowest.Since, slowest.Filled);
            }),
    ];

    /// <summary>A view by its name (the newest version) or <c>name@version</c>.</summary>
    public Answer<KnownView> Find(string reference)
    {
        var (name, version) = reference.Split('@') switch
        {
            [var only] => (only, 0),
            [var named, var number] when int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var v) && v > 0 => (named, v),
            _ => (reference, -1),
        };
        return All().LastOrDefault(view => string.Equals(view.Definition.Name, name, StringComparison.Ordinal) && (version == 0 || view.Definition.Version == version)) is { } known
            ? known
            : new FeatureIsUnknown(reference);
    }

    /// <summary>A feature by <c>view.feature</c>, or <c>view@version.feature</c>, ready to be read.</summary>
    public Answer<(KnownView View, Series Feature)> FindFeature(string reference)
    {
        var dot = reference.IndexOf('.', StringComparison.Ordinal);
        if (dot < 0 || Find(reference[..dot]) is not Answer<KnownView>.Granted(var view) || view.Find(reference[(dot + 1)..]) is not { } feature) return new FeatureIsUnknown(reference);
        return view.IsReady ? (view, feature) : new ViewIsFilling(view.Definition.Reference, view.Filled, view.Since);
    }
}
