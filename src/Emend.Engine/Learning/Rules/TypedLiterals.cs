using System.Text.Json;
using Emend.Logic;
using Emend.Logic.Conditions;

namespace Emend.Engine.Learning.Rules;

/// <summary>
/// The typed conditions worth trying on a set of cases: values of categories and sets, booleans, cuts of numbers at deciles snapped to
/// round values, confidence bands, task types, scalar arguments of the proposed action, and whether a value is there at all.
/// </summary>
internal static class TypedLiterals
{
    // Values rarer than this are left to people: a rule cannot be tested on them. More than 40 values is an identifier, not a category.
    private const int MinRows = 3;
    private const int MaxValues = 40;
    private const int Cuts = 9;

    public static (List<Literal> Literals, List<ulong[]> Rows) Of(LearningCase[] cases)
    {
        var columns = new Dictionary<Operand, Column>();
        for (var row = 0; row < cases.Length; row++)
        {
            var decision = cases[row].Decision;
            foreach (var feature in decision.Context.Features) At(Operand.Feature(feature.Name)).Add(row, feature.Value);
            if (decision.Confidence is { } confidence) At(Operand.Confidence).Add(row, FeatureValue.Of(confidence));
            if (decision.Context.TaskType is { } task) At(Operand.TaskType).Add(row, FeatureValue.Of(task));
            if (!decision.Proposed.Args.IsEmpty) AddArguments(row, decision.Proposed.Args);
        }
        var literals = new List<Literal>();
        var rows = new List<ulong[]>();
        var slot = 0;
        foreach (var (operand, column) in columns.OrderBy(static c => c.Key))
        {
            column.AddLiterals(operand, slot, cases.Length, literals, rows);
            slot += 4;
        }
        return (literals, rows);

        Column At(Operand operand)
        {
            if (!columns.TryGetValue(operand, out var column)) columns.Add(operand, column = new());
            return column;
        }

        void AddArguments(int row, ActionArgs args)
        {
            using var document = JsonDocument.Parse(args.Json);
            Walk(row, "", document.RootElement, depth: 0);
        }

        void Walk(int row, string path, JsonElement at, int depth)
        {
            foreach (var member in at.EnumerateObject())
            {
                if (member.Name.Contains('.', StringComparison.Ordinal)) continue;
                var name = path.Length == 0 ? member.Name : $"{path}.{member.Name}";
                if (member.Value.ValueKind == JsonValueKind.Object && depth < 3) Walk(row, name, member.Value, depth + 1);
                else if (ActionArgs.ValueOf(member.Value) is { Kind: not FeatureKind.Missing } value) At(Operand.Argument(name)).Add(row, value);
            }
        }
    }

    private sealed class Column
    {
        private readonly List<int> _rows = [];
        private readonly List<FeatureValue> _values = [];

        public void Add(int row, FeatureValue value)
        {
            _rows.Add(row);
            _values.Add(value);
        }

        public void AddLiterals(Operand operand, int slot, int count, List<Literal> literals, List<ulong[]> rows)
        {
            if (count - _rows.Count >= MinRows)
            {
                var there = new ulong[Bits.Words(count)];
                foreach (var row in _rows) Bits.Add(there, row);
                var missing = Bits.All(count);
                for (var i = 0; i < missing.Length; i++) missing[i] &= ~there[i];
                Keep(Literal.Of(operand, Comparison.Missing, [], slot), missing);
            }
            AddCategories(operand, slot, count, Keep);
            AddCuts(operand, slot, count, Keep);

            void Keep(Literal literal, ulong[] on)
            {
                literals.Add(literal);
                rows.Add(on);
            }
        }

        private void AddCategories(Operand operand, int slot, int count, Action<Literal, ulong[]> keep)
        {
            var byValue = new Dictionary<(FeatureKind Kind, string Text), List<int>>();
            for (var i = 0; i < _rows.Count; i++)
            {
                var value = _values[i];
                switch (value.Kind)
                {
                    case FeatureKind.String: Add((value.Kind, value.AsString), _rows[i]); break;
                    case FeatureKind.Boolean: Add((value.Kind, value.AsBoolean ? "true" : "false"), _rows[i]); break;
                    case FeatureKind.StringSet:
                        foreach (var member in value.AsSet) Add((value.Kind, member), _rows[i]);
                        break;
                }
            }
            var frequent = byValue.Where(v => v.Value.Count >= MinRows && v.Value.Count < count)
                .OrderByDescending(static v => v.Value.Count).ThenBy(static v => v.Key.Text, StringComparer.Ordinal).ThenBy(static v => v.Key.Kind).Take(MaxValues);
            foreach (var ((kind, text), on) in frequent)
            {
                var set = new ulong[Bits.Words(count)];
                foreach (var row in on) Bits.Add(set, row);
                var value = kind == FeatureKind.Boolean ? FeatureValue.Of(text == "true") : FeatureValue.Of(text);
                keep(Literal.Of(operand, kind == FeatureKind.StringSet ? Comparison.Contains : Comparison.Eq, [value], slot), set);
            }

            void Add((FeatureKind, string) value, int row)
            {
                if (!byValue.TryGetValue(value, out var on)) byValue.Add(value, on = []);
                on.Add(row);
            }
        }

        private void AddCuts(Operand operand, int slot, int count, Action<Literal, ulong[]> keep)
        {
            var numbers = new List<(double Value, int Row)>();
            for (var i = 0; i < _rows.Count; i++)
                if (_values[i].Kind == FeatureKind.Number && double.IsFinite(_values[i].AsNumber)) numbers.Add((_values[i].AsNumber, _rows[i]));
            if (numbers.Count < 2 * MinRows) return;
            var sorted = numbers.Select(static n => n.Value).Order().ToArray();
            foreach (var cut in RoundCuts(sorted))
            {
                var below = new ulong[Bits.Words(count)];
                var above = new ulong[Bits.Words(count)];
                foreach (var (value, row) in numbers) Bits.Add(value < cut ? below : above, row);
                keep(Literal.Of(operand, Comparison.Lt, [FeatureValue.Of(cut)], slot + 1), below);
                keep(Literal.Of(operand, Comparison.Ge, [FeatureValue.Of(cut)], slot + 2), above);
            }
        }
    }

    /// <summary>Up to nine cuts, one near each decile, each the roundest number between its neighbours in the data.</summary>
    internal static IEnumerable<double> RoundCuts(double[] sorted)
    {
        var last = double.NaN;
        for (var decile = 1; decile <= Cuts; decile++)
        {
            var at = (int)((long)sorted.Length * decile / (Cuts + 1));
            // The first value of its run, so that a cut never splits equal values.
            while (at > 0 && sorted[at - 1] == sorted[at]) at--;
            if (at == 0) continue;
            // A tenth of the spread on either side of the decile may give way to a rounder number.
            var from = sorted[Math.Max(0, at - Math.Max(1, sorted.Length / 50))];
            var to = sorted[Math.Min(sorted.Length - 1, at + sorted.Length / 50)];
            if (from >= to) from = sorted[at - 1];
            var cut = Roundest(from, to);
            if (cut.Equals(last)) continue;
            last = cut;
            yield return cut;
        }
    }

    /// <summary>The number with the fewest digits above <paramref name="low"/> and not above <paramref name="high"/>.</summary>
    internal static double Roundest(double low, double high)
    {
        if (low < 0 && high >= 0) return 0;
        var scale = Math.Pow(10, Math.Ceiling(Math.Log10(Math.Max(Math.Abs(low), Math.Abs(high)))));
        for (var digit = 0; digit < 17; digit++, scale /= 10)
        {
            foreach (var step in (ReadOnlySpan<double>)[scale, scale / 2, scale / 4])
            {
                // Through decimal text, so that 3 x 0.1 is 0.3.
                var candidate = double.Parse((Math.Floor(high / step) * step).ToString("G12", System.Globalization.CultureInfo.InvariantCulture), System.Globalization.CultureInfo.InvariantCulture);
                if (candidate > low && candidate <= high) return candidate;
            }
        }
        return high;
    }
}
