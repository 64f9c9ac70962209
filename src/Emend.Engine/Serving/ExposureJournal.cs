using Emend.Engine.Journal;
using Emend.Engine.Storage;
using Emend.Logic;

namespace Emend.Engine.Serving;

/// <summary>Writes who was served what. A decision is served once: what was recorded first stays.</summary>
internal static class ExposureJournal
{
    /// <summary>Type of the journal's entries.</summary>
    public const string EntryType = "decisions.served";

    /// <summary>Records; answers those that were not recorded before, in order.</summary>
    public static async Task<IReadOnlyList<ServedDecision>> RecordAsync(IWorkspaceStore store, IReadOnlyList<ServedDecision> served, Actor by, long? at, CancellationToken cancel)
    {
        var draft = store.Seal(new() { Type = EntryType, Actor = by, OccurredAt = at, Records = [.. served.Select(one => RecordOf(store, one))] });
        return await store.WriteAsync<IReadOnlyList<ServedDecision>>(
            work =>
            {
                var known = work.Command(ServingSql.Find);
                var positions = Enumerable.Range(0, served.Count).Where(i => known.Bind("@decision", served[i].Decision.Id).ExecuteScalar() is null).ToList();
                if (positions.Count == 0) return [];
                work.Append(positions.Count == served.Count ? draft : draft.Only(positions));
                return positions.ConvertAll(i => served[i]);
            },
            cancel).ConfigureAwait(false);
    }

    /// <summary>What stands for an action where only equality matters; null for no action.</summary>
    public static string? MarkOf(IWorkspaceStore store, AgentAction? action) => action is null ? null : store.Mark("action", action.ToString());

    private static JournalRecord RecordOf(IWorkspaceStore store, ServedDecision served)
    {
        var fields = new RecordFields()
            .Text("agent", served.Decision.Agent)
            .Number("arm", (int)served.Arm)
            .Text("bundle", served.Bundle)
            .Number("cause", (int)served.Verdict.Cause)
            .Flag("changed", served.IsChanged)
            .Number("disposition", (int)served.Verdict.Disposition)
            .Text("final", served.Final?.Label)
            .Text("finalMark", MarkOf(store, served.Final))
            .Text("proposedMark", MarkOf(store, served.Decision.Proposed))
            .Text("release", served.Release)
            .Text("rule", served.RuleId)
            .Number("shareBp", served.ShareBp)
            .Text("unit", store.Mark("unit", ServedDecision.UnitOf(served.Decision)));
        if (served.Final is { Args.IsEmpty: false } final) fields.Json("finalArgs", final.Args.Json, FieldClass.Personal);
        if (served.Inclusion < 1) fields.Json("inclusion", CanonicalJson.Number(served.Inclusion), FieldClass.Internal);
        if (served.ServedAt is { } at) fields.Number("servedAt", at);
        return fields.Record(served.Decision.Id, served.Decision.Subject);
    }
}
