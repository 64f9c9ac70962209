using System.Collections.Immutable;
using Emend.Engine.Capturing.Logs;
using Emend.Engine.Journal;
using Emend.Engine.Normalizing;
using Emend.Engine.Reviewing;
using Emend.Engine.Storage;
using Emend.Logic;

namespace Emend.Engine.Capturing;

/// <summary>Decisions: unique by id, typed by their agent's schema. A decision of an agent nobody registered registers it with an open schema, unless strict.</summary>
internal sealed class AcceptDecisions(IWorkspaceStore store, Agents agents, bool strict) : ISignalKind<Decision>
{
    public string What => "decision";

    public string EntryType => DecisionRecord.Type;

    public string KeyOf(Decision signal) => signal.Id;

    public string ShownKey(Decision signal) => signal.Id;

    public ISignalBatch<Decision> Look(IReadOnlyList<Decision> signals) => store.Read<ISignalBatch<Decision>>(connection =>
    {
        var known = SignalRows.All(connection, SignalSql.Decisions, "@ids", SignalProjection.List(signals.Select(static d => d.Id).Distinct(StringComparer.Ordinal)), SignalRows.Decision);
        var definitions = new Dictionary<string, AgentDefinition?>(StringComparer.Ordinal);
        foreach (var decision in signals)
            if (definitions.TryAdd(decision.Agent, null)) definitions[decision.Agent] = agents.Find(connection, decision.Agent).Agent;
        var open = definitions.Values.Where(static agent => agent is { Audit.Share: > 0 }).ToDictionary(
            static agent => agent!.Id, agent => SignalRows.All(connection, ReviewSql.OpenAudits, "@agent", agent!.Id, static row => row.GetInt64(0))[0], StringComparer.Ordinal);
        return new Batch(store, agents, strict, known.ToDictionary(static d => d.Id, static d => d.At, StringComparer.Ordinal), definitions, open);
    });

    private sealed class Batch(IWorkspaceStore store, Agents agents, bool strict, Dictionary<string, RecordAt> known, Dictionary<string, AgentDefinition?> definitions, Dictionary<string, long> openAudits) : ISignalBatch<Decision>
    {
        private readonly Dictionary<string, AgentDefinition> _registered = new(StringComparer.Ordinal);
        private readonly List<(SealedDraft, Func<UnitOfWork, bool>)> _before = [];
        private readonly Dictionary<string, double> _drawn = new(StringComparer.Ordinal);

        public IReadOnlyList<(SealedDraft Draft, Func<UnitOfWork, bool> IsNeeded)> Before => _before;

        public RecordAt? Known(string key) => known.TryGetValue(key, out var at) ? at : null;

        public Answer<JournalRecord> Record(Decision signal)
        {
            if ((definitions[signal.Agent] ?? Registered(signal.Agent)) is not { } agent)
                return new AgentIsUnknown(signal.Agent, Closest.Hint(signal.Agent, agents.All().Select(static a => a.Id)));
            var problems = new List<string>();
            if (signal.Context.TaskType is { } task && !agent.TaskTypes.IsEmpty && !agent.TaskTypes.Contains(task, StringComparer.Ordinal))
                problems.Add($"taskType '{task}' is not one of agent '{agent.Id}'; {Closest.Hint(task, agent.TaskTypes)}register it with the agent first");
            var typed = ContextTyping.Apply(signal.Context, agent.Schema, problems);
            if (problems.Count > 0) return new DoesNotFitAgent(string.Join('\n', problems));
            return DecisionRecord.Write(signal with { Context = typed }, agent.Schema, signal.Proposed.Args.IsEmpty ? null : store.Mark(signal.Id, signal.Proposed.Args.Json), Toss(signal, agent));
        }

        public bool IsSame(Decision signal, JournalRecord stored)
        {
            var schema = (definitions[signal.Agent] ?? _registered.GetValueOrDefault(signal.Agent))?.Schema ?? ContextSchema.Open;
            return DecisionRecord.IsSame(signal with { Context = ContextTyping.Apply(signal.Context, schema, []) }, schema, stored);
        }

        public IReadOnlySet<string> Taken(UnitOfWork work, IEnumerable<string> keys) =>
            SignalRows.All(work.Command(SignalSql.KnownDecisions).Bind("@ids", SignalProjection.List(keys)), static row => row.GetString(0)).ToHashSet(StringComparer.Ordinal);

        public bool IsParked(UnitOfWork work, Decision signal) => false;

        public (SealedDraft Draft, IReadOnlyList<int> Of)? After(IReadOnlyList<Decision> fresh)
        {
            if (_drawn.Count == 0) return null;
            var (records, of) = (new List<JournalRecord>(), new List<int>());
            for (var i = 0; i < fresh.Count; i++)
            {
                if (!_drawn.TryGetValue(fresh[i].Id, out var share)) continue;
                records.Add(AuditDraw.Record(fresh[i], share));
                of.Add(i);
            }
            ReviewingTelemetry.Drew(records.Count);
            return (store.Seal(new() { Type = AuditDraw.Type, Actor = AuditDraw.By, Records = [.. records] }), of);
        }

        // The share a decision is drawn with. How much waits for people says nothing of this decision: the coin stays blind.
        private double Toss(Decision signal, AgentDefinition agent)
        {
            if (!openAudits.TryGetValue(agent.Id, out var open) || open >= agent.Audit.MaxOpen) return 0;
            if (AuditDraw.Falls(store, signal.Id, agent.Audit.Share))
            {
                _drawn.Add(signal.Id, agent.Audit.Share);
                openAudits[agent.Id] = open + 1;
            }
            return agent.Audit.Share;
        }

        private AgentDefinition? Registered(string id)
        {
            if (strict) return null;
            if (_registered.TryGetValue(id, out var known)) return known;
            var agent = new AgentDefinition { Id = id };
            _before.Add((
                store.Seal(new() { Type = AgentProjection.Registered, Actor = RegisterAgent.OpenRegistration, Records = [AgentProjection.Record(agent)] }),
                work => agents.Find(work, id).Agent is null));
            _registered.Add(id, agent);
            return agent;
        }
    }
}

/// <summary>Types the features of a context as the agent's schema declares them.</summary>
internal static class ContextTyping
{
    /// <summary>The typed context; adds what does not fit to <paramref name="problems"/>.</summary>
    public static Context Apply(Context context, ContextSchema schema, List<string> problems)
    {
        if (schema.Features.IsEmpty && schema.IsOpen) return context;
        ImmutableArray<Feature>.Builder? typed = null;
        for (var i = 0; i < context.Features.Length; i++)
        {
            var (name, value) = context.Features[i];
            if (schema.Find(name) is not { } declared)
            {
                if (!schema.IsOpen) problems.Add($"features.{name} is not declared and the schema is closed; {Closest.Hint(name, schema.Features.Select(static f => f.Name))}declare it with the agent, or leave it out");
                continue;
            }
            if (value.Kind == declared.Kind) continue;
            if (declared.Kind == FeatureKind.Timestamp && value.Kind == FeatureKind.String)
            {
                if (InstantText.Read(value.AsString, out var micros) is { } wrong) problems.Add($"features.{name} {wrong}; write it like 2025-11-03T08:02:59Z");
                else
                {
                    if (typed is null) (typed = ImmutableArray.CreateBuilder<Feature>()).AddRange(context.Features);
                    typed[i] = new(name, FeatureValue.OfMicroseconds(micros));
                }
                continue;
            }
            problems.Add($"features.{name} is {Name(value.Kind)}, the agent's schema (version {schema.Version}) says {Name(declared.Kind)}; send it as declared");
        }
        foreach (var declared in schema.Features)
            if (declared.Required && context[declared.Name].Kind == FeatureKind.Missing) problems.Add($"features.{declared.Name} is required by the agent's schema (version {schema.Version}); send it");
        return typed is null ? context : Context.OfSorted(typed.DrainToImmutable(), context.TaskType, context.Text);
    }

    private static string Name(FeatureKind kind) => AgentJson.Types[(int)kind - 1];
}
