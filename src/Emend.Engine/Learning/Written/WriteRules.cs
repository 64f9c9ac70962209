using System.Collections.Immutable;
using System.Text;
using Emend.Engine.Access;
using Emend.Engine.Journal;
using Emend.Engine.Normalizing;
using Emend.Engine.Releasing;
using Emend.Engine.Storage;
using Emend.Logic;
using Emend.Logic.Rules;

namespace Emend.Engine.Learning.Written;

/// <summary>A rule cannot be taken over as it was written.</summary>
internal sealed record RuleIsWrong(string Problems) : Refusal("rule.wrong", $"the rule is wrong: {Problems}");

/// <summary>The same rule was written before and still stands.</summary>
internal sealed record RuleStandsAlready(string Id) : Refusal("rule.stands-already", $"rule {Id} says the same and stands already; `emend rules list AGENT --written` shows it");

/// <summary>Somebody wrote or removed a rule meanwhile.</summary>
internal sealed record RulesHaveChanged(string Agent) : Refusal("rule.changed", $"the rules written for agent '{Agent}' were changed since you read them; read them again and decide on what stands now");

/// <summary>Asks to take rules over that a person wrote: all of them, or none. They are part of every candidate built from now on.</summary>
/// <param name="Agent">The agent.</param>
/// <param name="Rules">What they say; id, evidence and counts are set here, whatever they were.</param>
/// <param name="By">Their author, who approves no candidate that brings them.</param>
internal sealed record WriteRules(string Agent, ImmutableArray<Rule> Rules, Actor By)
{
    /// <summary>The version the change was made from; another one by now refuses. Null: whatever stands.</summary>
    public long? IfVersion { get; init; }

    /// <summary>Longest reason.</summary>
    public const int MaxBecause = 500;

    private const int IdDigits = 12;

    internal static Answer<ImmutableArray<Rule>> Decide(WriteRules ask, AgentDefinition agent, IReadOnlySet<string> standing, long at)
    {
        if (ask.By.IsPolicy) return new OnlyAPerson("write a rule");
        var problems = new List<string>();
        if (ask.Rules.IsEmpty) problems.Add("there is none");
        var rules = ask.Rules.Select(rule => Written(rule, at)).ToImmutableArray();
        var ids = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < rules.Length; i++)
        {
            var where = rules.Length == 1 ? "" : $"rule {i + 1}: ";
            foreach (var problem in ProblemsOf(rules[i], agent, at)) problems.Add(where + problem);
            if (!ids.Add(rules[i].Id)) problems.Add(where + "it says the same as one before it");
        }
        if (problems.Count > 0) return new RuleIsWrong(string.Join("; ", problems));
        return rules.FirstOrDefault(rule => standing.Contains(rule.Id)) is { } known ? new RuleStandsAlready(known.Id) : rules;
    }

    // The same words have the same id, whoever writes them and whenever: a rule that stands is not written twice.
    private static Rule Written(Rule rule, long at)
    {
        var says = rule with { Id = "", Origin = RuleOrigin.Written, Because = "", EvidenceThrough = 0, Evidence = [], Right = 0, Wrong = 0, Submitters = 0 };
        var id = "w-" + BundleDigest.Of(Encoding.UTF8.GetBytes(BundleJson.Write(says)))["sha256:".Length..][..IdDigits];
        return says with { Id = id, Because = rule.Because.Trim(), EvidenceThrough = at };
    }

    private static IEnumerable<string> ProblemsOf(Rule rule, AgentDefinition agent, long at)
    {
        foreach (var problem in BundleProblems.Of(rule)) yield return problem;
        if (rule.Action is { } action && !agent.Knows(action)) yield return $"action '{action}' is not in the catalogue of agent '{agent.Id}'";
        if (rule.Because.Length == 0) yield return "say why: people read it beside every decision the rule changes";
        if (rule.Because.Length > MaxBecause) yield return $"the reason has {rule.Because.Length} characters, at most {MaxBecause} fit";
        if (rule.Because.Any(char.IsControl)) yield return "the reason holds control characters";
        if (rule.ExpiresAt <= at) yield return "it would have expired already";
    }
}

/// <summary>Takes over and removes rules that people write.</summary>
internal sealed class WrittenRuleHandler(IWorkspaceStore store, Agents agents, TimeProvider clock)
{
    public const string Written = "rules.written";
    public const string Removed = "rules.removed";

    /// <summary>Field with the rule: somebody's words, so personal.</summary>
    public const string RuleField = "rule";

    /// <summary>Takes rules over.</summary>
    public async Task<Answer<ImmutableArray<Rule>>> HandleAsync(WriteRules ask, CancellationToken cancel)
    {
        if (ask.By.Lacks(Permission.BundleAuthor) is { } no) return no;
        if (agents.Find(ask.Agent) is not { } agent) return new AgentIsUnknown(ask.Agent);
        var at = Microseconds.Of(clock.GetUtcNow());
        var seen = WriteRules.Decide(ask, agent, new HashSet<string>(StringComparer.Ordinal), at);
        if (seen is not Answer<ImmutableArray<Rule>>.Granted(var rules)) return seen;
        var draft = store.Seal(new()
        {
            Type = Written,
            Actor = ask.By,
            OccurredAt = at,
            Records = [.. rules.Select(rule => new RecordFields().Text("agent", agent.Id).Json(RuleField, BundleJson.Write(rule), FieldClass.Personal).Record(rule.Id))],
        });
        return await store.WriteAsync(
            work =>
            {
                if (ask.IfVersion is { } version && version != WrittenRules.Table.Version(work, agent.Id)) return new RulesHaveChanged(agent.Id);
                var answer = WriteRules.Decide(ask, agent, WrittenRules.Table.Standing(work, agent.Id), at);
                if (answer is Answer<ImmutableArray<Rule>>.Granted) work.Append(draft);
                return answer;
            },
            cancel).ConfigureAwait(false);
    }

    /// <summary>Removes a rule.</summary>
    public async Task<Answer<string>> HandleAsync(RemoveRule ask, CancellationToken cancel)
    {
        if (ask.By.Lacks(Permission.BundleAuthor) is { } no) return no;
        var record = new RecordFields().Text("agent", ask.Agent).Text("why", ask.Why, FieldClass.Personal).Record(ask.Id);
        var draft = store.Seal(new() { Type = Removed, Actor = ask.By, Records = [record] });
        return await store.WriteAsync(
            work =>
            {
                if (ask.IfVersion is { } version && version != WrittenRules.Table.Version(work, ask.Agent)) return new RulesHaveChanged(ask.Agent);
                var answer = RemoveRule.Decide(ask, WrittenRules.Table.Standing(work, ask.Agent));
                if (answer is Answer<string>.Granted) work.Append(draft);
                return answer;
            },
            cancel).ConfigureAwait(false);
    }
}
