using System.Collections.Immutable;

namespace Emend.Engine.Evaluating.Backtest;

/// <summary>Error over time, in stretches of equally many decisions.</summary>
internal static class ReportCurve
{
    /// <summary>Decisions a stretch has at least: a share of fewer says little.</summary>
    public const int LeastPerStretch = 25;

    /// <summary>Counts by stretch, oldest first.</summary>
    /// <param name="scored">Decisions in the order of time.</param>
    /// <param name="stretches">Stretches at most.</param>
    public static ImmutableArray<ErrorCount> Of(IReadOnlyList<ScoredDecision> scored, int stretches)
    {
        var count = Math.Clamp(scored.Count / LeastPerStretch, 1, stretches);
        var curve = new ErrorCount[count];
        for (var i = 0; i < scored.Count; i++)
        {
            var one = scored[i];
            curve[(int)((long)i * count / scored.Count)] += new ErrorCount(!one.IsEscalated && one.AgentWrong ? 1 : 0, !one.IsEscalated && one.EmendWrong ? 1 : 0, 1);
        }
        return [.. curve];
    }
}
