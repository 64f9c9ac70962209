using System.Collections.Immutable;
using Emend.Logic.Conditions;
using Emend.Logic.Evaluation;

namespace Emend.Logic.Tests;

/// <summary>Random conditions and contexts from a seed: few names and values, so that they meet, and all the awkward ones among them.</summary>
internal sealed class RandomLogic(int seed)
{
    public static readonly string[] Names = ["amount", "age", "country", "intent", "vip", "tags", "due", "odd name", "proposed", "a.b", "größe", "in"];
    public static readonly string[] Strings = ["refund", "chargeback", "", "DE", "de", "Größe", "日本", "a\"b\\c\n\t\u0001", "😀", "x y", "0123456789abcdef0123456789", "v1", "v2", "v3", "v4", "v5"];
    public static readonly double[] Numbers = [0, -0.0, 1, 2, 2.5, 3, 5, 9, 10, -1, 1e-7, 1e21, 0.1, 0.30000000000000004, 5e-324, double.MaxValue, double.MinValue, double.PositiveInfinity, double.NegativeInfinity];
    public static readonly long[] Instants = [0, 1, -1, 1_767_225_600_000_000, 1_767_225_600_000_001, FeatureValue.MinMicroseconds, FeatureValue.MaxMicroseconds, FeatureValue.MaxMicroseconds - 1, 9_007_199_254_740_993, 9_007_199_254_740_992];
    public static readonly string[] Words = ["card", "fee", "top", "up", "Größe", "can't", "2025", "日本", "İstanbul", "straße", "K"];
    public static readonly string[] Actions = ["refund", "route", "escalate", "close"];
    public static readonly string[] Paths = ["amount", "customer.tier", "items.0", "items.1.sku", "tags", "note", "flag"];
    public static readonly string[] Salts = ["s1", "s2", "größe"];

    /// <summary>A few whole cases that come again.</summary>
    public static readonly (Context Context, AgentAction Proposed)[] Cases =
    [
        (Context.Of([new("amount", FeatureValue.Of(5)), new("tags", FeatureValue.OfSet(["v1", "DE"]))], "refund", "My card, Größe 2025!"), new("refund", ActionArgs.Parse("""{"amount":5}"""))),
        (Context.Of([new("vip", FeatureValue.Of(true)), new("due", FeatureValue.OfMicroseconds(1))], null, "can't top up"), new("route")),
        (Context.Of([], null, null), new("close")),
        (Context.Of([new("odd name", FeatureValue.Of("😀"))], "close", ""), new("escalate", ActionArgs.Parse("""{"note":"refund"}"""))),
    ];

    private readonly Random _random = new(seed);

    public Random Random => _random;

    // Favors the first entries: popular values are many, rare ones few.
    public T Pick<T>(IReadOnlyList<T> from) => from[(int)(from.Count * Math.Pow(_random.NextDouble(), 1.7))];

    public FeatureValue Value(FeatureKind kind) => kind switch
    {
        FeatureKind.String => FeatureValue.Of(Pick(Strings)),
        FeatureKind.Number => FeatureValue.Of(_random.Next(4) == 0 ? Math.Round(_random.NextDouble() * 10, 1) : Pick(Numbers)),
        FeatureKind.Boolean => FeatureValue.Of(_random.Next(2) == 0),
        FeatureKind.Timestamp => FeatureValue.OfMicroseconds(Pick(Instants)),
        FeatureKind.StringSet => FeatureValue.OfSet(Enumerable.Range(0, _random.Next(4)).Select(_ => Pick(Strings)).ToArray()),
        _ => FeatureValue.Missing,
    };

    public FeatureKind Kind() => (FeatureKind)_random.Next(1, 6);

    public string Text() => string.Join(Pick([" ", ", ", "-", "  "]), Enumerable.Range(0, _random.Next(0, 9)).Select(_ => Pick(Words)));

    public Operand AnyOperand() => _random.Next(13) switch
    {
        0 => Operand.ProposedAction,
        1 => Operand.Argument(Pick(Paths)),
        2 => Operand.Argument(_random.Next(2) == 0 ? "odd path" : "tags"),
        3 => Operand.Confidence,
        4 => Operand.TaskType,
        5 or 6 => Operand.Text,
        7 => Operand.Case(Pick(Salts)),
        _ => Operand.Feature(Pick(Names)),
    };

    /// <summary>A predicate that validation accepts.</summary>
    public Predicate Predicate()
    {
        while (true)
        {
            var operand = AnyOperand();
            var kind = operand.Kind switch
            {
                OperandKind.ProposedAction or OperandKind.TaskType or OperandKind.Case => FeatureKind.String,
                OperandKind.Confidence => FeatureKind.Number,
                _ => Kind(),
            };
            var comparison = (Comparison)_random.Next(12);
            if (operand.Kind == OperandKind.Text) comparison = (Comparison)_random.Next((int)Comparison.Exists, (int)Comparison.Contains + 1);
            if (comparison == Comparison.Contains) kind = FeatureKind.String;
            FeatureValue One() => operand.Kind switch
            {
                OperandKind.ProposedAction or OperandKind.TaskType => FeatureValue.Of(Pick(Actions)),
                OperandKind.Confidence => FeatureValue.Of(_random.Next(11) / 10.0),
                OperandKind.Case when Pick(Cases) is var known => FeatureValue.Of(CaseFingerprint.Of(known.Context, known.Proposed, _random.Next(8) == 0 ? "other" : operand.Name)),
                OperandKind.Text => FeatureValue.Of(_random.Next(3) == 0 ? Pick(Words) + " " + Pick(Words) : Pick(Words)),
                _ => Value(kind),
            };
            ImmutableArray<FeatureValue> values = comparison switch
            {
                Comparison.Exists or Comparison.Missing => [],
                Comparison.In or Comparison.NotIn => [.. Enumerable.Range(0, _random.Next(1, _random.Next(5) == 0 ? 24 : 5)).Select(_ => One())],
                Comparison.Between => [One(), One()],
                _ => [One()],
            };
            var predicate = new Predicate(operand, comparison, values);
            if (!ConditionProblems.Of((Condition)predicate).Any()) return predicate;
        }
    }

    public Condition Condition(int depth = 3)
    {
        if (depth == 0) return Predicate();
        switch (_random.Next(10))
        {
            case 0: return new Any([.. Enumerable.Range(0, _random.Next(0, 4)).Select(_ => Condition(depth - 1))]);
            case 1: return new Not(Condition(depth - 1));
            case 2: return new All([.. Enumerable.Range(0, _random.Next(0, 4)).Select(_ => Condition(depth - 1))]);
            default: return new All([.. Enumerable.Range(0, _random.Next(1, 7)).Select(_ => (Condition)Predicate())]);
        }
    }

    public string ArgsJson() => Pick<string>([
        "{}", """{"amount":5}""", """{"amount":2.5,"customer":{"tier":"DE"},"note":"refund"}""", """{"items":["refund","v1"],"tags":["DE","de"]}""",
        """{"items":[{"sku":"x"},{"sku":"refund"}],"flag":true}""", """{"items":{"0":"refund"},"customer":["a"],"tags":[]}""", """{"odd path":1,"note":"a\"b\\c\n\t\u0001","tags":["a\"b\\c\n\t\u0001"]}""",
        """{"note":null,"tags":[1,2],"customer":{"tier":null},"amount":1e300}"""]);
}
