using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Emend.Logic.Conditions;

namespace Emend.Logic.Evaluation;

/// <summary>Collects what conditions compare with, lays the lanes out, and lowers predicates to tests on them.</summary>
internal sealed class LanesBuilder
{
    private readonly Dictionary<Operand, Slot> _slots = [];
    private readonly Dictionary<string, int> _phraseOf = new(StringComparer.Ordinal); // words joined by spaces
    private readonly List<ImmutableArray<string>> _phrases = [];
    private bool _asksForText;
    private int _textLane = -1;

    /// <summary>Takes every predicate of a condition in.</summary>
    public void Collect(Condition condition)
    {
        switch (condition)
        {
            case All all: foreach (var term in all.Terms) Collect(term); break;
            case Any any: foreach (var term in any.Terms) Collect(term); break;
            case Not not: Collect(not.Term); break;
            case Predicate predicate: Collect(predicate); break;
        }
    }

    /// <summary>Lays the lanes out; <see cref="Lower"/> works from here on.</summary>
    public Lanes Build()
    {
        var operands = _slots.Keys.ToArray();
        Array.Sort(operands);
        var lanes = 1;
        var facts = _phrases.Count;
        if (_asksForText) _textLane = lanes++;
        var plans = new SlotPlan[operands.Length];
        for (var i = 0; i < operands.Length; i++)
        {
            var slot = _slots[operands[i]];
            plans[i] = slot.Freeze(operands[i], ref lanes, ref facts);
            slot.Plan = plans[i];
        }
        return new(operands, plans, lanes, facts, _textLane, _phrases.Count == 0 ? null : PhraseTable.Of(_phrases, firstFact: 0));
    }

    /// <summary>The test that a predicate is.</summary>
    public LoweredTest Lower(Predicate p)
    {
        if (p.Operand.Kind == OperandKind.Text)
        {
            return p.Comparison switch
            {
                Comparison.Exists => LoweredTest.Lane(_textLane, [1, 1]),
                Comparison.Missing => LoweredTest.Lane(_textLane, [-1, 0]),
                Comparison.Contains when Phrase(p) is { IsEmpty: false } words => LoweredTest.Fact(_phraseOf[string.Join(' ', words)]),
                _ => LoweredTest.Never,
            };
        }
        var slot = _slots[p.Operand];
        if (p.Comparison == Comparison.Exists) return LoweredTest.Lane(slot.Plan.PresenceLane, [1, 1]);
        if (p.Comparison == Comparison.Missing) return LoweredTest.Lane(slot.Plan.PresenceLane, [-1, 0]);
        if (p.Values.IsDefaultOrEmpty) return LoweredTest.Never;
        var kind = p.Values[0].Kind;
        if (p.Comparison == Comparison.Contains)
            return kind == FeatureKind.String ? LoweredTest.Fact(slot.Plan.FirstFact + slot.Members[p.Values[0].AsString] - 1) : LoweredTest.Never;
        var lane = slot.Plan.LaneOf(kind);
        if (lane == 0) return LoweredTest.Never;
        if (IsOrder(p.Comparison))
            return Range(p) is var (low, high) ? LoweredTest.Lane(lane, slot.Ranks(kind, low, high)) : LoweredTest.Never;
        var points = new List<(int, int)>(p.Values.Length);
        foreach (var value in p.Values)
            if (value.Kind == kind && slot.Point(value) is { } point) points.Add((point, point));
        var set = Intervals.Union(points);
        return p.Comparison is Comparison.Eq or Comparison.In
            ? LoweredTest.Lane(lane, set)
            : LoweredTest.Lane(lane, Intervals.Intersect(Intervals.Complement(set), [0, Intervals.Highest]));
    }

    private void Collect(Predicate p)
    {
        if (p.Operand.Kind == OperandKind.Text)
        {
            if (p.Comparison is Comparison.Exists or Comparison.Missing) _asksForText = true;
            else if (p.Comparison == Comparison.Contains && Phrase(p) is { IsEmpty: false } words && _phraseOf.TryAdd(string.Join(' ', words), _phrases.Count)) _phrases.Add(words);
            return;
        }
        ref var slot = ref CollectionsMarshal.GetValueRefOrAddDefault(_slots, p.Operand, out _);
        slot ??= new();
        if (p.Comparison is Comparison.Exists or Comparison.Missing) slot.AsksForPresence = true;
        if (p.Values.IsDefaultOrEmpty) return;
        if (p.Comparison == Comparison.Contains)
        {
            if (p.Values[0].Kind == FeatureKind.String) slot.AddMember(p.Values[0].AsString);
        }
        else if (IsOrder(p.Comparison))
        {
            if (Range(p) is not var (low, high)) return;
            var keys = p.Values[0].Kind == FeatureKind.Number ? slot.Numbers : slot.Instants;
            if (low is { } l) keys.Add(l);
            if (high is { } h) keys.Add(h + 1);
        }
        else
        {
            foreach (var value in p.Values) slot.Add(value);
        }
    }

    private static bool IsOrder(Comparison comparison) => comparison is Comparison.Lt or Comparison.Le or Comparison.Gt or Comparison.Ge or Comparison.Between;

    private static ImmutableArray<string> Phrase(Predicate p) => p.Values.IsDefaultOrEmpty ? [] : TextTokens.Of(p.Values[0].AsString);

    // Keys from low to high, both included; null: no bound. No range at all for what has no order.
    private static (long? Low, long? High)? Range(Predicate p)
    {
        if (p.Values[0].Kind is not (FeatureKind.Number or FeatureKind.Timestamp)) return null;
        var key = Key(p.Values[0]);
        return p.Comparison switch
        {
            Comparison.Lt => (null, key - 1),
            Comparison.Le => (null, key),
            Comparison.Gt => (key + 1, null),
            Comparison.Ge => (key, null),
            _ => p.Values.Length == 2 && p.Values[1].Kind == p.Values[0].Kind ? (key, Key(p.Values[1])) : null,
        };
    }

    private static long Key(FeatureValue value) => value.Kind == FeatureKind.Number ? Thresholds.Key(value.AsNumber) : value.AsMicroseconds;

    /// <summary>What one operand is compared with.</summary>
    private sealed class Slot
    {
        private readonly Dictionary<string, int> _strings = new(StringComparer.Ordinal);
        private readonly Dictionary<FeatureValue, int> _sets = [];
        private Thresholds? _numbers, _instants;
        private bool _hasBoolean;

        public SlotPlan Plan { get; set; }

        public bool AsksForPresence { get; set; }

        public HashSet<long> Numbers { get; } = [];

        public HashSet<long> Instants { get; } = [];

        public Dictionary<string, int> Members { get; } = new(StringComparer.Ordinal);

        public void AddMember(string member) => Members.TryAdd(member, Members.Count + 1);

        public void Add(FeatureValue value)
        {
            switch (value.Kind)
            {
                case FeatureKind.String: _strings.TryAdd(value.AsString, _strings.Count + 1); break;
                case FeatureKind.Boolean: _hasBoolean = true; break;
                case FeatureKind.Number:
                    Numbers.Add(Key(value));
                    Numbers.Add(Key(value) + 1);
                    break;
                case FeatureKind.Timestamp:
                    Instants.Add(Key(value));
                    Instants.Add(Key(value) + 1);
                    break;
                case FeatureKind.StringSet:
                    _sets.TryAdd(value, _sets.Count + 1);
                    foreach (var member in value.AsSet) AddMember(member);
                    break;
            }
        }

        public SlotPlan Freeze(Operand operand, ref int lanes, ref int facts)
        {
            var firstFact = facts;
            facts += Members.Count;
            return new()
            {
                StringLane = _strings.Count > 0 ? lanes++ : 0,
                Strings = _strings.Count > 0 ? SymbolTable.Of([.. _strings.Keys]) : null,
                Cases = _strings.Count > 0 && operand.Kind == OperandKind.Case ? new(operand.Name, _strings.Keys) : null,
                NumberLane = Numbers.Count > 0 ? lanes++ : 0,
                Numbers = Numbers.Count > 0 ? _numbers = Thresholds.OfNumbers(Numbers) : null,
                InstantLane = Instants.Count > 0 ? lanes++ : 0,
                Instants = Instants.Count > 0 ? _instants = Thresholds.OfInstants(Instants) : null,
                BooleanLane = _hasBoolean ? lanes++ : 0,
                SetLane = _sets.Count > 0 ? lanes++ : 0,
                Sets = _sets.Count > 0 ? [.. _sets.Keys.Select(set => set.AsSet.ToArray().Select(m => firstFact + Members[m] - 1).ToArray())] : null,
                Members = Members.Count > 0 || _sets.Count > 0 ? SymbolTable.Of([.. Members.Keys]) : null,
                FirstFact = firstFact,
                PresenceLane = AsksForPresence ? lanes++ : 0,
            };
        }

        public int? Point(FeatureValue value) => value.Kind switch
        {
            FeatureKind.String => _strings[value.AsString],
            FeatureKind.Boolean => value.AsBoolean ? 1 : 0,
            FeatureKind.Number => _numbers!.RankOfKey(Key(value)),
            FeatureKind.Timestamp => _instants!.RankOfKey(Key(value)),
            FeatureKind.StringSet => _sets[value],
            _ => null,
        };

        public int[] Ranks(FeatureKind kind, long? low, long? high)
        {
            var ranks = kind == FeatureKind.Number ? _numbers! : _instants!;
            return low > high ? [] : Intervals.Single(low is { } l ? ranks.RankOfKey(l) : 0, high is { } h ? ranks.RankOfKey(h) : ranks.Count);
        }
    }
}
