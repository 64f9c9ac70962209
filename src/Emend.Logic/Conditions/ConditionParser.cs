using System.Collections.Immutable;
using System.Globalization;

namespace Emend.Logic.Conditions;

/// <summary>Recursive descent over the text form; one use per text. Depth, length and counts are bounded, so hostile text ends in an error.</summary>
internal sealed class ConditionParser(string text, IReadOnlyCollection<string>? features)
{
    private static readonly string[] Operators = ["==", "!=", "<", "<=", ">", ">=", "in", "not in", "between", "exists", "missing", "contains"];
    private readonly ConditionLexer _lexer = new(text);
    private Token _now;
    private int _depth;
    private int _predicates;

    public Condition Read()
    {
        if (text.Length > ConditionLimits.MaxLength)
            throw new ConditionSyntaxException($"the condition has {text.Length:N0} characters; at most {ConditionLimits.MaxLength:N0} are allowed", 1, 1);
        Advance();
        var condition = Or();
        if (_now.Kind != TokenKind.End)
            throw Error(_now, $"expected `and`, `or` or the end, found {Shown(_now)}", Alternative(_now));
        return condition;
    }

    private Condition Or() => Chain("or", And, static terms => new Any(terms));

    private Condition And() => Chain("and", Term, static terms => new All(terms));

    private Condition Chain(string word, Func<Condition> next, Func<ImmutableArray<Condition>, Condition> join)
    {
        var first = next();
        if (!_now.IsName(word)) return first;
        var terms = ImmutableArray.CreateBuilder<Condition>();
        terms.Add(first);
        while (Take(word)) terms.Add(next());
        return join(terms.DrainToImmutable());
    }

    private Condition Term()
    {
        if (_now.IsSign("("))
        {
            Enter();
            Advance();
            var inner = Or();
            Expect(")", "to close the parenthesis");
            _depth--;
            return inner;
        }
        if (_now.IsName("not"))
        {
            Enter();
            Advance();
            var inner = Term();
            _depth--;
            return new Not(inner);
        }
        if (Take("always")) return Condition.Always;
        if (Take("never")) return new Any([]);
        if (_now.IsName("all") || _now.IsName("any"))
        {
            var isAll = _now.IsName("all");
            Enter();
            Advance();
            Expect("(", $"after `{(isAll ? "all" : "any")}`");
            var terms = ImmutableArray.CreateBuilder<Condition>();
            do terms.Add(Or()); while (TakeSign(","));
            Expect(")", "to close the list");
            _depth--;
            return isAll ? new All(terms.DrainToImmutable()) : new Any(terms.DrainToImmutable());
        }
        return Predicate();
    }

    private Predicate Predicate()
    {
        var start = _now;
        if (++_predicates > ConditionLimits.MaxPredicates) throw Error(start, $"more than {ConditionLimits.MaxPredicates:N0} predicates in one condition");
        var operand = Operand();
        var sign = _now;
        var comparison = Comparison();
        ImmutableArray<FeatureValue> values = comparison switch
        {
            Conditions.Comparison.Exists or Conditions.Comparison.Missing => [],
            Conditions.Comparison.In or Conditions.Comparison.NotIn => List(),
            Conditions.Comparison.Between => Bounds(),
            _ => [Value()],
        };
        var predicate = new Predicate(operand, comparison, values);
        foreach (var problem in ConditionProblems.Of(predicate)) throw Error(sign, $"{ConditionText.Format(operand)}: {problem}");
        return predicate;
    }

    private Operand Operand()
    {
        var token = _now;
        if (token.Kind == TokenKind.String)
            throw Error(token, $"expected a feature, found the string {Shown(token)}", $"write features[{Cut(token.Text)}] for a feature of that name");
        if (token.Kind != TokenKind.Name)
            throw Error(token, $"expected a feature, `text`, `confidence`, `taskType`, `proposed.action`, `not` or `(`, found {Shown(token)}", Alternative(token));
        Advance();
        switch (token.Text)
        {
            case "text": return Conditions.Operand.Text;
            case "confidence": return Conditions.Operand.Confidence;
            case "taskType": return Conditions.Operand.TaskType;
            case "proposed.action": return Conditions.Operand.ProposedAction;
            case "proposed.args": return Conditions.Operand.Argument(Subscript("proposed.args"));
            case "case": return Conditions.Operand.Case(Subscript("case"));
            case "features": return Known(Subscript("features"), token);
        }
        if (token.Text.StartsWith("proposed.args.", StringComparison.Ordinal)) return Conditions.Operand.Argument(token.Text["proposed.args.".Length..]);
        if (token.Text == "proposed" || token.Text.StartsWith("proposed.", StringComparison.Ordinal))
            throw Error(token, $"expected `proposed.action` or `proposed.args.NAME`, found `{Cut(token.Text)}`", $"write features[{CanonicalJson.Quote(Cut(token.Text))}] for a feature of that name");
        if (ConditionText.Words.Contains(token.Text))
            throw Error(token, $"expected a feature, found the word `{token.Text}`", $"write features[\"{token.Text}\"] for a feature of that name");
        return Known(token.Text, token);
    }

    private Operand Known(string name, Token at)
    {
        if (features is not null && !features.Contains(name))
        {
            var near = NearestName.Of(name, [.. features, "text", "confidence", "taskType"]);
            throw Error(at, $"there is no feature `{Cut(name)}`", near is null ? "the agent's context schema lists the features" : $"did you mean `{near}`?");
        }
        return Conditions.Operand.Feature(name);
    }

    private string Subscript(string of)
    {
        Expect("[", $"after `{of}`");
        var name = _now;
        if (name.Kind != TokenKind.String) throw Error(name, $"expected a quoted name, found {Shown(name)}", $"write {of}[\"name\"]");
        Advance();
        Expect("]", "after the name");
        return name.Text;
    }

    private Comparison Comparison()
    {
        var token = _now;
        if (token.IsName("not"))
        {
            Advance();
            if (!_now.IsName("in")) throw Error(_now, $"expected `in` after `not`, found {Shown(_now)}");
            Advance();
            return Conditions.Comparison.NotIn;
        }
        Comparison? found = token.Kind is not (TokenKind.Name or TokenKind.Sign) ? null : token.Text switch
        {
            "==" => Conditions.Comparison.Eq,
            "!=" => Conditions.Comparison.Ne,
            "<" => Conditions.Comparison.Lt,
            "<=" => Conditions.Comparison.Le,
            ">" => Conditions.Comparison.Gt,
            ">=" => Conditions.Comparison.Ge,
            "in" => Conditions.Comparison.In,
            "between" => Conditions.Comparison.Between,
            "exists" => Conditions.Comparison.Exists,
            "missing" => Conditions.Comparison.Missing,
            "contains" => Conditions.Comparison.Contains,
            _ => null,
        };
        if (found is null)
        {
            var suggestion = Alternative(token);
            if (suggestion is null && token.Kind == TokenKind.Name && NearestName.Of(token.Text, Operators) is { } near) suggestion = $"did you mean `{near}`?";
            throw Error(token, $"expected a comparison ({string.Join(' ', Operators)}), found {Shown(token)}", suggestion);
        }
        Advance();
        return found.Value;
    }

    private ImmutableArray<FeatureValue> List()
    {
        Expect("[", "to open the list of values");
        var values = ImmutableArray.CreateBuilder<FeatureValue>();
        if (_now.IsSign("]")) throw Error(_now, "expected at least one value in the list");
        do
        {
            if (values.Count >= ConditionLimits.MaxValues) throw Error(_now, $"more than {ConditionLimits.MaxValues:N0} values in one list");
            values.Add(Value());
        }
        while (TakeSign(","));
        Expect("]", "to close the list");
        return values.DrainToImmutable();
    }

    private ImmutableArray<FeatureValue> Bounds()
    {
        var low = Value();
        if (!Take("and")) throw Error(_now, $"expected `and` between the two bounds, found {Shown(_now)}", "write `between 3 and 9`");
        return [low, Value()];
    }

    private FeatureValue Value()
    {
        var token = _now;
        Advance();
        switch (token.Kind)
        {
            case TokenKind.String: return FeatureValue.Of(token.Text);
            case TokenKind.Number:
                var number = double.Parse(token.Text, CultureInfo.InvariantCulture);
                if (double.IsInfinity(number)) throw Error(token, $"number {Cut(token.Text)} is beyond the range of a double", "write `infinity` if you mean it");
                return FeatureValue.Of(number);
            case TokenKind.Name when token.Text == "true": return FeatureValue.Of(true);
            case TokenKind.Name when token.Text == "false": return FeatureValue.Of(false);
            case TokenKind.Name when token.Text == "infinity": return FeatureValue.Of(double.PositiveInfinity);
            case TokenKind.Sign when token.Text == "-" && _now.IsName("infinity"):
                Advance();
                return FeatureValue.Of(double.NegativeInfinity);
            case TokenKind.Name when token.Text == "at": return Instant();
            case TokenKind.Sign when token.Text == "{": return Set();
            case TokenKind.Name:
                throw Error(token, $"expected a value, found `{Cut(token.Text)}`", $"strings stand in double quotes: {CanonicalJson.Quote(Cut(token.Text))}");
            default:
                throw Error(token, $"expected a value (\"string\", number, true, false, at(\"…\") or {{\"set\"}}), found {Shown(token)}", Alternative(token));
        }
    }

    private FeatureValue Instant()
    {
        Expect("(", "after `at`");
        var token = _now;
        if (token.Kind != TokenKind.String || !CanonicalJson.TryInstant(token.Text, out var instant))
            throw Error(token, $"expected an instant with a zone, found {Shown(token)}", "write at(\"2026-01-31T09:30:00Z\")");
        Advance();
        Expect(")", "after the instant");
        return FeatureValue.OfMicroseconds(instant);
    }

    private FeatureValue Set()
    {
        var members = new List<string>();
        if (TakeSign("}")) return FeatureValue.OfSet(members);
        do
        {
            if (members.Count >= ConditionLimits.MaxValues) throw Error(_now, $"more than {ConditionLimits.MaxValues:N0} members in one set");
            if (_now.Kind != TokenKind.String) throw Error(_now, $"expected a quoted string in the set, found {Shown(_now)}");
            members.Add(_now.Text);
            Advance();
        }
        while (TakeSign(","));
        Expect("}", "to close the set");
        return FeatureValue.OfSet(members);
    }

    private void Enter()
    {
        if (++_depth > ConditionLimits.MaxDepth) throw Error(_now, $"nested deeper than {ConditionLimits.MaxDepth} levels");
    }

    private void Advance() => _now = _lexer.Next();

    private bool Take(string name)
    {
        if (!_now.IsName(name)) return false;
        Advance();
        return true;
    }

    private bool TakeSign(string sign)
    {
        if (!_now.IsSign(sign)) return false;
        Advance();
        return true;
    }

    private void Expect(string sign, string why)
    {
        if (!TakeSign(sign)) throw Error(_now, $"expected `{sign}` {why}, found {Shown(_now)}");
    }

    private ConditionSyntaxException Error(Token at, string what, string? suggestion = null) => _lexer.Error(at.Start, what, suggestion);

    // What people of other languages write.
    private static string? Alternative(Token token) => token.Text switch
    {
        "=" or "===" => "write `==`",
        "<>" or "!==" => "write `!=`",
        "=>" => "write `>=`",
        "=<" => "write `<=`",
        "&&" or "&" or "AND" or "And" => "write `and`",
        "||" or "|" or "OR" or "Or" => "write `or`",
        "!" or "NOT" or "Not" => "write `not`",
        "'" => "strings stand in double quotes",
        "is" => "write `==`, `exists` or `missing`",
        "like" or "has" or "includes" => "write `contains`",
        "null" => "write `missing` or `exists`",
        _ => null,
    };

    private static string Shown(Token token) => token.Kind switch
    {
        TokenKind.End => "the end",
        TokenKind.String => CanonicalJson.Quote(Cut(token.Text)),
        _ => $"`{Cut(token.Text)}`",
    };

    private static string Cut(string text) => text.Length <= 40 ? text : text[..40] + "…";
}
