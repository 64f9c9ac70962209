using Emend.Logic.Evaluation;

namespace Emend.Logic.Conditions;

/// <summary>What is wrong with a condition, in words. A malformed predicate never holds, so these are mistakes worth refusing, not dangers.</summary>
public static class ConditionProblems
{
    /// <summary>Every problem found; empty for a sound condition.</summary>
    public static IReadOnlyList<string> Of(Condition condition)
    {
        ArgumentNullException.ThrowIfNull(condition);
        var problems = new List<string>();
        var predicates = 0;
        Walk(condition, 1);
        if (predicates > ConditionLimits.MaxPredicates) problems.Add($"{predicates:N0} predicates; at most {ConditionLimits.MaxPredicates:N0} are allowed");
        return problems;

        void Walk(Condition at, int depth)
        {
            if (depth > ConditionLimits.MaxDepth)
            {
                problems.Add($"nested deeper than {ConditionLimits.MaxDepth} levels");
                return;
            }
            switch (at)
            {
                case All all: foreach (var term in all.Terms) Walk(term, depth + 1); break;
                case Any any: foreach (var term in any.Terms) Walk(term, depth + 1); break;
                case Not not: Walk(not.Term, depth + 1); break;
                case Predicate predicate:
                    predicates++;
                    foreach (var problem in Of(predicate)) problems.Add($"{OfOperand(predicate.Operand)}: {problem}");
                    break;
            }
        }
    }

    /// <summary>Problems of one predicate, without its operand's name.</summary>
    internal static IEnumerable<string> Of(Predicate p)
    {
        if (!Enum.IsDefined(p.Comparison)) yield return $"comparison {(int)p.Comparison} does not exist";
        if (p.Operand.Name is null || !CanonicalJson.IsWellFormed(p.Operand.Name)) yield return "the name holds half a surrogate pair";
        else if (p.Operand.Kind is OperandKind.Feature && p.Operand.Name.Length == 0) yield return "a feature needs a name";
        else if (p.Operand.Kind is OperandKind.Case && p.Operand.Name.Length is 0 or > CaseFingerprint.MaxSalt) yield return $"a case needs a salt of 1 to {CaseFingerprint.MaxSalt} characters";
        if (p.Values.IsDefault)
        {
            yield return "the list of values is not set";
            yield break;
        }
        var op = ConditionText.Sign(p.Comparison);
        switch (p.Comparison)
        {
            case Comparison.Exists or Comparison.Missing:
                if (p.Values.Length != 0) yield return $"`{op}` takes no value";
                yield break;
            case Comparison.Between when p.Values.Length != 2:
                yield return "`between` takes two values";
                yield break;
            case Comparison.In or Comparison.NotIn when p.Values.Length == 0:
                yield return $"`{op}` needs at least one value";
                yield break;
            case Comparison.In or Comparison.NotIn when p.Values.Length > ConditionLimits.MaxValues:
                yield return $"`{op}` has {p.Values.Length:N0} values; at most {ConditionLimits.MaxValues:N0} are allowed";
                break;
            case not (Comparison.Between or Comparison.In or Comparison.NotIn) when p.Values.Length != 1:
                yield return $"`{op}` takes one value";
                yield break;
        }
        var kind = p.Values[0].Kind;
        if (kind == FeatureKind.Missing) yield return $"`{op}` cannot compare with nothing; write `missing`";
        foreach (var value in p.Values)
        {
            if (value.Kind != kind)
            {
                yield return "all values of one predicate have the same type";
                break;
            }
        }
        foreach (var value in p.Values)
        {
            if (!IsWellFormed(value))
            {
                yield return $"value {value} holds half a surrogate pair";
                break;
            }
        }
        if (p.Operand.Kind == OperandKind.Text && p.Comparison != Comparison.Contains)
        {
            yield return $"`text` knows only `contains`, `exists` and `missing`, not `{op}`";
            yield break;
        }
        switch (p.Comparison)
        {
            case Comparison.Lt or Comparison.Le or Comparison.Gt or Comparison.Ge or Comparison.Between when kind is not (FeatureKind.Number or FeatureKind.Timestamp):
                yield return $"`{op}` compares numbers and timestamps, not {Name(kind)}";
                break;
            case Comparison.Between when p.Values[0].Order(p.Values[1]) > 0:
                yield return $"`between {p.Values[0]} and {p.Values[1]}` can never hold: the first is larger";
                break;
            case Comparison.Contains when kind != FeatureKind.String:
                yield return $"`contains` looks for a string, not for {Name(kind)}";
                break;
            case Comparison.Contains when p.Operand.Kind == OperandKind.Text && TextTokens.Of(p.Values[0].AsString).IsEmpty:
                yield return $"`contains {p.Values[0]}` names no word";
                break;
            case Comparison.Contains when p.Operand.Kind is OperandKind.ProposedAction or OperandKind.Confidence or OperandKind.TaskType or OperandKind.Case:
                yield return $"`contains` looks into a set or the text; {OfOperand(p.Operand)} is neither";
                break;
        }
        if (p.Comparison != Comparison.Contains && p.Operand.Kind is OperandKind.ProposedAction or OperandKind.TaskType && kind != FeatureKind.String)
            yield return $"it is a string and never equals {Name(kind)}";
        if (p.Operand.Kind == OperandKind.Case && p.Values.Any(static v => !CaseFingerprint.TryParse(v.AsString, out _, out _)))
            yield return $"a case is compared with fingerprints, {CaseFingerprint.Length} lower-case hexadecimal digits each";
        if (p.Operand.Kind == OperandKind.Confidence)
        {
            if (kind != FeatureKind.Number) yield return $"it is a number from 0 to 1 and never equals {Name(kind)}";
            else if (p.Values.Any(static v => v.AsNumber is < 0 or > 1)) yield return "it lies between 0 and 1";
        }
    }

    private static bool IsWellFormed(FeatureValue value)
    {
        if (!CanonicalJson.IsWellFormed(value.AsString)) return false;
        foreach (var member in value.AsSet)
            if (!CanonicalJson.IsWellFormed(member)) return false;
        return true;
    }

    private static string OfOperand(Operand operand) => ConditionText.Format(operand with { Name = operand.Name ?? "" });

    private static string Name(FeatureKind kind) => kind switch
    {
        FeatureKind.String => "a string",
        FeatureKind.Number => "a number",
        FeatureKind.Boolean => "a boolean",
        FeatureKind.StringSet => "a set",
        FeatureKind.Timestamp => "a timestamp",
        _ => "nothing",
    };
}
