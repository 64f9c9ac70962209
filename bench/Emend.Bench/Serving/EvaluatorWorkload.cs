using System.Globalization;
using System.Text.Json;
using Emend.Logic;
using Emend.Logic.Conditions;
using Emend.Logic.Evaluation;
using Emend.Logic.Rules;

namespace Emend.Bench.Serving;

/// <summary>
/// Rules and cases from a seed: 8 strings of 5 to 1,000 values, 3 integers, 1 boolean; rules of 1-3 conditions of which one names an
/// entity (a string of 100 values or more), as corrections do. The skewed form draws values by Zipf, has 3-6 conditions and leaves features out.
/// </summary>
internal sealed class EvaluatorWorkload
{
    public const int Seed = 20261122;
    public static readonly string[] Actions = ["refund", "route", "escalate", "close"];
    private static readonly (string Name, int Values)[] Strings =
        [("plan", 5), ("channel", 10), ("country", 20), ("language", 50), ("product", 100), ("segment", 200), ("city", 500), ("customer", 1_000)];
    private static readonly (string Name, int Most)[] Integers = [("age_days", 1_000), ("amount", 10_000), ("items", 100)];
    private readonly Random _random;
    private readonly bool _skewed;

    public EvaluatorWorkload(int rules, int cases, bool skewed = false)
    {
        _random = new Random(Seed + rules);
        _skewed = skewed;
        Bundle = new() { Agent = "bench", Rules = Rule.Sort([.. Enumerable.Range(0, rules).Select(Make)]) };
        _random = new Random(Seed + 7);
        Inputs = [.. Enumerable.Range(0, cases).Select(_ => Input(known: true))];
        Unknown = [.. Enumerable.Range(0, cases).Select(_ => Input(known: false))];
    }

    public Bundle Bundle { get; }

    /// <summary>Cases whose values rules know.</summary>
    public DecisionInput[] Inputs { get; }

    /// <summary>Cases whose strings no rule has ever seen: nothing matches.</summary>
    public DecisionInput[] Unknown { get; }

    /// <summary>The same cases as values laid out for an evaluator, one after another.</summary>
    public static FeatureValue[] Slots(Evaluator evaluator, DecisionInput[] inputs) =>
        [.. inputs.SelectMany(input => evaluator.Slots.Select(operand => input.Context[operand.Name]))];

    /// <summary>Writes rules, cases and the expected actions for other products to read.</summary>
    public void Export(string file, int cases, int[] expected)
    {
        using var stream = File.Create(file);
        using var to = new Utf8JsonWriter(stream);
        to.WriteStartObject();
        to.WriteStartArray("rules");
        foreach (var rule in Bundle.Rules)
        {
            to.WriteStartObject();
            to.WriteString("action", rule.Action);
            to.WriteStartArray("when");
            foreach (var p in ((All)rule.When).Terms.Cast<Predicate>())
            {
                to.WriteStartObject();
                to.WriteString("feature", p.Operand.Name);
                to.WriteString("op", ConditionJson.Op(p.Comparison));
                to.WritePropertyName("value");
                if (p.Comparison == Comparison.In) to.WriteRawValue("[" + string.Join(',', p.Values) + "]");
                else to.WriteRawValue(p.Values[0].ToString());
                to.WriteEndObject();
            }
            to.WriteEndArray();
            to.WriteEndObject();
        }
        to.WriteEndArray();
        to.WriteStartArray("cases");
        foreach (var input in Inputs.AsSpan(0, cases))
        {
            to.WriteStartObject();
            foreach (var (name, value) in input.Context.Features)
            {
                to.WritePropertyName(name);
                to.WriteRawValue(value.ToString());
            }
            to.WriteEndObject();
        }
        to.WriteEndArray();
        to.WriteStartArray("expected"); // index of the first rule that holds, -1 for none
        foreach (var index in expected.AsSpan(0, cases)) to.WriteNumberValue(index);
        to.WriteEndArray();
        to.WriteEndObject();
    }

    private Rule Make(int i)
    {
        var terms = new List<Condition> { Equality(Strings[_random.Next(4, 8)]) };
        var more = _skewed ? _random.Next(2, 6) : _random.Next(0, 3);
        for (var k = 0; k < more; k++)
        {
            var feature = _random.Next(12);
            terms.Add(feature < 8 ? Equality(Strings[feature]) : feature < 11 ? Bound(Integers[feature - 8]) : new Predicate(Operand.Feature("vip"), Comparison.Eq, FeatureValue.Of(_random.Next(2) == 0)));
        }
        return new()
        {
            Id = string.Create(CultureInfo.InvariantCulture, $"r{i:D6}"),
            Priority = _random.Next(-1_000, 1_001),
            When = new All([.. terms]),
            Effect = RuleEffect.Override,
            Action = Actions[_random.Next(4)],
        };
    }

    private Predicate Equality((string Name, int Values) of)
    {
        var operand = Operand.Feature(of.Name);
        return _random.Next(4) > 0
            ? new(operand, Comparison.Eq, Value(of))
            : new(operand, Comparison.In, [.. Enumerable.Range(0, _random.Next(2, 5)).Select(_ => Value(of)).Distinct()]);
    }

    private Predicate Bound((string Name, int Most) of) =>
        new(Operand.Feature(of.Name), (Comparison)_random.Next((int)Comparison.Lt, (int)Comparison.Ge + 1), FeatureValue.Of(_random.Next(of.Most)));

    private FeatureValue Value((string Name, int Values) of) => FeatureValue.Of(Text(of.Name, _skewed ? Zipf(of.Values) : _random.Next(of.Values)));

    // Every case has strings of its own, as if just read from the wire.
    private static string Text(string name, int value) => string.Create(CultureInfo.InvariantCulture, $"{name[..4]}-{value:D5}");

    private int Zipf(int n) => (int)Math.Min(n - 1, Math.Pow(n + 1, _random.NextDouble()) - 1); // inverse of a density that falls as 1/x

    private DecisionInput Input(bool known)
    {
        var features = new List<Feature>();
        foreach (var of in Strings)
            if (!_skewed || _random.Next(8) > 0) features.Add(new(of.Name, known ? Value(of) : FeatureValue.Of(Text(of.Name, 50_000 + _random.Next(10_000)))));
        foreach (var of in Integers)
            if (!_skewed || _random.Next(8) > 0) features.Add(new(of.Name, FeatureValue.Of(_random.Next(of.Most))));
        features.Add(new("vip", FeatureValue.Of(_random.Next(2) == 0)));
        return new(Context.Of(features), new("deny"), 0.5, 1);
    }
}
