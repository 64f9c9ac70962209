using System.Collections.Immutable;
using Emend.Engine.Capturing;
using Emend.Engine.Journal;
using Emend.Engine.Normalizing;
using Emend.Engine.Privacy;
using Emend.Engine.Releasing;
using Emend.Engine.Storage;

namespace Emend.Engine.Learning.Features;

/// <summary>
/// Events and sums of all feature views. What is added up is whole numbers, so the order of arrival leaves no trace; what was withdrawn or erased is taken
/// out again as if it had never been, whenever it is looked back at.
/// </summary>
/// <remarks>
/// A signal becomes an event when both it and its decision are known. A new view takes in the entries before its definition afterwards
/// (<see cref="FillPage"/>), a page at a time, so that writers do not wait for it; sums do not mind.
/// </remarks>
internal sealed class FeatureProjection : IProjection
{
    /// <summary>Type of the entries that define views.</summary>
    public const string Defined = "features.defined";
    /// <summary>Entries of a page of filling.</summary>
    public const int Page = 256;

    // By definition: thousands of entries in a row ask for the same.
    private readonly Dictionary<string, FeatureView> _parsed = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public string Name => "features";

    /// <inheritdoc/>
    public IReadOnlyList<string> Tables { get; } = ["feature_view", "feature_series", "feature_key", "feature_event", "feature_cell", "feature_member"];

    /// <inheritdoc/>
    public IReadOnlyList<string> DigestQueries { get; } = [FeatureSql.DigestViews, FeatureSql.DigestCells, FeatureSql.DigestMembers];

    /// <summary>The record of a definition.</summary>
    public static JournalRecord Record(FeatureView view) =>
        new RecordFields().Json("definition", FeatureViewJson.Write(view), FieldClass.Internal).Text("name", view.Name).Number("version", view.Version).Record(view.Reference);

    /// <inheritdoc/>
    public void Apply(UnitOfWork work, JournalEntry entry)
    {
        switch (entry.Type)
        {
            case Defined:
                foreach (var record in entry.Records) Define(work, entry, record);
                break;
            case DecisionRecord.Type or CorrectionRecord.Type or OutcomeRecord.Type:
                if (Views(work, static (since, entry, _) => since < entry, entry.Index) is { IsEmpty: false } views) EventIntake.Take(work, entry, views);
                break;
            case SignalProjection.Withdrawn:
                if (Views(work, static (_, _, _) => true, 0) is { IsEmpty: false } all) EventIntake.Withdraw(work, entry, all);
                break;
            case EraseSubject.EntryType:
                if (Views(work, static (_, _, _) => true, 0) is { IsEmpty: false } known) EventIntake.Erase(work, entry, known);
                break;
            default: break;
        }
    }

    /// <inheritdoc/>
    public void Settle(UnitOfWork work)
    {
        while (FillPage(work)) { }
    }

    /// <summary>Takes in one page of what came before views were defined; false when nothing is left.</summary>
    public bool FillPage(UnitOfWork work)
    {
        long from, end;
        using (var row = work.Command(FeatureSql.Unfilled).ExecuteReader())
        {
            if (!row.Read() || row.IsDBNull(0)) return false;
            (from, end) = (row.GetInt64(0), row.GetInt64(1));
        }
        var to = Math.Min(from + Page, end);
        foreach (var entry in work.OpenEntries(from, to))
        {
            if (entry.Type is not (DecisionRecord.Type or CorrectionRecord.Type or OutcomeRecord.Type)) continue;
            var views = Views(work, static (since, entry, filled) => filled <= entry && entry < since, entry.Index);
            if (!views.IsEmpty) EventIntake.Take(work, entry, views);
        }
        foreach (var id in SignalRows.All(work.Command("SELECT id FROM feature_series WHERE filled < since AND filled < @to").Bind("@to", to), static row => row.GetInt64(0)))
            work.Command(FeatureSql.SetFilled).Bind("@id", id).Bind("@to", to).ExecuteNonQuery();
        return true;
    }

    private static void Define(UnitOfWork work, JournalEntry entry, JournalRecord record)
    {
        var view = Read(record["definition"]!);
        var known = work.Command(FeatureSql.ViewId).Bind("@name", view.Name).Bind("@version", view.Version).ExecuteScalar() as long?;
        if (known is { } id) work.Command(FeatureSql.ChangeView).Bind("@id", id).Bind("@definition", record["definition"]).ExecuteNonQuery();
        else
        {
            known = (long)work.Command(FeatureSql.AddView)
                .Bind("@name", view.Name).Bind("@version", view.Version).Bind("@definition", record["definition"])
                .Bind("@author", ReleasingProjection.PersonOf(work, entry.Actor)).Bind("@at", entry.RecordedAt).ExecuteScalar()!;
        }
        foreach (var feature in view.Features)
            work.Command(FeatureSql.AddSeries).Bind("@view", known).Bind("@feature", feature.Name).Bind("@since", entry.Index).ExecuteNonQuery();
    }

    // Asked of the tables each time: what a change that was undone had added must not be remembered.
    private ImmutableArray<CompiledView> Views(UnitOfWork work, Func<long, long, long, bool> isAsked, long entry)
    {
        var rows = SignalRows.All(work.Command(FeatureSql.Series), static row =>
            (View: row.GetInt64(0), Id: row.GetInt64(1), Feature: row.GetString(2), Since: row.GetInt64(3), Filled: row.GetInt64(4), Definition: row.GetString(5)));
        if (rows.Count == 0) return [];
        return
        [
            .. rows.Where(row => isAsked(row.Since, entry, row.Filled)).GroupBy(static row => (row.View, row.Definition)).Select(group =>
            {
                var view = _parsed.TryGetValue(group.Key.Definition, out var known) ? known : _parsed[group.Key.Definition] = Read(group.Key.Definition);
                return new CompiledView(group.Key.View, view, [.. group.Select(row => new Series(row.Id, view.Features.First(feature => string.Equals(feature.Name, row.Feature, StringComparison.Ordinal))))]);
            }),
        ];
    }

    private static FeatureView Read(string definition) => FeatureViewJson.Read(definition) is Answer<FeatureView>.Granted(var view)
        ? view
        : throw new InvalidDataException("the journal holds a definition of a feature view that this version cannot read; use the version that wrote it");
}
