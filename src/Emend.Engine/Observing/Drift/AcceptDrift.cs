using Emend.Engine.Access;
using Emend.Engine.Journal;
using Emend.Engine.Normalizing;
using Emend.Engine.Releasing;
using Emend.Engine.Storage;

namespace Emend.Engine.Observing.Drift;

/// <summary>Says that an agent's present rate of errors is the new usual one: it is calibrated anew from here on. People only.</summary>
/// <param name="Agent">The agent.</param>
/// <param name="Why">The reason, for the record.</param>
/// <param name="By">Who.</param>
internal sealed record AcceptDrift(string Agent, string Why, Actor By)
{
    internal static Answer<long> Decide(AcceptDrift ask, bool isKnown, long at)
    {
        if (!isKnown) return new AgentIsUnknown(ask.Agent);
        if (ask.By.IsPolicy || ask.By.IsService) return new OnlyAPerson("accept drift as the new usual");
        return string.IsNullOrWhiteSpace(ask.Why) ? new ReasonIsMissing() : at;
    }
}

internal sealed class AcceptDriftHandler(IWorkspaceStore store, Agents agents, TimeProvider clock)
{
    /// <summary>Accepts; answers from when on the agent is watched anew. Doing it twice does no harm.</summary>
    public async Task<Answer<long>> HandleAsync(AcceptDrift ask, CancellationToken cancel)
    {
        if (ask.By.Lacks(Permission.OpsPause, Permission.BundleRollback) is { } no) return no;
        var answer = AcceptDrift.Decide(ask, agents.Find(ask.Agent) is not null, Microseconds.Of(clock.GetUtcNow()));
        if (answer is not Answer<long>.Granted(var at)) return answer;
        var draft = store.Seal(new()
        {
            Type = DriftProjection.Accepted,
            Actor = ask.By,
            OccurredAt = at,
            Records = [new RecordFields().Text("agent", ask.Agent).Text("why", ask.Why, FieldClass.Personal).Record(ask.Agent)],
        });
        await store.WriteAsync(work => work.Append(draft), cancel).ConfigureAwait(false);
        return answer;
    }
}
