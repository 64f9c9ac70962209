using Emend.Engine.Capturing;
using Emend.Engine.Journal;
using Emend.Engine.Learning;
using Emend.Engine.Normalizing;
using Emend.Engine.Storage;
using Emend.Engine.Trust;

namespace Emend.Engine.Reviewing;

/// <summary>Gives learners every decision with an effective ruling, by the decision's time and id. Erased ones are left out.</summary>
internal sealed class LearningCases(IWorkspaceStore store, Agents agents)
{
    /// <summary>Who rules in the fast lane.</summary>
    public const string FastLane = "policy:fast-lane";

    private const int Chunk = 512;

    /// <summary>The cases of an agent.</summary>
    /// <param name="agent">The agent.</param>
    public IEnumerable<LearningCase> Read(string agent) => agents.Find(agent) is { } definition ? Read(definition, static signals => signals) : [];

    /// <summary>The cases an agent would have if it were defined so and only this had been said.</summary>
    /// <param name="definition">The agent.</param>
    /// <param name="view">What of the signals counts; null for a decision that does not.</param>
    public IEnumerable<LearningCase> Read(AgentDefinition definition, Func<Signals, Signals?> view) =>
        Read(definition, Decisions.InTime(store, DecisionSql.JudgedInTime, definition.Id), view);

    /// <summary>The same of some decisions only, in no particular order; ids of decisions that nobody judged are left out.</summary>
    public IEnumerable<LearningCase> Read(AgentDefinition definition, IReadOnlyList<string> ids, Func<Signals, Signals?> view) =>
        Read(definition, ids.Chunk(Chunk).Select(part => store.Read(connection => SignalRows.All(connection, SignalSql.DecisionsAmong, "@ids", SignalProjection.List(part), SignalRows.Decision))), view);

    private IEnumerable<LearningCase> Read(AgentDefinition definition, IEnumerable<IReadOnlyList<DecisionFacts>> chunks, Func<Signals, Signals?> view)
    {
        var (decisions, said) = (new StoredRecords(store), new StoredRecords(store));
        var gold = store.Read(connection => SignalRows.All(connection, TrustSql.GoldOf, "@agent", definition.Id, static row => row.GetString(0))).ToHashSet(StringComparer.Ordinal);
        foreach (var chunk in chunks)
        {
            var ids = SignalProjection.List(chunk.Select(static d => d.Id));
            foreach (var all in store.Read(connection => SignalsOf.Read(connection, ids, chunk)))
            {
                // Known answers measure people; they are no experience. Whoever counts what goes by sees them nevertheless.
                if (view(all) is not { } about || gold.Contains(all.Decision.Id)) continue;
                var standing = Standing.Of(about, definition);
                if (standing is not { IsRuled: true }) continue;
                var record = decisions[about.Decision.At];
                if (FieldText.IsErased(record)) continue;
                if (Case(DecisionRecord.Read(record), about, standing, said) is { } learning) yield return learning;
            }
        }
    }

    private LearningCase? Case(Decision decision, Signals about, Standing standing, StoredRecords said)
    {
        JournalRecord? written = standing.From switch
        {
            TruthFrom.Correction => said[about.Corrections.First(c => c.Id == standing.FromId).Record],
            TruthFrom.Verdict => said[about.Verdicts.First(v => v.Id == standing.FromId).Record],
            _ => null,
        };
        if (written is { } record && HasErasedArgs(record)) return null;
        var truth = standing.From == TruthFrom.Proposal ? decision.Proposed : written is null ? null : FieldText.Action(written);
        var verdict = standing.RuledBy is null ? null : about.Verdicts.First(v => v.At == standing.At && v.By == standing.RuledBy);
        return new(decision, new(
            decision.Id,
            standing.IsWrong,
            truth,
            standing.Corrections,
            [.. about.Corrections.Where(c => c.Counts && standing.Corrections.Contains(c.Id, StringComparer.Ordinal)).Select(c => NameOf(c.By)).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)],
            standing.RuledBy is { } by ? NameOf(by) : FastLane,
            verdict is null ? standing.Why : VerdictRecord.Why(said[verdict.Record]) ?? standing.Why,
            standing.At))
        {
            // Only a person who was asked answers for a drawn decision: what somebody volunteered came because it was wrong.
            Propensity = standing.RuledBy is null ? null : standing.Propensity,
        };
    }

    private string NameOf(Guid principal) => store.NameOf(principal) ?? "erased-" + principal.ToString("N");

    private static bool HasErasedArgs(JournalRecord record)
    {
        foreach (var field in record.Fields)
            if (field.Path == "args" && field.Json is null) return true;
        return false;
    }
}
