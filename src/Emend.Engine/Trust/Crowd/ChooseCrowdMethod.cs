namespace Emend.Engine.Trust.Crowd;

/// <summary>A way to estimate and what known answers say of it.</summary>
/// <param name="Method">The method.</param>
/// <param name="FromMajority">Whether it starts from what most say, rather than from known answers only.</param>
/// <param name="Accuracy">Share of the known answers it finds without having been told them.</param>
internal readonly record struct CrowdScore(CrowdMethod Method, bool FromMajority, double Accuracy);

/// <summary>
/// Chooses how to estimate by known answers: each half of them is hidden in turn and has to be found with the help of the other. Dawid-Skene
/// from the majority serves unless another way is better by more than half a standard error, for a few known answers are noisy judges. Somebody who
/// bends the majority bends what is found of the hidden answers, and with it the choice.
/// </summary>
internal static class ChooseCrowdMethod
{
    /// <summary>Fewest known answers worth asking. Below it whatever is known is where estimating starts.</summary>
    public const int LeastKnown = 20;

    private static readonly (CrowdMethod Method, bool FromMajority)[] Ways =
        [(CrowdMethod.DawidSkene, true), (CrowdMethod.DawidSkene, false), (CrowdMethod.Fast, false), (CrowdMethod.OneCoin, false)];

    /// <summary>Chooses.</summary>
    /// <param name="votes">The votes.</param>
    /// <param name="known">Label number by item, -1: not known.</param>
    /// <param name="options">Settings of estimating.</param>
    /// <returns>The way, and how each did; none when there was too little to ask.</returns>
    public static (CrowdMethod Method, bool FromMajority, IReadOnlyList<CrowdScore> Scores) By(CrowdLabels votes, int[] known, CrowdOptions options)
    {
        var asked = known.Count(static label => label >= 0);
        if (asked < LeastKnown) return (CrowdMethod.DawidSkene, asked == 0, []);
        var scores = Ways.Select(way => new CrowdScore(way.Method, way.FromMajority,
            HiddenAnswers.Of(votes, way.Method, known, options with { StartsFromMajority = way.FromMajority }).Count(static one => CrowdEstimate.BestOf(one.Posterior) == one.Truth) / (double)asked)).ToArray();
        var usual = scores[0];
        var margin = 0.5 * Math.Sqrt(Math.Max(usual.Accuracy * (1 - usual.Accuracy), 0.25 / asked) / asked);
        var best = scores.MaxBy(static score => score.Accuracy);
        var chosen = best.Accuracy > usual.Accuracy + margin ? best : usual;
        return (chosen.Method, chosen.FromMajority, scores);
    }
}

/// <summary>What an estimate finds of known answers it was not told.</summary>
internal static class HiddenAnswers
{
    /// <summary>Probabilities of each known item's labels with its own answer hidden, and that answer.</summary>
    public static List<(double[] Posterior, int Truth)> Of(CrowdLabels votes, CrowdMethod method, int[] known, CrowdOptions options)
    {
        var hidden = new List<(double[], int)>();
        if (known.All(static label => label < 0)) return hidden;
        for (var half = 0; half < 2; half++)
        {
            var turn = 0;
            int[] told = [.. known.Select(label => label >= 0 && turn++ % 2 == half ? label : -1)];
            var estimate = EstimateCrowd.From(votes, method, told, options);
            for (var item = 0; item < known.Length; item++)
                if (known[item] >= 0 && told[item] < 0) hidden.Add((estimate.Posterior[item], known[item]));
        }
        return hidden;
    }
}
