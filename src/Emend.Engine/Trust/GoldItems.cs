using Emend.Engine.Access;
using Emend.Engine.Capturing;
using Emend.Engine.Journal;
using Emend.Engine.Normalizing;
using Emend.Engine.Releasing;
using Emend.Engine.Reviewing;
using Emend.Engine.Storage;
using Emend.Logic;

namespace Emend.Engine.Trust;

/// <summary>Its answer is known already.</summary>
internal sealed record IsGoldAlready(string Id) : Refusal("trust.gold-known", $"decision '{Id}' is a gold item already; remove it first to give another answer");

/// <summary>It is no gold item.</summary>
internal sealed record IsNoGold(string Id) : Refusal("trust.gold-unknown", $"decision '{Id}' is no gold item; `emend trust gold list` shows those there are");

/// <summary>The answer is none the agent could have given.</summary>
internal sealed record GoldAnswerIsWrong(string Problem) : Refusal("trust.gold-wrong", Problem);

/// <summary>Asks to take a decision as one whose answer is known: what people say of it measures them, and nothing is ever learned from it.</summary>
/// <param name="DecisionId">The decision.</param>
/// <param name="Answer">What should have been done; the proposed action where that was right.</param>
/// <param name="Why">How the answer is known; recorded.</param>
/// <param name="By">Who asks: a person.</param>
internal sealed record AddGoldItem(string DecisionId, AgentAction Answer, string Why, Actor By)
{
    internal static Answer<AgentAction> Decide(AddGoldItem ask, DecisionFacts? decision, AgentDefinition? agent, bool isKnown)
    {
        if (ask.By.Lacks(Permission.GoldensetEdit) is { } no) return no;
        if (ask.By.IsPolicy || ask.By.IsService) return new OnlyAPerson("add a gold item");
        if (decision is null) return new DecisionIsUnknown(ask.DecisionId);
        if (agent?.Knows(ask.Answer.Label) == false && ask.Answer.Label != decision.Proposed.Label)
            return new GoldAnswerIsWrong($"action '{ask.Answer.Label}' is neither in the catalogue of agent '{agent.Id}' nor what it proposed; `emend agents show {agent.Id}` lists it");
        if (isKnown) return new IsGoldAlready(ask.DecisionId);
        return string.IsNullOrWhiteSpace(ask.Why) ? new ReasonIsMissing() : ask.Answer;
    }
}

/// <summary>Asks to take a decision as a gold item no longer: what people said of it may be learned from again.</summary>
internal sealed record RemoveGoldItem(string DecisionId, string Why, Actor By)
{
    internal static Answer<string> Decide(RemoveGoldItem ask, bool isKnown)
    {
        if (ask.By.Lacks(Permission.GoldensetEdit) is { } no) return no;
        if (ask.By.IsPolicy || ask.By.IsService) return new OnlyAPerson("remove a gold item");
        if (!isKnown) return new IsNoGold(ask.DecisionId);
        return string.IsNullOrWhiteSpace(ask.Why) ? new ReasonIsMissing() : ask.DecisionId;
    }
}

/// <summary>Adds and removes gold items. The answer is known to who may add one; what reviewers see of a decision does not tell.</summary>
internal sealed class GoldItemHandler(IWorkspaceStore store, Agents agents, TimeProvider clock)
{
    /// <summary>Adds one.</summary>
    public async Task<Answer<AgentAction>> HandleAsync(AddGoldItem ask, CancellationToken cancel)
    {
        var decision = Find(ask.DecisionId);
        var agent = decision is null ? null : agents.Find(decision.Agent);
        if (AddGoldItem.Decide(ask, decision, agent, isKnown: false) is Answer<AgentAction>.Refused no) return Counted("gold added", no);
        var at = Microseconds.Of(clock.GetUtcNow());
        var fields = new RecordFields().Text("agent", decision!.Agent).Text("action", ask.Answer.Label).Json("at", FieldText.Of(at), FieldClass.Internal).Text("why", ask.Why, FieldClass.Personal);
        // Arguments are about somebody: they go when the decision's subject is erased.
        if (!ask.Answer.Args.IsEmpty) fields.Json("args", ask.Answer.Args.Json, FieldClass.Personal).Text("argsMark", store.Mark(ask.DecisionId, ask.Answer.Args.Json));
        var subject = store.Record(decision.At.Entry, decision.At.Position).Subject;
        var draft = store.Seal(new() { Type = TrustProjection.GoldAdded, Actor = ask.By, OccurredAt = at, Records = [fields.Record(ask.DecisionId, subject)] });
        return Counted("gold added", await store.WriteAsync(
            work =>
            {
                var answer = AddGoldItem.Decide(ask, decision, agent, IsKnown(work, ask.DecisionId));
                if (answer is Answer<AgentAction>.Granted) work.Append(draft);
                return answer;
            },
            cancel).ConfigureAwait(false));
    }

    /// <summary>Removes one.</summary>
    public async Task<Answer<string>> HandleAsync(RemoveGoldItem ask, CancellationToken cancel)
    {
        var at = Microseconds.Of(clock.GetUtcNow());
        var decision = Find(ask.DecisionId);
        if (decision is null) return Counted("gold removed", (Answer<string>)new IsNoGold(ask.DecisionId));
        var record = new RecordFields().Text("agent", decision.Agent).Json("at", FieldText.Of(at), FieldClass.Internal).Text("why", ask.Why, FieldClass.Personal).Record(ask.DecisionId);
        var draft = store.Seal(new() { Type = TrustProjection.GoldRemoved, Actor = ask.By, OccurredAt = at, Records = [record] });
        return Counted("gold removed", await store.WriteAsync(
            work =>
            {
                var answer = RemoveGoldItem.Decide(ask, IsKnown(work, ask.DecisionId));
                if (answer is Answer<string>.Granted) work.Append(draft);
                return answer;
            },
            cancel).ConfigureAwait(false));
    }

    private DecisionFacts? Find(string id) =>
        store.Read(connection => SignalRows.All(connection, SignalSql.Decision, "@id", id, SignalRows.Decision)) is [var facts] ? facts : null;

    private static bool IsKnown(UnitOfWork work, string id) => work.Command(TrustSql.IsGold).Bind("@decision", id).ExecuteScalar() is not null;

    private static Answer<T> Counted<T>(string what, Answer<T> answer)
    {
        TrustTelemetry.Changed(what, (answer as Answer<T>.Refused)?.Why);
        return answer;
    }
}
