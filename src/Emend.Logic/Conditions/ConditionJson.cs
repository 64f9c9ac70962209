using System.Collections.Immutable;
using System.Text;
using System.Text.Json;

namespace Emend.Logic.Conditions;

/// <summary>The canonical JSON of a condition.</summary>
/// <remarks>
/// <c>{"all":[…]}</c>, <c>{"any":[…]}</c>, <c>{"not":…}</c>, or a predicate: <c>{"feature":"amount","op":"gt","value":500}</c>.
/// Its operand is one of <c>"feature":NAME</c>, <c>"arg":PATH</c>, <c>"case":SALT</c>, <c>"on":"proposed.action" | "confidence" | "taskType" | "text"</c>;
/// <c>in</c>, <c>notIn</c> and <c>between</c> have <c>values</c>, the others <c>value</c>, <c>exists</c> and <c>missing</c> neither.
/// Values JSON has no type for: <c>{"at":"2026-01-01T00:00:00Z"}</c>, <c>{"set":["a","b"]}</c>, <c>{"number":"Infinity"}</c>.
/// </remarks>
public static class ConditionJson
{
    private static readonly string[] Ops = ["eq", "ne", "in", "notIn", "lt", "le", "gt", "ge", "between", "exists", "missing", "contains"];

    /// <summary>Short name of a comparison, as JSON has it.</summary>
    public static string Op(Comparison comparison) => Ops[(int)comparison];

    /// <summary>Canonical text (RFC 8785).</summary>
    /// <exception cref="ArgumentException">A string in it has no UTF-8 form, or a value is missing: see <see cref="ConditionProblems"/>.</exception>
    public static string Write(Condition condition)
    {
        ArgumentNullException.ThrowIfNull(condition);
        var text = new StringBuilder();
        Write(text, condition);
        return text.ToString();
    }

    /// <summary>Reads a condition, strictly: unknown members, wrong types and malformed predicates are refused.</summary>
    /// <exception cref="LogicJsonException">The value is not a condition; the message starts with the path.</exception>
    public static Condition Read(JsonElement element) => Read(element, 1);

    /// <summary>Parses and reads a condition.</summary>
    /// <exception cref="JsonException">The text is not JSON, or not a condition.</exception>
    public static Condition Parse(string json)
    {
        using var document = CanonicalJson.Parse(Encoding.UTF8.GetBytes(json), maxDepth: (2 * ConditionLimits.MaxDepth) + 8);
        return Read(document.RootElement);
    }

    internal static void Write(StringBuilder to, Condition condition)
    {
        switch (condition)
        {
            case All all: WriteTerms(to, "all", all.Terms); break;
            case Any any: WriteTerms(to, "any", any.Terms); break;
            case Not not:
                to.Append("{\"not\":");
                Write(to, not.Term);
                to.Append('}');
                break;
            case Predicate predicate: Write(to, predicate); break;
        }
    }

    private static void WriteTerms(StringBuilder to, string name, ImmutableArray<Condition> terms)
    {
        to.Append("{\"").Append(name).Append("\":[");
        for (var i = 0; i < terms.Length; i++)
        {
            if (i > 0) to.Append(',');
            Write(to, terms[i]);
        }
        to.Append("]}");
    }

    private static void Write(StringBuilder to, Predicate p)
    {
        to.Append(p.Operand.Kind switch
        {
            OperandKind.Feature => "{\"feature\":",
            OperandKind.ProposedArgument => "{\"arg\":",
            OperandKind.Case => "{\"case\":",
            OperandKind.ProposedAction => "{\"on\":\"proposed.action\"",
            OperandKind.Confidence => "{\"on\":\"confidence\"",
            OperandKind.TaskType => "{\"on\":\"taskType\"",
            _ => "{\"on\":\"text\"",
        });
        if (p.Operand.Kind is OperandKind.Feature or OperandKind.ProposedArgument or OperandKind.Case) WriteString(to, p.Operand.Name);
        to.Append(",\"op\":\"").Append(Op(p.Comparison)).Append('"');
        if (p.Comparison is Comparison.In or Comparison.NotIn or Comparison.Between)
        {
            to.Append(",\"values\":[");
            for (var i = 0; i < p.Values.Length; i++)
            {
                if (i > 0) to.Append(',');
                Write(to, p.Values[i]);
            }
            to.Append(']');
        }
        else if (p.Values.Length > 0)
        {
            to.Append(",\"value\":");
            Write(to, p.Values[0]);
        }
        to.Append('}');
    }

    private static void Write(StringBuilder to, FeatureValue value)
    {
        switch (value.Kind)
        {
            case FeatureKind.String: WriteString(to, value.AsString); break;
            case FeatureKind.Number when double.IsInfinity(value.AsNumber): to.Append("{\"number\":").Append(CanonicalJson.Text(value)).Append('}'); break;
            case FeatureKind.Timestamp: to.Append("{\"at\":").Append(CanonicalJson.Text(value)).Append('}'); break;
            case FeatureKind.StringSet:
                to.Append("{\"set\":[");
                for (var i = 0; i < value.AsSet.Length; i++)
                {
                    if (i > 0) to.Append(',');
                    WriteString(to, value.AsSet[i]);
                }
                to.Append("]}");
                break;
            case FeatureKind.Missing: throw new ArgumentException("a condition cannot compare with a missing value", nameof(value));
            default: to.Append(CanonicalJson.Text(value)); break;
        }
    }

    internal static void WriteString(StringBuilder to, string value)
    {
        if (!CanonicalJson.IsWellFormed(value)) throw new ArgumentException($"string {CanonicalJson.Quote(value)} holds half a surrogate pair, which has no UTF-8 form", nameof(value));
        CanonicalJson.AppendQuoted(to, value);
    }

    private static Condition Read(JsonElement element, int depth)
    {
        if (depth > ConditionLimits.MaxDepth) throw new LogicJsonException($"nested deeper than {ConditionLimits.MaxDepth} levels");
        if (element.ValueKind != JsonValueKind.Object) throw new LogicJsonException($"expected a condition (an object), found {Found(element)}");
        foreach (var member in element.EnumerateObject())
        {
            if (member.NameEquals("all")) return new All(Terms(element, member, depth));
            if (member.NameEquals("any")) return new Any(Terms(element, member, depth));
            if (member.NameEquals("not"))
            {
                Alone(element, "not");
                try
                {
                    return new Not(Read(member.Value, depth + 1));
                }
                catch (LogicJsonException e)
                {
                    throw e.Under(".not");
                }
            }
            break;
        }
        return ReadPredicate(element);
    }

    private static ImmutableArray<Condition> Terms(JsonElement element, JsonProperty member, int depth)
    {
        Alone(element, member.Name);
        if (member.Value.ValueKind != JsonValueKind.Array)
            throw new LogicJsonException($"expected a list of conditions, found {Found(member.Value)}").Under("." + member.Name);
        var terms = ImmutableArray.CreateBuilder<Condition>(member.Value.GetArrayLength());
        foreach (var item in member.Value.EnumerateArray())
        {
            try
            {
                terms.Add(Read(item, depth + 1));
            }
            catch (LogicJsonException e)
            {
                throw e.Under($".{member.Name}[{terms.Count}]");
            }
        }
        return terms.MoveToImmutable();
    }

    private static void Alone(JsonElement element, string name)
    {
        if (element.GetPropertyCount() != 1) throw new LogicJsonException($"`{name}` stands alone in its object");
    }

    private static Predicate ReadPredicate(JsonElement element)
    {
        Operand? operand = null;
        Comparison? comparison = null;
        JsonElement? value = null, values = null;
        foreach (var member in element.EnumerateObject())
        {
            if (member.NameEquals("op")) comparison = ReadOp(member.Value);
            else if (member.NameEquals("value")) value = member.Value;
            else if (member.NameEquals("values")) values = member.Value;
            else if (operand is not null && (member.NameEquals("feature") || member.NameEquals("arg") || member.NameEquals("case") || member.NameEquals("on")))
                throw new LogicJsonException("a predicate has one of `feature`, `arg`, `case` and `on`, not two");
            else if (member.NameEquals("feature")) operand = Operand.Feature(ReadString(member));
            else if (member.NameEquals("arg")) operand = Operand.Argument(ReadString(member));
            else if (member.NameEquals("case")) operand = Operand.Case(ReadString(member));
            else if (member.NameEquals("on")) operand = ReadOn(member);
            else
            {
                var unknown = CanonicalJson.NameOf(member);
                var near = NearestName.Of(unknown, ["all", "any", "not", "feature", "arg", "case", "on", "op", "value", "values"]);
                throw new LogicJsonException($"unknown member `{unknown}`" + (near is null ? "" : $"; did you mean `{near}`?"));
            }
        }
        if (operand is null) throw new LogicJsonException("expected `all`, `any`, `not`, or a predicate with `feature`, `arg`, `case` or `on`");
        if (comparison is null) throw new LogicJsonException($"a predicate needs `op`: one of {string.Join(' ', Ops)}");
        var many = comparison is Comparison.In or Comparison.NotIn or Comparison.Between;
        var none = comparison is Comparison.Exists or Comparison.Missing;
        if (many ? value is not null || values is null : none ? value is not null || values is not null : value is null || values is not null)
            throw new LogicJsonException($"`{Op(comparison.Value)}` takes {(many ? "`values`, a list" : none ? "no value" : "`value`")}");
        var read = ImmutableArray<FeatureValue>.Empty;
        if (value is { } one)
        {
            try
            {
                read = [ReadValue(one)];
            }
            catch (LogicJsonException e)
            {
                throw e.Under(".value");
            }
        }
        else if (values is { } list)
        {
            read = ReadValues(list);
        }
        var predicate = new Predicate(operand.Value, comparison.Value, read);
        foreach (var problem in ConditionProblems.Of(predicate)) throw new LogicJsonException(problem);
        return predicate;
    }

    private static ImmutableArray<FeatureValue> ReadValues(JsonElement list)
    {
        if (list.ValueKind != JsonValueKind.Array) throw new LogicJsonException($"expected a list of values, found {Found(list)}").Under(".values");
        var many = ImmutableArray.CreateBuilder<FeatureValue>(list.GetArrayLength());
        foreach (var item in list.EnumerateArray())
        {
            try
            {
                many.Add(ReadValue(item));
            }
            catch (LogicJsonException e)
            {
                throw e.Under($".values[{many.Count}]");
            }
        }
        return many.MoveToImmutable();
    }

    private static Comparison ReadOp(JsonElement element)
    {
        if (element.ValueKind == JsonValueKind.String)
        {
            for (var i = 0; i < Ops.Length; i++)
                if (element.ValueEquals(Ops[i])) return (Comparison)i;
            var unknown = StringOf(element, ".op");
            var near = NearestName.Of(unknown, Ops);
            throw new LogicJsonException($"unknown operator {CanonicalJson.Quote(unknown)}; {(near is null ? "known are " + string.Join(' ', Ops) : $"did you mean `{near}`?")}").Under(".op");
        }
        throw new LogicJsonException($"expected an operator ({string.Join(' ', Ops)}), found {Found(element)}").Under(".op");
    }

    private static Operand ReadOn(JsonProperty member) => ReadString(member) switch
    {
        "proposed.action" => Operand.ProposedAction,
        "confidence" => Operand.Confidence,
        "taskType" => Operand.TaskType,
        "text" => Operand.Text,
        var other => throw new LogicJsonException($"unknown operand {CanonicalJson.Quote(other)}; known are proposed.action, confidence, taskType, text").Under(".on"),
    };

    private static string ReadString(JsonProperty member)
    {
        if (member.Value.ValueKind != JsonValueKind.String) throw new LogicJsonException($"expected a string, found {Found(member.Value)}").Under("." + member.Name);
        return StringOf(member.Value, "." + member.Name);
    }

    private static string StringOf(JsonElement element, string step)
    {
        try
        {
            return CanonicalJson.StringOf(element);
        }
        catch (JsonException e)
        {
            throw new LogicJsonException(e.Message).Under(step);
        }
    }

    private static FeatureValue ReadValue(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.String: return FeatureValue.Of(StringOf(element, ""));
            case JsonValueKind.Number: return element.TryGetDouble(out var n) && double.IsFinite(n) ? FeatureValue.Of(n) : throw new LogicJsonException("the number is beyond the range of a double");
            case JsonValueKind.True: return FeatureValue.Of(true);
            case JsonValueKind.False: return FeatureValue.Of(false);
            case JsonValueKind.Object when element.GetPropertyCount() == 1:
                var member = element.EnumerateObject().First();
                if (member.NameEquals("at") && member.Value.ValueKind == JsonValueKind.String && CanonicalJson.TryInstant(StringOf(member.Value, ".at"), out var at))
                    return FeatureValue.OfMicroseconds(at);
                if (member.NameEquals("number") && member.Value.ValueKind == JsonValueKind.String && member.Value.ValueEquals("Infinity")) return FeatureValue.Of(double.PositiveInfinity);
                if (member.NameEquals("number") && member.Value.ValueKind == JsonValueKind.String && member.Value.ValueEquals("-Infinity")) return FeatureValue.Of(double.NegativeInfinity);
                if (member.NameEquals("set") && member.Value.ValueKind == JsonValueKind.Array && member.Value.EnumerateArray().All(static i => i.ValueKind == JsonValueKind.String))
                    return FeatureValue.OfSet(member.Value.EnumerateArray().Select(static i => StringOf(i, ".set")).ToArray());
                break;
        }
        throw new LogicJsonException($"expected a value (string, number, boolean, {{\"at\":INSTANT}}, {{\"set\":[…]}} or {{\"number\":\"Infinity\"}}), found {Found(element)}");
    }

    internal static string Found(JsonElement element)
    {
        var raw = element.GetRawText();
        return raw.Length <= 60 ? raw : raw[..60] + "…";
    }
}
