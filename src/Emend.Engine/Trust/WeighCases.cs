using Emend.Engine.Learning;

namespace Emend.Engine.Trust;

/// <summary>What trust has to go by besides the cases themselves.</summary>
internal sealed record TrustGround
{
    /// <summary>Nothing is known of anybody.</summary>
    public static TrustGround None { get; } = new();
    /// <summary>Who was right where that is known.</summary>
    public IReadOnlyCollection<TrustEvidence> Evidence { get; init; } = [];
    /// <summary>Since when somebody who was released is looked at again: what they had said by then was examined by a person.</summary>
    public IReadOnlyDictionary<string, long> ReleasedAt { get; init; } = new Dictionary<string, long>(StringComparer.Ordinal);
    /// <summary>Decisions with a proposal between two times; null: only those somebody spoke of are known.</summary>
    public Func<string, long, long, int>? Traffic { get; init; }
}

/// <summary>Cases as far as they are trusted.</summary>
/// <param name="Cases">Those that reach a learner, in the given order; of weight above 0.</param>
/// <param name="HeldBack">How many do not.</param>
/// <param name="People">Everybody whose word was measured.</param>
/// <param name="Findings">Who turns an action into another far more often than others: their corrections of that action are held back until a person has looked.</param>
internal sealed record TrustedCases(IReadOnlyList<LearningCase> Cases, int HeldBack, IReadOnlyDictionary<string, ReviewerTrust> People, IReadOnlyList<RateFinding> Findings);

/// <summary>Hints that somebody's word should be looked at; nothing is held back for them.</summary>
/// <param name="Together">People who turn an action into another together, far more often than all others.</param>
/// <param name="Batches">Whose newest cases make what others vouch for less likely.</param>
internal sealed record TrustHints(IReadOnlyList<RateFinding> Together, IReadOnlyList<BatchFinding> Batches);

/// <summary>
/// Weighs reviewed decisions by whose word they rest on, before anything learns from them. A pure function of the sets of cases and of evidence, so the
/// same snapshot weighs the same whenever it is built again.
/// </summary>
internal static class WeighCases
{
    /// <summary>Weighs.</summary>
    public static TrustedCases Of(IReadOnlyList<LearningCase> cases, TrustGround ground, TrustPolicy policy)
    {
        var newest = ground.Evidence.Count == 0 ? 0 : Math.Max(ground.Evidence.Max(static e => e.At), cases.Count == 0 ? 0 : cases.Max(static c => c.Ruling.At));
        var people = ReviewerWeight.Of(ground.Evidence, policy, newest);
        var findings = RateAlarm.Look(Opinions(cases, ground), policy, ground.Traffic);
        if (findings.Count == 0 && people.Values.All(static one => one.Weight >= 1)) return new(cases, 0, people, findings);

        var suspect = findings.Select(static finding => (finding.By, finding.Proposed)).ToHashSet();
        var trusted = new List<LearningCase>(cases.Count);
        foreach (var one in cases)
        {
            var weight = WeightOf(one, people, suspect);
            if (weight > 0) trusted.Add(weight == one.Weight ? one : one with { Weight = weight });
        }
        return new(trusted, cases.Count - trusted.Count, people, findings);
    }

    /// <summary>Looks for what asks for a look without being sure enough to hold anything back.</summary>
    public static TrustHints Hints(IReadOnlyList<LearningCase> cases, TrustGround ground, TrustPolicy policy) =>
        new(RateAlarm.LookTogether(Opinions(cases, ground), policy), HarmfulBatch.Look(cases, ground.ReleasedAt));

    // What several say is worth what the best of them is: two who guess do not make one who knows.
    private static double WeightOf(LearningCase one, IReadOnlyDictionary<string, ReviewerTrust> people, HashSet<(string By, string Proposed)> suspect)
    {
        if (!IsByPolicy(one)) return Of(one.Ruling.By);
        var best = 0.0;
        foreach (var by in one.Ruling.Submitters)
            if (!one.Ruling.IsWrong || !suspect.Contains((by, one.Decision.Proposed.Label))) best = Math.Max(best, Of(by));
        return best;

        double Of(string by) => people.TryGetValue(by, out var trust) ? trust.Weight : 1;
    }

    private static List<Opinion> Opinions(IReadOnlyList<LearningCase> cases, TrustGround ground)
    {
        var opinions = new List<Opinion>(cases.Count);
        foreach (var one in cases)
        {
            // What a person ruled on was looked at by somebody else already.
            if (!IsByPolicy(one)) continue;
            foreach (var by in one.Ruling.Submitters)
            {
                if (ground.ReleasedAt.TryGetValue(by, out var released) && one.Ruling.At <= released) continue;
                opinions.Add(new(by, one.Decision.Proposed.Label, one.Ruling.IsWrong ? one.Ruling.Truth?.Label ?? "" : null, one.Decision.OccurredAt));
            }
        }
        return opinions;
    }

    private static bool IsByPolicy(LearningCase one) => Actor.IsNameOfPolicy(one.Ruling.By);
}
