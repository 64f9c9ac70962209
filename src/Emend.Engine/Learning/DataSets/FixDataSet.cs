using Emend.Engine.Access;
using Emend.Engine.Journal;
using Emend.Engine.Normalizing;
using Emend.Engine.Storage;
using Emend.Logic.Conditions;

namespace Emend.Engine.Learning.DataSets;

/// <summary>Nothing that was ruled on fits.</summary>
internal sealed record DataSetIsEmpty(string Agent) : Refusal("dataset.empty", $"no ruling about agent '{Agent}' fits, so there is nothing to fix; rule on what waits (`emend reviews list`), or ask for more");

/// <summary>Asks to fix what was ruled of an agent so far as a data set.</summary>
/// <param name="Agent">The agent.</param>
/// <param name="Where">Which of its decisions; always: all.</param>
/// <param name="By">Who asks.</param>
internal sealed record FixDataSet(string Agent, Condition Where, Actor By);

/// <summary>Fixes data sets. Fixing the same rulings again gives the same one.</summary>
internal sealed class FixDataSetHandler(IWorkspaceStore store, Agents agents, DataSetRegistry sets)
{
    /// <summary>Fixes one.</summary>
    /// <param name="ask">Which.</param>
    /// <param name="progress">Told how many rulings have been read.</param>
    /// <param name="cancel">Cancels while rulings are read.</param>
    public async Task<Answer<(DataSet Set, RowCounts Counts)>> HandleAsync(FixDataSet ask, Action<long>? progress, CancellationToken cancel)
    {
        if (ask.By.Lacks(Permission.DatasetBuild) is { } no) return no;
        if (agents.Find(ask.Agent) is not { } agent) return new AgentIsUnknown(ask.Agent);
        using var activity = Features.FeatureTelemetry.Source.StartActivity("fix data set");
        var upTo = store.Size;
        var (counts, digest) = (new RowCounts(), new DataSetDigest());
        foreach (var row in sets.Rows(agent, ask.Where, upTo, counts))
        {
            cancel.ThrowIfCancellationRequested();
            digest.Add(row);
            counts.Used++;
            if ((digest.Count & 1023) == 0) progress?.Invoke(digest.Count);
        }
        if (digest.Count == 0) return new DataSetIsEmpty(ask.Agent);
        var name = digest.Done();
        if (sets.Find(name) is Answer<DataSet>.Granted(var known)) return (known, counts);
        var fields = new RecordFields().Text("agent", agent.Id).Json("definition", AgentJson.Write(agent), FieldClass.Internal).Number("rows", digest.Count).Number("upTo", upTo);
        // Somebody's words about cases: a name may stand in it.
        if (ask.Where != Condition.Always) fields.Json("where", ConditionJson.Write(ask.Where), FieldClass.Personal);
        var draft = store.Seal(new() { Type = DataSetRegistry.EntryType, Actor = ask.By, Records = [fields.Record(name)] });
        await store.WriteAsync(work => work.Append(draft).Index, cancel).ConfigureAwait(false);
        return sets.Find(name) is Answer<DataSet>.Granted(var set) ? (set, counts) : throw new InvalidDataException($"data set {name} was fixed and is not there");
    }
}
