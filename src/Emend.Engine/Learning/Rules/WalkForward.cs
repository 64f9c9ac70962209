namespace Emend.Engine.Learning.Rules;

/// <summary>
/// Tests mining itself, forward in time: mine from the oldest part of the cases, apply to those that follow, again and again with more. What
/// counts is what rules of each score did to cases they had not seen. The lowest score whose breaks are, with the wanted confidence, a small
/// enough share (fixed-sequence testing from the strictest down, exact binomial) is what a rule needs to act; when no score passes, none acts.
/// </summary>
/// <remarks>
/// Mined rules look better on the cases that chose them than they are. Correcting for that by theory needs a model of the search;
/// this measures it, search, order of rules and drift included. Learn-then-test: Angelopoulos et al., arXiv 2110.01052.
/// </remarks>
internal sealed record WalkForward(double? Threshold, int Fixes, int Breaks, int Wasted, IReadOnlyList<WalkForward.Step> Steps)
{
    /// <summary>What rules of at least one score did to cases they had not seen.</summary>
    internal readonly record struct Step(double Score, int Fixes, int Breaks, int Wasted);

    private static readonly double[] s_scores = [0.96, 0.94, 0.92, 0.9, 0.88, 0.86, 0.84, 0.82, 0.8, 0.78];

    // Fewer cases than this make no rule worth testing; each block is a fifth of what lies before its end.
    private const int MinRows = 40;
    private const double Shrink = 0.8;

    /// <summary>Runs the test on a whole table.</summary>
    public static WalkForward Run(CaseTable table, Func<int, Survey> survey, LearnerOptions options, CancellationToken cancel)
    {
        var steps = new Step[s_scores.Length];
        for (var i = 0; i < steps.Length; i++) steps[i] = new(s_scores[i], 0, 0, 0);
        var to = table.Count;
        for (var from = (int)(to * Shrink); from >= MinRows; to = from, from = (int)(from * Shrink))
        {
            var known = survey(from);
            if (known.IsVolunteered) break;
            var candidates = RuleMiner.Mine(table, from, known, options, cancel);
            var rules = RuleSelection.Choose(table, from, candidates, options);
            Apply(table, rules, from, to, steps);
        }
        double? threshold = null;
        var passed = default(Step);
        foreach (var step in steps)
        {
            if (BinomialTail.AtMost(step.Breaks, step.Fixes + step.Breaks, options.MaxBreakShare) <= 1 - options.Confidence)
            {
                threshold = step.Score;
                passed = step;
            }
            else if (threshold is not null)
            {
                break;
            }
        }
        return new(threshold, passed.Fixes, passed.Breaks, passed.Wasted, steps);
    }

    private static void Apply(CaseTable table, List<DraftRule> rules, int from, int to, Step[] steps)
    {
        var covers = rules.ConvertAll(r => r.CoverOf(from, to));
        for (var row = from; row < to; row++)
        {
            var best = 0.0;
            for (var r = 0; r < rules.Count; r++)
            {
                if (!Bits.Has(covers[r], row)) continue;
                // Dead proposals act on their own evidence and are no test of the rest, but they do come first.
                var candidate = rules[r].Candidate;
                var score = candidate.IsOfDeadProposal ? 1 : candidate.Promise.Score;
                for (var s = 0; s < steps.Length; s++)
                {
                    var step = steps[s];
                    if (step.Score > score || step.Score <= best) continue;
                    if (candidate.IsOfDeadProposal) continue;
                    if (table.Remedy[row] == candidate.Remedy) steps[s] = step with { Fixes = step.Fixes + 1 };
                    else if (table.Remedy[row] < 0) steps[s] = step with { Breaks = step.Breaks + 1 };
                    else steps[s] = step with { Wasted = step.Wasted + 1 };
                }
                best = Math.Max(best, score);
                if (best >= steps[0].Score) break;
            }
        }
    }
}
