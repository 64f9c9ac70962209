using Emend.Logic.Conditions;
using Emend.Logic.Rules;

namespace Emend.Engine.Learning.Rules;

/// <summary>A learned rule in one line that people can read.</summary>
internal static class RuleText
{
    /// <summary>The line.</summary>
    public static string Of(DraftRule rule) => Of(rule.When, rule.Table.Remedies[rule.Candidate.Remedy].ToString());

    /// <summary>The line of a finished rule.</summary>
    public static string Of(Rule rule) => Of(rule.When, rule.Effect switch
    {
        RuleEffect.Override => new Emend.Logic.AgentAction(rule.Action!, rule.Args).ToString(),
        RuleEffect.Patch => "with " + rule.Args.Json,
        RuleEffect.Escalate => "ask a person",
        RuleEffect.Block => "do nothing",
        _ => "keep the proposal",
    });

    private static string Of(Condition when, string what) => $"when {Words(when)} -> {what}";

    private static string Words(Condition condition) => condition switch
    {
        All { Terms.IsEmpty: true } => "always",
        All all => string.Join(" and ", all.Terms.Select(Words)),
        Any any => "(" + string.Join(" or ", any.Terms.Select(Words)) + ")",
        Not not => "not (" + Words(not.Term) + ")",
        Predicate p => $"{Name(p.Operand)} {Sign(p)}",
        _ => condition.ToString()!,
    };

    private static string Name(Operand operand) => operand.Kind switch
    {
        OperandKind.ProposedAction => "proposed.action",
        OperandKind.ProposedArgument => "proposed.args." + operand.Name,
        OperandKind.Confidence => "confidence",
        OperandKind.TaskType => "taskType",
        OperandKind.Text => "text",
        OperandKind.Case => "case",
        _ => operand.Name,
    };

    private static string Sign(Predicate p) => p.Comparison switch
    {
        Comparison.Eq => "== " + p.Values[0],
        Comparison.Ne => "!= " + p.Values[0],
        Comparison.In => $"in [{string.Join(", ", p.Values)}]",
        Comparison.NotIn => $"not in [{string.Join(", ", p.Values)}]",
        Comparison.Lt => "< " + p.Values[0],
        Comparison.Le => "<= " + p.Values[0],
        Comparison.Gt => "> " + p.Values[0],
        Comparison.Ge => ">= " + p.Values[0],
        Comparison.Between => $"between {p.Values[0]} and {p.Values[1]}",
        Comparison.Exists => "exists",
        Comparison.Missing => "missing",
        _ => "contains " + p.Values[0],
    };
}
