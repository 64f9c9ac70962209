using Emend.Engine.Learning;

namespace Emend.Engine.Evaluating.Replay;

/// <summary>The learner as the gates need it: the same build on fewer cases.</summary>
internal static class LearnerRebuild
{
    /// <summary>
    /// Builds with everything in <paramref name="input"/> but the cases given. Cases left out are taken out of the counts of decisions too:
    /// a fold must look as if they had not happened, not as if nobody had corrected them.
    /// </summary>
    public static Rebuild Of(LearningInput input)
    {
        var builder = new BuildCandidate(input.Options);
        return cases => builder.Build(input with { Cases = cases, Decisions = Without(input, cases) }).Bundle;
    }

    private static IReadOnlyDictionary<string, int>? Without(LearningInput input, IReadOnlyList<LearningCase> kept)
    {
        if (input.Decisions is not { } decisions || kept.Count == input.Cases.Count) return input.Decisions;
        var counts = new Dictionary<string, int>(decisions, StringComparer.Ordinal);
        var ids = kept.Select(static one => one.Decision.Id).ToHashSet(StringComparer.Ordinal);
        foreach (var left in input.Cases)
        {
            if (ids.Contains(left.Decision.Id)) continue;
            var label = left.Decision.Proposed.Label;
            if (counts.TryGetValue(label, out var count)) counts[label] = Math.Max(0, count - 1);
        }
        return counts;
    }
}
