using System.Collections.Immutable;
using Emend.Logic;
using Emend.Logic.Conditions;

namespace Emend.Engine.Learning.Rules;

/// <summary>One typed condition the miner may use. A rule takes at most one of each slot: one value of a category, one cut from each side.</summary>
/// <param name="Predicate">The condition.</param>
/// <param name="Slot">What it excludes.</param>
/// <param name="Key">Text that orders literals whatever the order of arrival.</param>
internal sealed record Literal(Predicate Predicate, int Slot, string Key)
{
    public static Literal Of(Operand operand, Comparison comparison, ImmutableArray<FeatureValue> values, int slot) =>
        new(new(operand, comparison, values), slot, string.Create(
            System.Globalization.CultureInfo.InvariantCulture,
            $"{(int)operand.Kind}:{operand.Name} {(int)comparison:00} {string.Join(',', values.Select(CanonicalJson.Text))}"));
}
