using System.Text;
using Emend.Engine.Access;
using Emend.Engine.Journal;
using Emend.Engine.Normalizing;
using Emend.Engine.Releasing;
using Emend.Engine.Reviewing;
using Emend.Engine.Storage;
using Emend.Logic;
using Emend.Logic.Conditions;
using Emend.Logic.Guidance;

namespace Emend.Engine.Learning.Guidance;

/// <summary>A guidance item cannot be taken over as it was written.</summary>
internal sealed record GuidanceIsWrong(string Problems) : Refusal("guidance.wrong", $"the item is wrong: {Problems}");

/// <summary>The same item was written before and still stands.</summary>
internal sealed record GuidanceStandsAlready(string Id) : Refusal("guidance.stands-already", $"item {Id} says the same and stands already; `emend guidance list AGENT --written` shows it");

/// <summary>No written item of that id stands.</summary>
internal sealed record GuidanceIsUnknown(string Id) : Refusal("guidance.unknown", $"no written item {Id} stands; `emend guidance list AGENT --written` shows those that do");

/// <summary>The text repeats what somebody wrote in a case: that would carry their words into every prompt, out of reach of erasure.</summary>
internal sealed record GuidanceQuotesACase(string Decision)
    : Refusal("guidance.quotes-a-case", $"the text repeats {WriteGuidance.QuotedWords} or more words in a row of decision {Decision}; say it in your own words, without anything that belongs to one customer");

/// <summary>Asks to take an item over that a person wrote. It is part of every candidate built from now on.</summary>
/// <param name="Agent">The agent.</param>
/// <param name="Item">What it says: text, scope, advised action. Id, counts and time are set here, whatever they were.</param>
/// <param name="By">Its author, who approves no candidate that brings it.</param>
internal sealed record WriteGuidance(string Agent, GuidanceItem Item, Actor By)
{
    /// <summary>So many words in a row of a case are a quotation of it.</summary>
    public const int QuotedWords = 6;

    private const int IdDigits = 12;

    internal static Answer<GuidanceItem> Decide(WriteGuidance ask, AgentDefinition agent, IReadOnlySet<string> standing, long at)
    {
        if (ask.By.IsPolicy) return new OnlyAPerson("write guidance");
        var item = Written(ask.Item, at);
        List<string> problems = [.. GuidanceProblems.Of(item)];
        if (item.Action is { } action && !agent.Knows(action)) problems.Add($"action '{action}' is not in the catalogue of agent '{agent.Id}'");
        if (problems.Count > 0) return new GuidanceIsWrong(string.Join("; ", problems));
        return standing.Contains(item.Id) ? new GuidanceStandsAlready(item.Id) : item;
    }

    /// <summary>The first decision whose text an item repeats; null when it repeats none.</summary>
    internal static string? Quoted(string text, IEnumerable<Decision> decisions)
    {
        var words = TextTokens.Of(text);
        if (words.Length < QuotedWords) return null;
        var runs = Runs(words).ToHashSet(StringComparer.Ordinal);
        return decisions.FirstOrDefault(decision => decision.Context.Text is { } said && Runs(TextTokens.Of(said)).Any(runs.Contains))?.Id;
    }

    private static IEnumerable<string> Runs(System.Collections.Immutable.ImmutableArray<string> words)
    {
        for (var i = 0; i + QuotedWords <= words.Length; i++) yield return string.Join(' ', words.AsSpan(i, QuotedWords).ToArray());
    }

    // The same words have the same id, whoever writes them and whenever: an item that stands is not written twice.
    private static GuidanceItem Written(GuidanceItem item, long at)
    {
        var says = new GuidanceItem { Id = "g-0", Kind = GuidanceKind.Written, Text = item.Text.Trim(), Scope = item.Scope, Action = item.Action };
        return says with { Id = "g-" + BundleDigest.Of(Encoding.UTF8.GetBytes(GuidanceJson.Write(says)))["sha256:".Length..][..IdDigits], At = at };
    }
}

/// <summary>Asks to leave a written item out of every candidate built from now on. People only; the reason stays in the journal.</summary>
internal sealed record RemoveGuidance(string Agent, string Id, string Why, Actor By)
{
    internal static Answer<string> Decide(RemoveGuidance ask, IReadOnlySet<string> standing)
    {
        if (ask.By.IsPolicy) return new OnlyAPerson("remove guidance");
        if (!standing.Contains(ask.Id)) return new GuidanceIsUnknown(ask.Id);
        return string.IsNullOrWhiteSpace(ask.Why) ? new ReasonIsMissing() : ask.Id;
    }
}

/// <summary>Takes over and removes guidance that people write.</summary>
internal sealed class WrittenGuidanceHandler(IWorkspaceStore store, Agents agents, LearningCases cases, TimeProvider clock)
{
    public const string Written = "guidance.written";
    public const string Removed = "guidance.removed";

    /// <summary>Field with the item: somebody's words, so personal.</summary>
    public const string ItemField = "item";

    /// <summary>Takes an item over.</summary>
    public async Task<Answer<GuidanceItem>> HandleAsync(WriteGuidance ask, CancellationToken cancel)
    {
        if (ask.By.Lacks(Permission.BundleAuthor) is { } no) return no;
        if (agents.Find(ask.Agent) is not { } agent) return new AgentIsUnknown(ask.Agent);
        var at = Microseconds.Of(clock.GetUtcNow());
        var seen = WriteGuidance.Decide(ask, agent, new HashSet<string>(StringComparer.Ordinal), at);
        if (seen is not Answer<GuidanceItem>.Granted(var item)) return seen;
        if (WriteGuidance.Quoted(item.Text, cases.Read(agent.Id).Select(static one => one.Decision)) is { } quoted) return new GuidanceQuotesACase(quoted);
        var record = new RecordFields().Text("agent", agent.Id).Json(ItemField, GuidanceJson.Write(item), FieldClass.Personal).Record(item.Id);
        var draft = store.Seal(new() { Type = Written, Actor = ask.By, OccurredAt = at, Records = [record] });
        return await store.WriteAsync(
            work =>
            {
                var answer = WriteGuidance.Decide(ask, agent, WrittenGuidance.Table.Standing(work, agent.Id), at);
                if (answer is Answer<GuidanceItem>.Granted) work.Append(draft);
                return answer;
            },
            cancel).ConfigureAwait(false);
    }

    /// <summary>Removes an item.</summary>
    public async Task<Answer<string>> HandleAsync(RemoveGuidance ask, CancellationToken cancel)
    {
        if (ask.By.Lacks(Permission.BundleAuthor) is { } no) return no;
        var record = new RecordFields().Text("agent", ask.Agent).Text("why", ask.Why, FieldClass.Personal).Record(ask.Id);
        var draft = store.Seal(new() { Type = Removed, Actor = ask.By, Records = [record] });
        return await store.WriteAsync(
            work =>
            {
                var answer = RemoveGuidance.Decide(ask, WrittenGuidance.Table.Standing(work, ask.Agent));
                if (answer is Answer<string>.Granted) work.Append(draft);
                return answer;
            },
            cancel).ConfigureAwait(false);
    }
}
