using Emend.Engine.Access;
using Emend.Engine.Capturing.Logs;
using Emend.Engine.Journal;
using Emend.Engine.Normalizing;
using Emend.Engine.Privacy;
using Emend.Engine.Reviewing;
using Emend.Engine.Storage;

namespace Emend.Engine.Capturing;

/// <summary>Corrections: unique by source and key, or by content when they have no key. One that is ahead of its decision is parked.</summary>
internal sealed class AcceptCorrections(IWorkspaceStore store, Agents agents) : ISignalKind<Correction>
{
    public string What => "correction";

    public string EntryType => CorrectionRecord.Type;

    public string KeyOf(Correction signal) => signal.Id;

    public string ShownKey(Correction signal) => signal.Key ?? signal.Id;

    public Refusal? Objection(Correction signal, Actor by) =>
        by.MaySpeakForOthers || string.Equals(signal.By, by.Name, StringComparison.Ordinal) ? null : new NotOnBehalfOfOthers(by.Name, signal.By);

    public ISignalBatch<Correction> Look(IReadOnlyList<Correction> signals) => store.Read<ISignalBatch<Correction>>(connection =>
    {
        var known = SignalRows.All(connection, SignalSql.Corrections, "@ids", SignalProjection.List(signals.Select(static c => c.Id).Distinct(StringComparer.Ordinal)), SignalRows.Correction);
        var decisions = SignalRows.All(connection, SignalSql.Decisions, "@ids", SignalProjection.List(signals.Select(static c => c.DecisionId).Distinct(StringComparer.Ordinal)), SignalRows.Decision)
            .ToDictionary(static d => d.Id, StringComparer.Ordinal);
        var definitions = new Dictionary<string, AgentDefinition?>(StringComparer.Ordinal);
        foreach (var decision in decisions.Values)
            if (definitions.TryAdd(decision.Agent, null)) definitions[decision.Agent] = agents.Find(connection, decision.Agent).Agent;
        return new Batch(store, known.ToDictionary(static c => c.Id, static c => c.Record, StringComparer.Ordinal), decisions, definitions);
    });

    private sealed class Batch(
        IWorkspaceStore store, Dictionary<string, RecordAt> known, Dictionary<string, DecisionFacts> decisions, Dictionary<string, AgentDefinition?> definitions) : ISignalBatch<Correction>
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

        public Answer<JournalRecord> Record(Correction signal)
        {
            string? subject = null;
            var decision = decisions.GetValueOrDefault(signal.DecisionId);
            if (decision is not null && definitions.GetValueOrDefault(decision.Agent) is { } agent && Problem(signal, agent) is { } problem) return new DoesNotFitAgent(problem);
            // What is said of a decision is about the same person, and is protected by the same key.
            if (signal.Comment is not null || signal.Action is { Args.IsEmpty: false }) subject = decision is null ? EarlySubject.Of(signal.DecisionId) : _subjects.Value[decision.Id];
            var mark = signal.Action is { Args.IsEmpty: false } action ? store.Mark(signal.DecisionId, action.Args.Json) : null;
            return CorrectionRecord.Write(signal, store.PrincipalOf(signal.By), subject, mark);
        }

        public bool IsSame(Correction signal, JournalRecord stored) => CorrectionRecord.IsSame(signal, store.PrincipalOf(signal.By), stored);

        public IReadOnlySet<string> Taken(UnitOfWork work, IEnumerable<string> keys) =>
            SignalRows.All(work.Command(SignalSql.KnownCorrections).Bind("@ids", SignalProjection.List(keys)), static row => row.GetString(0)).ToHashSet(StringComparer.Ordinal);

        public bool IsParked(UnitOfWork work, Correction signal)
        {
            if (decisions.ContainsKey(signal.DecisionId)) return false;
            using var row = work.Command(SignalSql.Decision).Bind("@id", signal.DecisionId).ExecuteReader();
            return !row.Read();
        }

        private static string? Problem(Correction signal, AgentDefinition agent)
        {
            if (signal.Action is { } action && !agent.Knows(action.Label))
                return $"action '{action.Label}' is not in the catalogue of agent '{agent.Id}'; {Closest.Hint(action.Label, agent.Actions)}correct to a known action, or add it to the agent";
            if (signal.Reason is { } reason && !agent.Reasons.IsEmpty && !agent.Reasons.Contains(reason, StringComparer.Ordinal))
                return $"reason '{reason}' is not one of agent '{agent.Id}'; {Closest.Hint(reason, agent.Reasons)}known are {string.Join(", ", agent.Reasons)}";
            return null;
        }
    }
}
