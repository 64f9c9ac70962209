using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Emend.Engine.Capturing;
using Emend.Engine.Journal;
using Emend.Engine.Normalizing;
using Emend.Engine.Privacy;
using Emend.Engine.Reviewing;
using Emend.Engine.Storage;
using Emend.Logic;
using Microsoft.Data.Sqlite;

namespace Emend.Engine.Learning.Features;

/// <summary>Turns entries of the journal into events of views, and takes them out again.</summary>
internal static class EventIntake
{
    private const long Split = 1_000_000_000;

    /// <summary>An event and where it lies.</summary>
    /// <param name="Facts">What it says.</param>
    /// <param name="Kind">Of which signal.</param>
    /// <param name="Signal">Where the signal lies.</param>
    /// <param name="Counts">False for what was withdrawn: it leaves no more than a trace of having been.</param>
    private readonly record struct Happened(EventFacts Facts, EventKind Kind, RecordAt Signal, bool Counts);

    /// <summary>Takes in the events that became known with an entry.</summary>
    public static void Take(UnitOfWork work, JournalEntry entry, ImmutableArray<CompiledView> views)
    {
        var kinds = views.Select(static view => view.View.Of).ToHashSet();
        foreach (var happened in EventsOf(work, entry, kinds))
        {
            foreach (var view in views)
                if (view.View.Of == happened.Kind && view.Takes(happened.Facts)) Add(work, entry, view, happened);
        }
    }

    /// <summary>Takes withdrawn corrections out.</summary>
    public static void Withdraw(UnitOfWork work, JournalEntry entry, ImmutableArray<CompiledView> views)
    {
        var ids = SignalProjection.List(entry.Records.Select(static record => record.Id));
        var corrections = SignalRows.All(work.Command(SignalSql.Corrections).Bind("@ids", ids), SignalRows.Correction);
        var decisions = DecisionsOf(work, corrections.Select(static c => c.DecisionId), long.MaxValue);
        foreach (var correction in corrections)
        {
            // Parked still: it never became an event.
            if (!decisions.TryGetValue(correction.DecisionId, out var decision)) continue;
            foreach (var view in views.Where(static view => view.View.Of == EventKind.Corrections))
            {
                foreach (var series in view.Series)
                {
                    var taken = SignalRows.All(
                        work.Command(FeatureSql.TakeEvent).Bind("@series", series.Id).Bind("@entry", Math.Max(correction.Record.Entry, decision.Entry)).Bind("@source", correction.Record.Entry).Bind("@position", correction.Record.Position),
                        static row => Kept(row, 0));
                    foreach (var one in taken) Subtract(work, view, series, one);
                }
            }
        }
    }

    /// <summary>Takes out whatever is about an erased subject.</summary>
    public static void Erase(UnitOfWork work, JournalEntry entry, ImmutableArray<CompiledView> views)
    {
        var series = views.SelectMany(static view => view.Series.Select(one => (one.Id, View: view, Series: one))).ToDictionary(static one => one.Id);
        foreach (var record in entry.Records)
        {
            if (EraseSubject.TokenOf(record) is not { } token) continue;
            var taken = SignalRows.All(work.Command(FeatureSql.TakeSubject).Bind("@token", token.ToByteArray(bigEndian: true)), static row => (Series: row.GetInt64(0), Event: Kept(row, 1)));
            foreach (var (id, one) in taken) Subtract(work, series[id].View, series[id].Series, one);
            // A key that names nobody any more has no events left.
            foreach (var (id, one) in taken)
                if (series[id].View.IsBySubject) work.Command(FeatureSql.DropKey).Bind("@id", one.Key).ExecuteNonQuery();
        }
    }

    private static IEnumerable<Happened> EventsOf(UnitOfWork work, JournalEntry entry, HashSet<EventKind> kinds)
    {
        switch (entry.Type)
        {
            case DecisionRecord.Type:
                if (kinds.Contains(EventKind.Decisions))
                    for (var i = 0; i < entry.Records.Length; i++) yield return new(EventFacts.OfDecision(entry.Records[i]), EventKind.Decisions, new(entry.Index, i), true);
                if (!kinds.Contains(EventKind.Corrections) && !kinds.Contains(EventKind.Outcomes)) break;
                var arrived = entry.Records.ToDictionary(static record => record.Id, StringComparer.Ordinal);
                foreach (var waited in WaitingFor(work, entry, arrived, kinds)) yield return waited;
                break;
            case CorrectionRecord.Type when kinds.Contains(EventKind.Corrections):
                var withdrawn = SignalRows.All(work.Command(SignalSql.Corrections).Bind("@ids", SignalProjection.List(entry.Records.Select(static record => record.Id))), SignalRows.Correction)
                    .Where(static c => c.IsWithdrawn).Select(static c => c.Id).ToHashSet(StringComparer.Ordinal);
                foreach (var (position, decision) in Decided(work, entry))
                {
                    var record = entry.Records[position];
                    yield return new(EventFacts.OfCorrection(record, decision), EventKind.Corrections, new(entry.Index, position), !withdrawn.Contains(record.Id));
                }
                break;
            case OutcomeRecord.Type when kinds.Contains(EventKind.Outcomes):
                foreach (var (position, decision) in Decided(work, entry))
                    yield return new(EventFacts.OfOutcome(entry.Records[position], decision), EventKind.Outcomes, new(entry.Index, position), true);
                break;
            default: break;
        }
    }

    // What was said of decisions before they arrived.
    private static List<Happened> WaitingFor(UnitOfWork work, JournalEntry entry, Dictionary<string, JournalRecord> arrived, HashSet<EventKind> kinds)
    {
        var ids = SignalProjection.List(arrived.Keys);
        var waited = new List<Happened>();
        if (kinds.Contains(EventKind.Corrections))
        {
            var corrections = SignalRows.All(work.Command(SignalSql.CorrectionsOfMany).Bind("@ids", ids), SignalRows.Correction).FindAll(c => c.Record.Entry < entry.Index);
            var records = work.OpenRecords(corrections.ConvertAll(static c => (c.Record.Entry, c.Record.Position)));
            for (var i = 0; i < corrections.Count; i++)
                waited.Add(new(EventFacts.OfCorrection(records[i], arrived[corrections[i].DecisionId]), EventKind.Corrections, corrections[i].Record, !corrections[i].IsWithdrawn));
        }
        if (kinds.Contains(EventKind.Outcomes))
        {
            var outcomes = SignalRows.All(work.Command(FeatureSql.WaitingOutcomes).Bind("@ids", ids).Bind("@entry", entry.Index), static row => (Decision: row.GetString(0), At: new RecordAt(row.GetInt64(1), row.GetInt32(2))));
            var records = work.OpenRecords(outcomes.ConvertAll(static o => (o.At.Entry, o.At.Position)));
            for (var i = 0; i < outcomes.Count; i++) waited.Add(new(EventFacts.OfOutcome(records[i], arrived[outcomes[i].Decision]), EventKind.Outcomes, outcomes[i].At, true));
        }
        return waited;
    }

    // The signals of an entry whose decision had arrived before, with the decision's record.
    private static IEnumerable<(int Position, JournalRecord Decision)> Decided(UnitOfWork work, JournalEntry entry)
    {
        var known = DecisionsOf(work, entry.Records.Select(static record => record.Text("decisionId")), entry.Index);
        List<RecordAt> places = [.. known.Values.Distinct()];
        var records = work.OpenRecords(places.ConvertAll(static at => (at.Entry, at.Position)));
        var byPlace = places.Zip(records).ToDictionary(static pair => pair.First, static pair => pair.Second);
        for (var i = 0; i < entry.Records.Length; i++)
            if (known.TryGetValue(entry.Records[i].Text("decisionId"), out var at)) yield return (i, byPlace[at]);
    }

    private static Dictionary<string, RecordAt> DecisionsOf(UnitOfWork work, IEnumerable<string> ids, long before) =>
        SignalRows.All(work.Command(SignalSql.Decisions).Bind("@ids", SignalProjection.List(ids.Distinct(StringComparer.Ordinal))), SignalRows.Decision)
            .Where(decision => decision.At.Entry < before).ToDictionary(static decision => decision.Id, static decision => decision.At, StringComparer.Ordinal);

    private static void Add(UnitOfWork work, JournalEntry entry, CompiledView view, Happened happened)
    {
        var facts = happened.Facts;
        if (view.KeyOf(facts) is not var (key, shown)) return;
        var counts = happened.Counts && !IsErased(work, facts.Subject);
        // Nothing is to be named after whom nobody may name any more.
        if (!counts && view.IsBySubject && IsErased(work, facts.Subject)) return;
        var (id, high) = KeyOf(work, view, key, shown, view.View.GrainOf(facts.At));
        if (!counts) return;
        foreach (var series in view.Series)
        {
            if (CompiledView.Of(series.Feature, facts) is not var (amount, member)) continue;
            var tie = series.Feature.Measure == Measure.Last ? Tie(facts.Id) : null;
            work.Command(FeatureSql.AddEvent)
                .Bind("@series", series.Id).Bind("@entry", entry.Index).Bind("@source", happened.Signal.Entry).Bind("@position", happened.Signal.Position)
                .Bind("@known", entry.RecordedAt).Bind("@key", id).Bind("@at", facts.At).Bind("@amount", amount).Bind("@member", member).Bind("@tie", tie)
                .Bind("@token", facts.Subject == Guid.Empty ? null : facts.Subject.ToByteArray(bigEndian: true)).ExecuteNonQuery();
            Sum(work, view, series, new(id, facts.At, amount ?? 0, member, tie), high, 1);
        }
    }

    // The number of a key. Its newest grain says which sums no window can ask for any more: those go. An event that was taken back has raised it all the
    // same, or the state would depend on when that happened.
    private static (long Id, long High) KeyOf(UnitOfWork work, CompiledView view, string key, string shown, long grain)
    {
        long id, high;
        using (var row = work.Command(FeatureSql.FindKey).Bind("@view", view.Id).Bind("@key", key).ExecuteReader())
            (id, high) = row.Read() ? (row.GetInt64(0), row.GetInt64(1)) : (-1, grain);
        if (id < 0) return ((long)work.Command(FeatureSql.AddKey).Bind("@view", view.Id).Bind("@key", key).Bind("@shown", shown).Bind("@high", grain).ExecuteScalar()!, grain);
        if (grain <= high) return (id, high);
        work.Command(FeatureSql.RaiseKey).Bind("@id", id).Bind("@high", grain).ExecuteNonQuery();
        if (view.Oldest(grain) is var oldest && oldest > view.Oldest(high))
        {
            foreach (var series in AllSeries(work, view.Id))
            {
                work.Command(FeatureSql.PruneCells).Bind("@series", series).Bind("@key", id).Bind("@grain", oldest).ExecuteNonQuery();
                work.Command(FeatureSql.PruneMembers).Bind("@series", series).Bind("@key", id).Bind("@grain", oldest).ExecuteNonQuery();
            }
        }
        return (id, grain);
    }

    // While a new feature of a known view is being filled, the view holds series that are not being taken in just now.
    private static List<long> AllSeries(UnitOfWork work, long view) => SignalRows.All(work.Command("SELECT id FROM feature_series WHERE view = @view").Bind("@view", view), static row => row.GetInt64(0));

    // What was taken back is subtracted where it still is in a sum.
    private static void Subtract(UnitOfWork work, CompiledView view, Series series, KeptEvent one)
    {
        if (work.Command(FeatureSql.HighOf).Bind("@id", one.Key).ExecuteScalar() is long high) Sum(work, view, series, one, high, -1);
    }

    private static void Sum(UnitOfWork work, CompiledView view, Series series, KeptEvent one, long high, int sign)
    {
        var grain = view.View.GrainOf(one.At);
        if (grain < view.Oldest(high)) return;
        if (series.Feature.Measure is Measure.Last or Measure.Distinct)
        {
            var rank = series.Feature.Measure == Measure.Distinct ? one.Member! : Rank(one.At, one.Tie!);
            work.Command(FeatureSql.AddMember).Bind("@series", series.Id).Bind("@key", one.Key).Bind("@grain", grain).Bind("@rank", rank).Bind("@member", one.Member).Bind("@n", sign).ExecuteNonQuery();
            if (sign < 0) work.Command(FeatureSql.DropEmptyMember).Bind("@series", series.Id).Bind("@key", one.Key).Bind("@grain", grain).Bind("@rank", rank).ExecuteNonQuery();
            return;
        }
        var (upper, lower) = Math.DivRem(one.Amount, Split);
        work.Command(FeatureSql.AddToCell).Bind("@series", series.Id).Bind("@key", one.Key).Bind("@grain", grain).Bind("@n", sign).Bind("@high", sign * upper).Bind("@low", sign * lower).ExecuteNonQuery();
        if (sign < 0) work.Command(FeatureSql.DropEmptyCell).Bind("@series", series.Id).Bind("@key", one.Key).Bind("@grain", grain).ExecuteNonQuery();
    }

    /// <summary>The total two columns hold.</summary>
    public static Int128 Total(long high, long low) => ((Int128)high * Split) + low;

    private static bool IsErased(UnitOfWork work, Guid subject) =>
        subject != Guid.Empty && work.Command(FeatureSql.IsErased).Bind("@token", subject.ToByteArray(bigEndian: true)).ExecuteScalar() is not null;

    // Sorts as text the way instants do; before 1970 included.
    private static string Rank(long at, string tie) => string.Create(CultureInfo.InvariantCulture, $"{at - FeatureValue.MinMicroseconds:D20}:{tie}");

    // The database compares bytes, we compare UTF-16: of ASCII both say the same.
    private static string Tie(string id) => Ascii.IsValid(id) ? id : "~" + Convert.ToHexStringLower(Encoding.UTF8.GetBytes(id));

    private static KeptEvent Kept(SqliteDataReader row, int from) => new(
        row.GetInt64(from), row.GetInt64(from + 1), row.IsDBNull(from + 2) ? 0 : row.GetInt64(from + 2), SignalRows.Text(row, from + 3), SignalRows.Text(row, from + 4));

    private readonly record struct KeptEvent(long Key, long At, long Amount, string? Member, string? Tie);
}
