using System.Text;
using Emend.Engine.Storage;
using Emend.Logic;

namespace Emend.Engine.Learning.Features;

/// <summary>Keys as people and agents name them, turned into keys as views hold them: people become pseudonyms.</summary>
internal sealed class FeatureKeys(IWorkspaceStore store)
{
    /// <summary>The key; null when nobody of that name is known, so that nothing can be kept about them.</summary>
    /// <param name="view">The view.</param>
    /// <param name="parts">Values by operand; more than the view asks for is allowed.</param>
    public Answer<string?> Of(FeatureView view, IReadOnlyDictionary<string, FeatureValue> parts)
    {
        var key = new StringBuilder("[");
        foreach (var operand in view.Key)
        {
            if (!parts.TryGetValue(operand, out var value) || value.Kind == FeatureKind.Missing)
                return new FeatureKeyIsWrong($"{view.Reference} is keyed by {string.Join(", ", view.Key)}; say what {operand} is");
            if (EventFacts.IsPerson(operand))
            {
                if (value.Kind != FeatureKind.String) return new FeatureKeyIsWrong($"{operand} is a name");
                var pseudonym = operand == EventFacts.About ? store.TokenOf(value.AsString)?.ToString("N") : store.PrincipalOf(value.AsString).ToString("D");
                if (pseudonym is null) return new Answer<string?>.Granted(null);
                value = FeatureValue.Of(pseudonym);
            }
            if (key.Length > 1) key.Append(',');
            key.Append(CanonicalJson.Text(value));
        }
        return key.Append(']').ToString();
    }
}
