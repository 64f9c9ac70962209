using System.Text.Json;

namespace Emend.Contracts.Learning;

/// <summary>A feature view.</summary>
/// <param name="View">Its name and version, <c>desk_week@1</c>.</param>
/// <param name="Author">Who defined it.</param>
/// <param name="DefinedAt">When.</param>
/// <param name="Ready">Whether it has taken in everything that came before its definition.</param>
/// <param name="Definition">The definition.</param>
public sealed record FeatureViewView(string View, string Author, string DefinedAt, bool Ready, JsonElement Definition);

/// <summary>Asks for the values of a view for one key.</summary>
public sealed record FeatureValuesBody
{
    /// <summary>The key: what each of its parts is. Left out for a view without a key.</summary>
    public JsonElement? Key { get; init; }
    /// <summary>As they were known at this instant. Default: the latest.</summary>
    public string? AsOf { get; init; }
}

/// <summary>Values of a view, by <c>view.feature</c>; null where there is none.</summary>
/// <param name="Values">The values.</param>
public sealed record FeatureValuesView(JsonElement Values);

/// <summary>Asks for values as they were known at each row's instant.</summary>
/// <param name="Rows">The rows, at most 10,000.</param>
public sealed record FeatureJoinBody(IReadOnlyList<FeatureJoinRow> Rows);

/// <summary>A row to be joined.</summary>
/// <param name="AsOf">The instant.</param>
public sealed record FeatureJoinRow(string AsOf)
{
    /// <summary>The key.</summary>
    public JsonElement? Key { get; init; }
}

/// <summary>Joined values, in the order of the rows.</summary>
/// <param name="Values">By <c>view.feature</c>, one object a row.</param>
public sealed record FeatureJoinView(IReadOnlyList<JsonElement> Values);
