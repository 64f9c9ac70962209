using Emend.Engine.Evaluating.Statistics;

namespace Emend.Engine.Trust;

/// <summary>Whether somebody was right, where that is known: a gold item, or a ruling of somebody else.</summary>
/// <param name="By">Who.</param>
/// <param name="Slice">Action that was proposed.</param>
/// <param name="Right">Whether they said what is so.</param>
/// <param name="At">When they said it, microseconds since 1970 UTC.</param>
internal readonly record struct TrustEvidence(string By, string Slice, bool Right, long At);

/// <summary>How much one person's word counts.</summary>
/// <param name="By">Who.</param>
/// <param name="Right">Right answers, older ones for less.</param>
/// <param name="Wrong">Wrong ones.</param>
/// <param name="Weight">0 to 1.</param>
internal sealed record ReviewerTrust(string By, double Right, double Wrong, double Weight);

/// <summary>
/// Weights by what was measured and by nothing else: how often people agree says nothing of how often they are right. Weight is
/// 2q - 1, where q is the tenth percentile of the Beta distribution of being right, in proportion to what it is before anything was measured: who was never
/// measured counts fully, who is right as often as was taken for granted goes on doing so, and who guesses counts for nothing.
/// </summary>
internal static class ReviewerWeight
{
    private const double Percentile = 0.1;

    /// <summary>Weights everybody of whom something is known.</summary>
    /// <param name="evidence">What is known, in any order.</param>
    /// <param name="policy">How.</param>
    /// <param name="at">When; what is older counts less.</param>
    public static IReadOnlyDictionary<string, ReviewerTrust> Of(IEnumerable<TrustEvidence> evidence, TrustPolicy policy, long at)
    {
        var trust = new SortedDictionary<string, ReviewerTrust>(StringComparer.Ordinal);
        // Sorted, so that sums of fractions do not depend on the order of arrival.
        foreach (var one in evidence.OrderBy(static e => e.By, StringComparer.Ordinal).ThenBy(static e => e.At).ThenBy(static e => e.Right))
        {
            var before = trust.GetValueOrDefault(one.By) ?? new(one.By, 0, 0, 1);
            var worth = Math.Pow(0.5, Math.Max(0, at - one.At) / (policy.HalfLife.TotalMilliseconds * 1000));
            trust[one.By] = one.Right ? before with { Right = before.Right + worth } : before with { Wrong = before.Wrong + worth };
        }
        return trust.Values.Select(one => one with { Weight = Of(one.Right, one.Wrong, policy) }).ToDictionary(static one => one.By, StringComparer.Ordinal);
    }

    /// <summary>The weight of so many right and wrong answers, in steps of a hundredth: a bundle does not change with every day that passes.</summary>
    public static double Of(double right, double wrong, TrustPolicy policy)
    {
        var usual = Edge(policy.RightBefore, policy.WrongBefore);
        if (usual <= 0) return Math.Clamp(Rounded(Edge(policy.RightBefore + right, policy.WrongBefore + wrong)), 0, 1);
        return Math.Clamp(Rounded(Edge(policy.RightBefore + right, policy.WrongBefore + wrong) / usual), 0, 1);
    }

    private static double Edge(double right, double wrong) => 2 * IncompleteBeta.Inverse(Percentile, right, wrong) - 1;

    private static double Rounded(double weight) => Math.Round(weight, 2, MidpointRounding.ToZero);
}
