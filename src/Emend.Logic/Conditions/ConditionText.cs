using System.Text;

namespace Emend.Logic.Conditions;

/// <summary>
/// The readable form of a condition: <c>amount &gt; 500 and intent in ["refund","chargeback"]</c>. <see cref="Parse"/> reads back
/// exactly what <see cref="Format(Condition)"/> wrote. The grammar is in docs/spec/conditions.md.
/// </summary>
public static class ConditionText
{
    /// <summary>Words with a meaning of their own; a feature of that name is written <c>features["…"]</c>.</summary>
    internal static readonly HashSet<string> Words = new(StringComparer.Ordinal)
    {
        "and", "or", "not", "in", "between", "exists", "missing", "contains", "always", "never", "all", "any",
        "true", "false", "infinity", "at", "text", "confidence", "taskType", "proposed", "features", "case",
    };

    /// <summary>Writes a condition.</summary>
    public static string Format(Condition condition)
    {
        ArgumentNullException.ThrowIfNull(condition);
        var text = new StringBuilder();
        Append(text, condition, inside: false);
        return text.ToString();
    }

    /// <summary>Writes an operand: <c>amount</c>, <c>proposed.args.amount</c>, <c>features["odd name"]</c>.</summary>
    public static string Format(Operand operand) => operand.Kind switch
    {
        OperandKind.ProposedAction => "proposed.action",
        OperandKind.ProposedArgument => IsPath(operand.Name) ? "proposed.args." + operand.Name : $"proposed.args[{CanonicalJson.Quote(operand.Name)}]",
        OperandKind.Confidence => "confidence",
        OperandKind.TaskType => "taskType",
        OperandKind.Text => "text",
        OperandKind.Case => $"case[{CanonicalJson.Quote(operand.Name)}]",
        _ => IsBare(operand.Name) ? operand.Name : $"features[{CanonicalJson.Quote(operand.Name)}]",
    };

    /// <summary>Reads a condition.</summary>
    /// <param name="text">The text, at most <see cref="ConditionLimits.MaxLength"/> characters.</param>
    /// <param name="features">Names of the features that exist; any other is refused with a suggestion. Null: any name is taken.</param>
    /// <exception cref="ConditionSyntaxException">The text is not a condition; says where, why and what to write instead.</exception>
    public static Condition Parse(string text, IReadOnlyCollection<string>? features = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        return new ConditionParser(text, features).Read();
    }

    /// <summary>How the text form writes a comparison.</summary>
    internal static string Sign(Comparison comparison) => comparison switch
    {
        Comparison.Eq => "==",
        Comparison.Ne => "!=",
        Comparison.In => "in",
        Comparison.NotIn => "not in",
        Comparison.Lt => "<",
        Comparison.Le => "<=",
        Comparison.Gt => ">",
        Comparison.Ge => ">=",
        Comparison.Between => "between",
        Comparison.Exists => "exists",
        Comparison.Missing => "missing",
        Comparison.Contains => "contains",
        _ => "?",
    };

    /// <summary>A value as the text form writes it.</summary>
    internal static string Value(FeatureValue value) => value.Kind switch
    {
        FeatureKind.Number when double.IsInfinity(value.AsNumber) => value.AsNumber > 0 ? "infinity" : "-infinity",
        FeatureKind.Timestamp => $"at({CanonicalJson.Text(value)})",
        FeatureKind.StringSet => "{" + CanonicalJson.Text(value)[1..^1] + "}",
        _ => CanonicalJson.Text(value),
    };

    private static void Append(StringBuilder to, Condition condition, bool inside)
    {
        switch (condition)
        {
            case All all: Join(to, all.Terms, "always", "all", " and ", inside); break;
            case Any any: Join(to, any.Terms, "never", "any", " or ", inside); break;
            case Not not:
                to.Append("not ");
                Append(to, not.Term, inside: true);
                break;
            case Predicate predicate: Append(to, predicate); break;
        }
    }

    private static void Join(StringBuilder to, System.Collections.Immutable.ImmutableArray<Condition> terms, string empty, string name, string word, bool inside)
    {
        if (terms.Length == 0)
        {
            to.Append(empty);
            return;
        }
        // One term needs the function form, or reading it back would lose the node.
        if (terms.Length == 1) to.Append(name);
        var parentheses = inside || terms.Length == 1;
        if (parentheses) to.Append('(');
        for (var i = 0; i < terms.Length; i++)
        {
            if (i > 0) to.Append(word);
            Append(to, terms[i], inside: terms.Length > 1);
        }
        if (parentheses) to.Append(')');
    }

    private static void Append(StringBuilder to, Predicate p)
    {
        to.Append(Format(p.Operand)).Append(' ').Append(Sign(p.Comparison));
        switch (p.Comparison)
        {
            case Comparison.Exists or Comparison.Missing:
                break;
            case Comparison.In or Comparison.NotIn:
                to.Append(" [");
                for (var i = 0; i < p.Values.Length; i++)
                {
                    if (i > 0) to.Append(',');
                    to.Append(Value(p.Values[i]));
                }
                to.Append(']');
                break;
            default:
                for (var i = 0; i < p.Values.Length; i++) to.Append(i == 0 ? " " : " and ").Append(Value(p.Values[i]));
                break;
        }
    }

    private static bool IsBare(string name)
    {
        if (name.Length == 0 || !(char.IsAsciiLetter(name[0]) || name[0] == '_') || Words.Contains(name)) return false;
        if (name.StartsWith("proposed.", StringComparison.Ordinal)) return false;
        return IsPath(name);
    }

    private static bool IsPath(string path)
    {
        var stepIsEmpty = true;
        foreach (var c in path)
        {
            if (c == '.' && stepIsEmpty) return false;
            stepIsEmpty = c == '.';
            if (!stepIsEmpty && !char.IsAsciiLetterOrDigit(c) && c != '_') return false;
        }
        return !stepIsEmpty;
    }
}
