using System.Collections.Immutable;
using Emend.Engine.Normalizing;
using Emend.Logic;

namespace Emend.Engine.Learning;

/// <summary>Gives equal short texts of many decisions (names of features, labels, their usual values) as one: a history takes less than half the memory, and looking names up is comparing references.</summary>
internal sealed class TextPool
{
    // Longer texts are rarely the same; more of them are no vocabulary but data.
    private const int LongestKept = 40;
    private const int MostKept = 50_000;

    private readonly Dictionary<string, string> _texts = new(StringComparer.Ordinal);

    /// <summary>The same decision in shared texts.</summary>
    public KnownDecision Of(KnownDecision known) => known with { Decision = Of(known.Decision) };

    /// <summary>The same case in shared texts.</summary>
    public LearningCase Of(LearningCase reviewed) => reviewed with { Decision = Of(reviewed.Decision) };

    private Decision Of(Decision decision)
    {
        var features = ImmutableArray.CreateBuilder<Feature>(decision.Context.Features.Length);
        foreach (var (name, value) in decision.Context.Features) features.Add(new(Shared(name), value.Kind == FeatureKind.String ? FeatureValue.Of(Shared(value.AsString)) : value));
        return decision with
        {
            Agent = Shared(decision.Agent),
            Context = Context.OfSorted(features.MoveToImmutable(), decision.Context.TaskType is { } task ? Shared(task) : null, decision.Context.Text),
            Proposed = decision.Proposed.Args.IsEmpty ? new(Shared(decision.Proposed.Label)) : decision.Proposed with { Label = Shared(decision.Proposed.Label) },
        };
    }

    private string Shared(string text)
    {
        if (text.Length > LongestKept) return text;
        if (_texts.TryGetValue(text, out var known)) return known;
        if (_texts.Count < MostKept) _texts.Add(text, text);
        return text;
    }
}
