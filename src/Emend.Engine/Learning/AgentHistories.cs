using Emend.Engine.Journal;
using System.Collections.Concurrent;
using Emend.Engine.Capturing;
using Emend.Engine.Normalizing;
using Emend.Engine.Privacy;
using Emend.Engine.Reviewing;
using Emend.Engine.Storage;
using Emend.Engine.Trust;

namespace Emend.Engine.Learning;

/// <summary>
/// Keeps the histories of agents in memory for who needs them again and again, and follows the journal: reading a hundred thousand decisions from disk
/// takes seconds, what came since the last time milliseconds. What it gives is what a cold read gives.
/// </summary>
/// <remarks>
/// Bounded: an agent with more decisions than fit is read cold each time, and the history unused for longest makes room. Everything is forgotten when a
/// subject is erased. Safe for concurrent use; the refreshes of one agent come one after another.
/// </remarks>
internal sealed class AgentHistories(IWorkspaceStore store, LearningCases cases, Decisions decisions, int maxDecisions = AgentHistories.DefaultMaxDecisions)
{
    /// <summary>Decisions kept of all agents together: some 150 to 300 MB.</summary>
    public const int DefaultMaxDecisions = 200_000;

    // Beyond this many decisions touched at once a full read costs less than looking each of them up.
    private const int MaxTouched = 20_000;

    private const string OpenErasures = "SELECT count(*) FROM erasure WHERE done = 0";

    private readonly ConcurrentDictionary<string, Kept> _kept = new(StringComparer.Ordinal);
    private long _turn, _forgotten;

    /// <summary>The history of an agent up to a journal entry, which is not after the end of the journal.</summary>
    public AgentHistory Of(AgentDefinition agent, long upTo)
    {
        // What is being erased may still be readable: it must not be remembered.
        if (IsErasing()) Forget();
        var forgotten = Interlocked.Read(ref _forgotten);
        if (_kept.TryGetValue(agent.Id, out var kept) && kept.History.UpTo <= upTo && Next(agent, kept, upTo) is { } next) return Keep(agent.Id, next, kept.Texts, forgotten);
        var texts = new TextPool();
        return Keep(agent.Id, Cold(agent, upTo, texts), texts, forgotten);
    }

    /// <summary>Drops everything: something in it may no longer be readable.</summary>
    public void Forget()
    {
        Interlocked.Increment(ref _forgotten);
        _kept.Clear();
    }

    private AgentHistory Cold(AgentDefinition agent, long upTo, TextPool texts)
    {
        var reviewed = cases.Read(agent, signals => signals.AsOf(upTo, null)).Select(texts.Of).ToList();
        var known = reviewed.ToDictionary(static one => one.Decision.Id, static one => one.Decision, StringComparer.Ordinal);
        return new(upTo, [.. decisions.Read(agent.Id).Where(one => one.At.Entry < upTo).Select(one => known.TryGetValue(one.Decision.Id, out var same) ? one with { Decision = same } : texts.Of(one))], reviewed);
    }

    // Null: start afresh.
    private AgentHistory? Next(AgentDefinition agent, Kept kept, long upTo)
    {
        var history = kept.History;
        if (history.UpTo == upTo) return history;
        var touched = new HashSet<string>(StringComparer.Ordinal);
        foreach (var entry in store.Entries(history.UpTo, upTo))
        {
            switch (entry.Type)
            {
                case DecisionRecord.Type:
                    foreach (var record in entry.Records)
                        if (string.Equals(record.Text("agent"), agent.Id, StringComparison.Ordinal)) touched.Add(record.Id);
                    break;
                case CorrectionRecord.Type or OutcomeRecord.Type or VerdictRecord.Type or SignalProjection.Withdrawn:
                    foreach (var record in entry.Records) touched.Add(record.Text("decisionId"));
                    break;
                case TrustProjection.GoldAdded or TrustProjection.GoldRemoved:
                    foreach (var record in entry.Records) touched.Add(record.Id);
                    break;
                // Another envelope or catalogue may rule otherwise on anything; what was erased has to be read again to be missed; and everything somebody
                // ever said may have lost or found its weight.
                case AgentProjection.Registered or AgentProjection.Changed or EraseSubject.EntryType or TrustProjection.Quarantined or TrustProjection.Released:
                    return null;
                default: break;
            }
            if (touched.Count > MaxTouched) return null;
        }
        if (touched.Count == 0) return history with { UpTo = upTo };
        List<KnownDecision> fresh = [.. decisions.ReadMany([.. touched]).Where(one => one.At.Entry < upTo && string.Equals(one.Decision.Agent, agent.Id, StringComparison.Ordinal)).Select(kept.Texts.Of)];
        var reviewed = cases.Read(agent, [.. fresh.Select(static one => one.Decision.Id)], signals => signals.AsOf(upTo, null)).Select(kept.Texts.Of);
        return history.After(upTo, touched, fresh, reviewed);
    }

    private AgentHistory Keep(string agent, AgentHistory history, TextPool texts, long forgotten)
    {
        if (history.Decisions.Count > maxDecisions) return history;
        _kept[agent] = new(history, texts, Interlocked.Increment(ref _turn));
        // Something was erased while this was being read.
        if (Interlocked.Read(ref _forgotten) != forgotten || IsErasing()) Forget();
        while (_kept.Values.Sum(static kept => (long)kept.History.Decisions.Count) > maxDecisions)
            _kept.TryRemove(_kept.MinBy(static pair => pair.Value.UsedAt));
        return history;
    }

    private bool IsErasing() => store.Read(static connection => SignalRows.All(connection, OpenErasures, null, null, static row => row.GetInt64(0)))[0] > 0;

    private sealed record Kept(AgentHistory History, TextPool Texts, long UsedAt);
}
