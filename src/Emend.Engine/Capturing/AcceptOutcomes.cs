using Emend.Engine.Journal;
using Emend.Engine.Normalizing;
using Emend.Engine.Privacy;
using Emend.Engine.Reviewing;
using Emend.Engine.Storage;
using Emend.Logic;
using Microsoft.Data.Sqlite;

namespace Emend.Engine.Capturing;

/// <summary>Outcomes: unique by decision, metric and time. One that is ahead of its decision is parked.</summary>
internal sealed class AcceptOutcomes(IWorkspaceStore store) : ISignalKind<Outcome>
{
    public string What => "outcome";

    public string EntryType => OutcomeRecord.Type;

    public string KeyOf(Outcome signal) => OutcomeRecord.Id(signal);

    public string ShownKey(Outcome signal) => $"{signal.DecisionId} {signal.Metric} {CanonicalJson.Instant(signal.At)}";

    public ISignalBatch<Outcome> Look(IReadOnlyList<Outcome> signals) => store.Read<ISignalBatch<Outcome>>(connection =>
    {
        var ids = SignalProjection.List(signals.Select(static o => o.DecisionId).Distinct(StringComparer.Ordinal));
        var known = SignalRows.All(connection, SignalSql.Outcomes, "@ids", ids, static row => (
            Key: Key(row),
            At: new RecordAt(row.GetInt64(3), row.GetInt32(4))));
        var decisions = SignalRows.All(connection, SignalSql.Decisions, "@ids", ids, SignalRows.Decision);
        return new Batch(store, known.ToDictionary(static o => o.Key, static o => o.At, StringComparer.Ordinal), decisions.ToDictionary(static d => d.Id, StringComparer.Ordinal));
    });

    private static string Key(SqliteDataReader row) => OutcomeRecord.Id(new() { DecisionId = row.GetString(0), Metric = row.GetString(1), At = row.GetInt64(2) });

    private sealed class Batch(IWorkspaceStore store, Dictionary<string, RecordAt> known, Dictionary<string, DecisionFacts> decisions) : ISignalBatch<Outcome>
    {
        // Asked for once for the whole batch: the decisions of a batch tend to lie in few entries.
        private readonly Lazy<Dictionary<string, string?>> _subjects = new(() =>
        {
            var facts = decisions.Values.ToList();
            var subjects = store.Subjects(facts.ConvertAll(static d => (d.At.Entry, d.At.Position)));
            return facts.Select((d, i) => (d.Id, Subject: subjects[i])).ToDictionary(static d => d.Id, static d => d.Subject, StringComparer.Ordinal);
        });

        public IReadOnlyList<(SealedDraft Draft, Func<UnitOfWork, bool> IsNeeded)> Before => [];

        public RecordAt? Known(string key) => known.TryGetValue(key, out var at) ? at : null;

        public Answer<JournalRecord> Record(Outcome signal)
        {
            var subject = signal.Action is not { Args.IsEmpty: false } ? null
                : decisions.TryGetValue(signal.DecisionId, out var decision) ? _subjects.Value[decision.Id] : EarlySubject.Of(signal.DecisionId);
            return OutcomeRecord.Write(signal, subject);
        }

        public bool IsSame(Outcome signal, JournalRecord stored) => OutcomeRecord.IsSame(signal, stored);

        public IReadOnlySet<string> Taken(UnitOfWork work, IEnumerable<string> keys)
        {
            var ids = SignalProjection.List(keys.Select(static key => key[..key.IndexOf('\n', StringComparison.Ordinal)]).Distinct(StringComparer.Ordinal));
            var taken = SignalRows.All(work.Command(SignalSql.Outcomes).Bind("@ids", ids), static row => Key(row)).ToHashSet(StringComparer.Ordinal);
            taken.IntersectWith(keys);
            return taken;
        }

        public bool IsParked(UnitOfWork work, Outcome signal)
        {
            if (decisions.ContainsKey(signal.DecisionId)) return false;
            using var row = work.Command(SignalSql.Decision).Bind("@id", signal.DecisionId).ExecuteReader();
            return !row.Read();
        }
    }
}
