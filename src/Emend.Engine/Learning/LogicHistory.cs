using System.Collections.Concurrent;
using System.Collections.Immutable;
using Emend.Engine.Capturing;
using Emend.Engine.Journal;
using Emend.Engine.Learning.Rules;
using Emend.Engine.Releasing;
using Emend.Engine.Storage;
using Emend.Logic;
using Emend.Logic.Corrector;

namespace Emend.Engine.Learning;

/// <summary>Logic that does not act because it did harm, and since when.</summary>
/// <param name="Id">Id of the rule, or <see cref="Suspension.Corrector"/>.</param>
/// <param name="Since">When it was suspended, microseconds since 1970 UTC.</param>
/// <param name="Entry">Journal entry that says so, and why.</param>
internal readonly record struct StoppedLogic(string Id, long Since, long Entry);

/// <summary>What became of an agent's logic after it was released, as it stood at any point of the journal: part of what a candidate is built from.</summary>
internal sealed class LogicHistory(IWorkspaceStore store, ReleaseLedger ledger)
{
    private const string Events = "SELECT kind, logic, at_us, entry FROM logic_history WHERE agent = @agent AND entry < @upTo ORDER BY entry";

    // Bundles never change, so what is in one is looked up once.
    private readonly ConcurrentDictionary<string, CorrectorCertificate?> _certificates = new(StringComparer.Ordinal);

    private readonly record struct Event(LogicEvent Kind, string Logic, long At, long Entry);

    /// <summary>What was suspended before a journal entry and not restored, by id.</summary>
    public IReadOnlyList<StoppedLogic> Stopped(string agent, long upTo)
    {
        var stopped = new SortedDictionary<string, StoppedLogic>(StringComparer.Ordinal);
        foreach (var one in EventsOf(agent, upTo))
        {
            if (one.Kind == LogicEvent.Suspended) stopped[one.Logic] = new(one.Logic, one.At, one.Entry);
            else if (one.Kind == LogicEvent.Restored) stopped.Remove(one.Logic);
        }
        return [.. stopped.Values];
    }

    /// <summary>The learned rules among them. Their ids are derived from what they say: any bundle with the id holds the rule.</summary>
    public ImmutableArray<RetiredRule> Retired(string agent, long upTo)
    {
        var wanted = Stopped(agent, upTo).Where(static one => one.Id != Suspension.Corrector).ToDictionary(static one => one.Id, StringComparer.Ordinal);
        if (wanted.Count == 0) return [];
        var found = new List<RetiredRule>(wanted.Count);
        foreach (var candidate in ledger.Candidates(agent).Reverse())
        {
            foreach (var rule in ledger.Bundle(candidate.Digest)?.Rules ?? [])
                if (rule.Origin != Logic.Rules.RuleOrigin.Written && wanted.Remove(rule.Id, out var stopped)) found.Add(new(rule, stopped.Since));
            if (wanted.Count == 0) break;
        }
        return [.. found.OrderBy(static one => one.Rule.Id, StringComparer.Ordinal)];
    }

    /// <summary>When the corrector was suspended; null while it may act.</summary>
    public long? CorrectorStoppedAt(string agent, long upTo) => Stopped(agent, upTo).Where(static one => one.Id == Suspension.Corrector).Select(static one => (long?)one.Since).FirstOrDefault();

    /// <summary>How many different certificates of correctors were released before a journal entry.</summary>
    public int Certificates(string agent, long upTo) =>
        EventsOf(agent, upTo).Where(static one => one.Kind == LogicEvent.Released).Select(one => CertificateOf(one.Logic)).OfType<CorrectorCertificate>().Distinct().Count();

    private CorrectorCertificate? CertificateOf(string bundle) =>
        _certificates.GetOrAdd(bundle, static (digest, ledger) => ledger.Bundle(digest)?.Corrector is { } corrector ? CorrectorJson.Read(corrector).Certificate : null, ledger);

    private List<Event> EventsOf(string agent, long upTo) => store.Read(connection =>
    {
        using var command = connection.CreateCommand();
        command.CommandText = Events;
        return SignalRows.All(command.Bind("@agent", agent).Bind("@upTo", upTo), static row => new Event((LogicEvent)row.GetInt32(0), row.GetString(1), row.GetInt64(2), row.GetInt64(3)));
    });
}

internal enum LogicEvent : byte
{
    Suspended,
    Restored,
    Released,
}

/// <summary>Where <see cref="LogicHistory"/> lies.</summary>
internal sealed class LogicHistoryProjection : IProjection
{
    private const string Add = "INSERT INTO logic_history (entry, agent, kind, logic, at_us) VALUES (@entry, @agent, @kind, @logic, @at)";

    /// <inheritdoc/>
    public string Name => "logic-history";

    /// <inheritdoc/>
    public IReadOnlyList<string> Tables { get; } = ["logic_history"];

    /// <inheritdoc/>
    public IReadOnlyList<string> DigestQueries { get; } = ["SELECT agent, kind, logic, at_us FROM logic_history ORDER BY entry"];

    /// <inheritdoc/>
    public void Apply(UnitOfWork work, JournalEntry entry)
    {
        var (kind, field) = entry.Type switch
        {
            ReleaseFactJournal.Suspended => (LogicEvent.Suspended, "logic"),
            ReleaseFactJournal.Restored => (LogicEvent.Restored, "logic"),
            ReleaseFactJournal.Started => (LogicEvent.Released, "candidate"),
            ReleaseFactJournal.Extended => (LogicEvent.Released, "to"),
            _ => (default, ""),
        };
        if (field.Length == 0) return;
        var record = entry.Records[0];
        work.Command(Add).Bind("@entry", entry.Index).Bind("@agent", record.Text("agent")).Bind("@kind", (int)kind).Bind("@logic", record.Text(field)).Bind("@at", entry.OccurredAt).ExecuteNonQuery();
    }
}
