namespace Emend.Engine.Learning.Rules;

/// <summary>What rules of at least one score did to cases they had not seen.</summary>
/// <param name="Score">The score.</param>
/// <param name="Fixes">Wrong proposals put right.</param>
/// <param name="Breaks">Right proposals spoiled.</param>
/// <param name="Wasted">Wrong before and after.</param>
internal readonly record struct ForwardStep(double Score, int Fixes, int Breaks, int Wasted);

/// <summary>The score that mined rules need to act; null when none is safe.</summary>
/// <param name="Threshold">The score.</param>
/// <param name="Steps">The test, strictest first.</param>
internal sealed record Certificate(double? Threshold, IReadOnlyList<ForwardStep> Steps)
{
    /// <summary>No test was possible.</summary>
    public static Certificate None { get; } = new(null, []);
}

/// <summary>
/// Tests mining itself, forward in time: mine from the oldest cases, apply to those that follow, again and again with more. What
/// counts is what rules of each score did to cases they had not seen. The lowest score whose breaks are, with the wanted confidence, a small
/// enough share (fixed-sequence testing from the strictest down, exact binomial) is what a rule needs to act; when no score passes, none acts.
/// </summary>
/// <remarks>
/// Mined rules look better on the cases that chose them than they are. Correcting for that by theory needs a model of the search;
/// this measures it, search, order of rules and drift included. Learn-then-test: Angelopoulos et al., arXiv 2110.01052.
/// An instance remembers blocks it has tested: when the same oldest cases come again, they need not be mined again.
/// </remarks>
internal sealed class WalkForward(Phrases phrases, LearnerOptions options)
{
    private static readonly double[] s_scores = [0.98, 0.97, 0.96, 0.95, 0.94, 0.93, 0.92, 0.91, 0.9, 0.89, 0.88, 0.87, 0.86, 0.85, 0.84, 0.83, 0.82, 0.81, 0.8];

    // Fewer cases than this make no rule worth testing. Each block is half as long as what lies before it: rules are tested with
    // most of the evidence they will act on, and all blocks together cost about two minings more.
    private const int FirstBlock = 40;
    private const double Growth = 1.5;

    private readonly List<Block> _blocks = [];

    /// <summary>Mined from the oldest cases, to be tested on later ones.</summary>
    private sealed record Block(LearningCase[] Cases, ConfidenceCurve Confidence, List<TestRule> Rules);

    private sealed record TestRule(RuleReach Reach, Remedy Remedy, Candidate Candidate);

    /// <summary>Runs the test on a whole table.</summary>
    public Certificate Run(CaseTable table, Func<CaseTable, Survey> survey, CancellationToken cancel)
    {
        var steps = new ForwardStep[s_scores.Length];
        for (var i = 0; i < steps.Length; i++) steps[i] = new(s_scores[i], 0, 0, 0);
        var number = 0;
        for (double size = FirstBlock; (int)size < table.Count; size *= Growth, number++)
        {
            var from = (int)size;
            var block = BlockOf(table.Cases.AsSpan(0, from), number, survey, cancel);
            Apply(table, block, from, Math.Min((int)(size * Growth), table.Count), steps);
        }
        return new(Threshold(steps), steps);
    }

    private double? Threshold(ForwardStep[] steps)
    {
        double? threshold = null;
        foreach (var step in steps)
        {
            var passes = BinomialTail.AtMost(step.Breaks, step.Fixes + step.Breaks, options.MaxBreakShare) <= 1 - options.Confidence;
            if (passes) threshold = step.Score;
            else if (threshold is not null) break;
        }
        return threshold;
    }

    private Block BlockOf(ReadOnlySpan<LearningCase> cases, int number, Func<CaseTable, Survey> survey, CancellationToken cancel)
    {
        if (number < _blocks.Count && SameCases(_blocks[number].Cases, cases)) return _blocks[number];
        var known = cases.ToArray();
        var table = CaseTable.Of(known, phrases, options);
        var taught = survey(table);
        var rules = taught.IsVolunteered ? [] : RuleSelection.Choose(table, RuleMiner.Mine(table, taught, options, cancel), options);
        var block = new Block(known, taught.Confidence, rules.ConvertAll(r => new TestRule(RuleReach.Of(r), table.Remedies[r.Candidate.Remedy], r.Candidate with { Cover = [] })));
        if (number < _blocks.Count) _blocks[number] = block;
        else _blocks.Add(block);
        return block;
    }

    private static bool SameCases(LearningCase[] known, ReadOnlySpan<LearningCase> cases)
    {
        if (known.Length != cases.Length) return false;
        for (var i = 0; i < known.Length; i++)
            if (!ReferenceEquals(known[i], cases[i])) return false;
        return true;
    }

    private static void Apply(CaseTable table, Block block, int from, int to, ForwardStep[] steps)
    {
        var rules = block.Rules;
        var reach = rules.ConvertAll(r => r.Reach.On(table, from, to));
        for (var row = from; row < to; row++)
        {
            var handled = 0.0;
            var right = block.Confidence.Right(table.Cases[row].Decision.Confidence);
            for (var r = 0; r < rules.Count && handled < s_scores[0]; r++)
            {
                if (!Bits.Has(reach[r], row - from)) continue;
                // Dead proposals act on their own evidence and are no test of the rest, but they do come first.
                var (_, remedy, candidate) = rules[r];
                if (candidate.IsOfDeadProposal) break;
                var score = candidate.ScoreAt(right);
                for (var s = 0; s < steps.Length; s++)
                {
                    var step = steps[s];
                    if (step.Score > score || step.Score <= handled) continue;
                    if (table.Remedy[row] < 0) steps[s] = step with { Breaks = step.Breaks + 1 };
                    else if (table.Remedies[table.Remedy[row]] == remedy) steps[s] = step with { Fixes = step.Fixes + 1 };
                    else steps[s] = step with { Wasted = step.Wasted + 1 };
                }
                handled = Math.Max(handled, score);
            }
        }
    }
}
