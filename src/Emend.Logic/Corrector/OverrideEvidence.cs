namespace Emend.Logic.Corrector;

/// <summary>What speaks for and against replacing a proposal by the best other answer: the dozen figures a corrector's odds are a weighted sum of.</summary>
/// <param name="Confidence">The agent's confidence; null when it does not say.</param>
/// <param name="LogProposed">Log-probability of the proposed action by the text and features alone.</param>
/// <param name="LogAnswer">The same of the best other answer.</param>
/// <param name="Reviewed">Reviewed decisions of this proposal.</param>
/// <param name="Right">Of them, those that were right.</param>
/// <param name="Became">Of them, those that should have been the answer.</param>
/// <param name="Answers">Reviewed decisions whose right action was the answer.</param>
/// <param name="Known">Share of the case's words and values that were seen before.</param>
/// <param name="AllReviewed">Reviewed decisions.</param>
/// <param name="AllRight">Of them, those whose proposal was right.</param>
public readonly record struct OverrideEvidence(
    double? Confidence, double LogProposed, double LogAnswer, double Reviewed, double Right, double Became, double Answers, double Known, double AllReviewed, double AllRight)
{
    /// <summary>Number of figures.</summary>
    public const int Count = 12;

    /// <summary>Lowest log-probability that is told apart from lower ones.</summary>
    public const double LeastLog = -12;

    /// <summary>Reviewed decisions at which odds count half: before that much is known, certainty is luck.</summary>
    public const double HalfAt = 100;

    /// <summary>Writes the figures.</summary>
    public void Write(Span<double> to)
    {
        var sure = Confidence is { } confidence ? StableMath.LogOdds(confidence) / 2 : 0;
        var margin = (Math.Max(LeastLog, LogAnswer) - Math.Max(LeastLog, LogProposed)) / 3;
        var size = StableMath.Log(1 + AllReviewed) / 8;
        to[0] = 1;
        to[1] = sure;
        to[2] = Math.Max(LeastLog, LogProposed) / 3;
        to[3] = Math.Max(LeastLog, LogAnswer) / 3;
        to[4] = StableMath.LogOdds((Right + 2 * (AllRight + 1) / (AllReviewed + 2)) / (Reviewed + 2));
        to[5] = StableMath.Log((1 + Became) / (1 + 0.05 * Reviewed));
        to[6] = size;
        to[7] = margin * sure;
        to[8] = margin * size;
        to[9] = Known - 0.5;
        to[10] = sure * size;
        to[11] = StableMath.Log(1 + Answers) / 3;
    }

    /// <summary>How much the odds count: from 0 with nothing reviewed towards 1.</summary>
    public double Shrinkage => AllReviewed / (AllReviewed + HalfAt);
}
