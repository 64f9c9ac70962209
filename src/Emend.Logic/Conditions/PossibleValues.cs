using System.Collections.Immutable;

namespace Emend.Logic.Conditions;

/// <summary>What one operand may still be after the literals taken so far: missing, or which values of each type.</summary>
internal sealed class PossibleValues
{
    private readonly HashSet<FeatureKind> _kinds = [.. Enum.GetValues<FeatureKind>()];
    private readonly Dictionary<FeatureKind, HashSet<FeatureValue>> _only = [];
    private readonly HashSet<FeatureValue> _not = [];
    private readonly Dictionary<FeatureKind, (FeatureValue Value, bool Included)> _low = [];
    private readonly Dictionary<FeatureKind, (FeatureValue Value, bool Included)> _high = [];
    private readonly HashSet<string> _members = new(StringComparer.Ordinal);
    private readonly HashSet<string> _noMembers = new(StringComparer.Ordinal);

    /// <summary>Whether a context could satisfy every literal; true when unsure.</summary>
    public static bool Exist(IReadOnlyList<Literal> literals)
    {
        var operands = new Dictionary<Operand, PossibleValues>();
        var text = new List<Literal>();
        foreach (var literal in literals)
        {
            var operand = literal.Predicate.Operand;
            if (operand.Kind == OperandKind.Text)
            {
                text.Add(literal);
                continue;
            }
            if (!operands.TryGetValue(operand, out var possible)) operands.Add(operand, possible = new(operand));
            if (!possible.Take(literal)) return false;
        }
        return operands.Values.All(static possible => possible.IsAny()) && TextExists(text);
    }

    private PossibleValues(Operand operand)
    {
        switch (operand.Kind)
        {
            case OperandKind.ProposedAction or OperandKind.Case: _kinds.IntersectWith([FeatureKind.String]); break;
            case OperandKind.TaskType: _kinds.IntersectWith([FeatureKind.String, FeatureKind.Missing]); break;
            // Agents should say 0 to 1, but nothing here keeps them from another number.
            case OperandKind.Confidence: _kinds.IntersectWith([FeatureKind.Number, FeatureKind.Missing]); break;
        }
    }

    private bool Take(Literal literal)
    {
        var (p, negated) = literal;
        if (p.Comparison is Comparison.Exists or Comparison.Missing)
        {
            if (p.Comparison == Comparison.Missing != negated) _kinds.IntersectWith([FeatureKind.Missing]);
            else _kinds.Remove(FeatureKind.Missing);
            return _kinds.Count > 0;
        }
        if (p.Values.IsDefaultOrEmpty) return negated;
        var kind = p.Values[0].Kind;
        if (p.Comparison == Comparison.Contains)
        {
            if (kind != FeatureKind.String) return negated;
            if (negated) _noMembers.Add(p.Values[0].AsString);
            else
            {
                _kinds.IntersectWith([FeatureKind.StringSet]);
                _members.Add(p.Values[0].AsString);
            }
            return _kinds.Count > 0;
        }
        if (kind == FeatureKind.Missing) return negated;
        // A predicate speaks of values of its own type only; its negation holds for every other type.
        if (!negated) _kinds.IntersectWith([kind]);
        switch (p.Comparison)
        {
            case Comparison.Eq or Comparison.In when !negated:
            case Comparison.Ne or Comparison.NotIn when negated:
                var values = p.Values.Where(v => v.Kind == kind).ToHashSet();
                if (_only.TryGetValue(kind, out var known)) known.IntersectWith(values);
                else _only.Add(kind, values);
                break;
            case Comparison.Eq or Comparison.In:
            case Comparison.Ne or Comparison.NotIn:
                _not.UnionWith(p.Values.Where(v => v.Kind == kind));
                break;
            default:
                if (kind is not (FeatureKind.Number or FeatureKind.Timestamp)) return negated;
                TakeOrder(p, negated, kind);
                break;
        }
        return _kinds.Count > 0;
    }

    private void TakeOrder(Predicate p, bool negated, FeatureKind kind)
    {
        var value = p.Values[0];
        switch (p.Comparison, negated)
        {
            case (Comparison.Lt, false) or (Comparison.Ge, true): Below(kind, value, included: false); break;
            case (Comparison.Le, false) or (Comparison.Gt, true): Below(kind, value, included: true); break;
            case (Comparison.Gt, false) or (Comparison.Le, true): Above(kind, value, included: false); break;
            case (Comparison.Ge, false) or (Comparison.Lt, true): Above(kind, value, included: true); break;
            case (Comparison.Between, false) when p.Values.Length == 2 && p.Values[1].Kind == kind:
                Above(kind, value, included: true);
                Below(kind, p.Values[1], included: true);
                break;
            case (Comparison.Between, false): _kinds.Clear(); break; // malformed: never holds
            case (Comparison.Between, true) when p.Values.Length == 2 && p.Values[1].Kind == kind && value.Order(p.Values[1]) <= 0:
                // A hole in the middle. Only a hole that swallows all that is left is noticed, in IsAny.
                _holes.Add((value, p.Values[1]));
                break;
        }
    }

    private readonly List<(FeatureValue Low, FeatureValue High)> _holes = [];

    private void Above(FeatureKind kind, FeatureValue value, bool included)
    {
        if (!_low.TryGetValue(kind, out var known) || known.Value.Order(value) is var order && (order < 0 || order == 0 && !included)) _low[kind] = (value, included);
    }

    private void Below(FeatureKind kind, FeatureValue value, bool included)
    {
        if (!_high.TryGetValue(kind, out var known) || known.Value.Order(value) is var order && (order > 0 || order == 0 && !included)) _high[kind] = (value, included);
    }

    private bool IsAny()
    {
        foreach (var kind in _kinds)
        {
            if (kind == FeatureKind.Missing) return true;
            if (_only.TryGetValue(kind, out var only) ? only.Any(IsAllowed) : IsOpen(kind)) return true;
        }
        return false;
    }

    private bool IsAllowed(FeatureValue value)
    {
        if (_not.Contains(value)) return false;
        if (_low.TryGetValue(value.Kind, out var low) && value.Order(low.Value) is var below && (below < 0 || below == 0 && !low.Included)) return false;
        if (_high.TryGetValue(value.Kind, out var high) && value.Order(high.Value) is var above && (above > 0 || above == 0 && !high.Included)) return false;
        if (_holes.Exists(hole => hole.Low.Kind == value.Kind && value.Order(hole.Low) >= 0 && value.Order(hole.High) <= 0)) return false;
        if (value.Kind != FeatureKind.StringSet) return true;
        var members = value.AsSet.ToArray();
        return _members.All(m => members.Contains(m, StringComparer.Ordinal)) && !_noMembers.Overlaps(members);
    }

    // Whether some value of the type is left when none in particular is asked for.
    private bool IsOpen(FeatureKind kind)
    {
        switch (kind)
        {
            case FeatureKind.Boolean: return IsAllowed(FeatureValue.Of(true)) || IsAllowed(FeatureValue.Of(false));
            case FeatureKind.StringSet: return !_members.Overlaps(_noMembers);
            case FeatureKind.String: return true; // finitely many are excluded, infinitely many remain
        }
        // Walk up from the lower end over excluded values and holes; what is reached first and allowed is a witness.
        var (value, ceiling) = kind == FeatureKind.Number
            ? (FeatureValue.Of(double.NegativeInfinity), FeatureValue.Of(double.PositiveInfinity))
            : (FeatureValue.OfMicroseconds(FeatureValue.MinMicroseconds), FeatureValue.OfMicroseconds(FeatureValue.MaxMicroseconds));
        if (_low.TryGetValue(kind, out var low)) value = low.Value;
        for (var steps = _not.Count + _holes.Count + 2; steps > 0; steps--)
        {
            if (IsAllowed(value)) return true;
            var hole = _holes.Where(h => h.Low.Kind == kind && value.Order(h.Low) >= 0 && value.Order(h.High) <= 0).Select(static h => (FeatureValue?)h.High).FirstOrDefault();
            value = hole ?? value;
            if (value == ceiling) return false;
            value = kind == FeatureKind.Number ? FeatureValue.Of(Math.BitIncrement(value.AsNumber)) : FeatureValue.OfMicroseconds(value.AsMicroseconds + 1);
        }
        return false;
    }

    // A text made of the required phrases, kept apart by a word nobody asks for, holds no phrase that none of them holds.
    private static bool TextExists(List<Literal> literals)
    {
        var required = new List<ImmutableArray<string>>();
        var forbidden = new List<ImmutableArray<string>>();
        bool mustExist = false, mustMiss = false;
        foreach (var (p, negated) in literals)
        {
            switch (p.Comparison)
            {
                case Comparison.Exists or Comparison.Missing:
                    if (p.Comparison == Comparison.Exists != negated) mustExist = true;
                    else mustMiss = true;
                    break;
                case Comparison.Contains when !p.Values.IsDefaultOrEmpty && TextTokens.Of(p.Values[0].AsString) is { IsEmpty: false } words:
                    (negated ? forbidden : required).Add(words);
                    break;
                default:
                    if (!negated) return false; // never holds
                    break;
            }
        }
        mustExist |= required.Count > 0;
        if (mustExist && mustMiss) return false;
        return !required.Exists(words => forbidden.Exists(phrase => words.AsSpan().IndexOf(phrase.AsSpan()) >= 0));
    }
}
