using Emend.Engine.Releasing;

namespace Emend.Engine.Learning.Written;

/// <summary>No written rule of that id stands.</summary>
internal sealed record RuleIsUnknown(string Id) : Refusal("rule.unknown", $"no written rule {Id} stands; `emend rules list AGENT --written` shows those that do");

/// <summary>Asks to leave a written rule out of every candidate built from now on. People only; the reason stays in the journal.</summary>
internal sealed record RemoveRule(string Agent, string Id, string Why, Actor By)
{
    /// <inheritdoc cref="WriteRules.IfVersion"/>
    public long? IfVersion { get; init; }

    internal static Answer<string> Decide(RemoveRule ask, IReadOnlySet<string> standing)
    {
        if (ask.By.IsPolicy) return new OnlyAPerson("remove a rule");
        if (!standing.Contains(ask.Id)) return new RuleIsUnknown(ask.Id);
        return string.IsNullOrWhiteSpace(ask.Why) ? new ReasonIsMissing() : ask.Id;
    }
}
