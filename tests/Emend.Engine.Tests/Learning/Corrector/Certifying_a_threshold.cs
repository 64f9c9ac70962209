using Emend.Engine.Evaluating.Statistics;

namespace Emend.Engine.Tests.Learning.Corrector;

public class Certifying_a_threshold
{
    private static AuditedScore[] Scores(int right, int wrong, double score = 0.9) =>
        [.. Enumerable.Repeat(new AuditedScore(score, false), right), .. Enumerable.Repeat(new AuditedScore(score, true), wrong)];

    // The exact binomial, by hand: 0.87^21 = 0.054, 0.87^22 = 0.047.
    [Fact]
    public void takes_twenty_two_cases_without_a_loss_at_13_per_cent()
    {
        Assert.Null(LearnThenTest.Walk([0.8], Scores(21, 0), 0.13, 0.05, 1));
        Assert.Equal(new(0.8, 22, 0), LearnThenTest.Walk([0.8], Scores(22, 0), 0.13, 0.05, 1));
        // And with one loss: 0.87^34 + 34 x 0.13 x 0.87^33 = 0.053, with one case more 0.048.
        Assert.Null(LearnThenTest.Walk([0.8], Scores(33, 1), 0.13, 0.05, 1));
        Assert.Equal(new(0.8, 35, 1), LearnThenTest.Walk([0.8], Scores(34, 1), 0.13, 0.05, 1));
        Assert.Equal(22, LearnThenTest.WithoutLoss(0.13, 0.05));
    }

    [Fact]
    public void ends_its_walk_at_the_first_threshold_that_fails()
    {
        AuditedScore[] scores = [.. Scores(40, 0, 0.95), .. Scores(0, 30, 0.85), .. Scores(900, 0, 0.75)];
        // Over all of them 3 % are losses; the walk never gets there.
        Assert.Equal(0.9, LearnThenTest.Walk([0.9, 0.8, 0.7], scores, 0.13, 0.05, 1)!.Threshold);
    }

    [Fact]
    public void nothing_but_losses_certifies_nothing() => Assert.Null(LearnThenTest.Walk([0.5], Scores(0, 500), 0.13, 0.05, 1));

    [Fact]
    public void weighs_cases_that_were_drawn_unevenly()
    {
        // The rarely drawn half is where the harm is: among those drawn the share looks like 8 %, among all it is 14 %.
        AuditedScore[] often = [.. Enumerable.Repeat(new AuditedScore(0.9, false, 0.5), 1_000)];
        AuditedScore[] rarely = [.. Enumerable.Range(0, 250).Select(static i => new AuditedScore(0.9, i % 5 < 2, 0.125))];
        AuditedScore[] both = [.. often.Zip(Enumerable.Range(0, 1_000)).SelectMany(pair => pair.Second % 4 == 0 ? new[] { pair.First, rarely[pair.Second / 4] } : [pair.First])];

        Assert.NotNull(LearnThenTest.Walk([0.8], [.. both.Select(static s => s with { Propensity = 1 })], 0.13, 0.05, 1));
        Assert.Null(LearnThenTest.Walk([0.8], both, 0.13, 0.05, 1));
        Assert.NotNull(LearnThenTest.Walk([0.8], [.. both.Select(static s => s with { IsLoss = false })], 0.13, 0.05, 1));
    }

    // The short form of `bench certificates`: risk rises with the rank of a case; a threshold whose true risk is above alpha is a violation.
    [Theory, InlineData(500, 0.1), InlineData(1_000, 0.1), InlineData(3_000, 0.05)]
    public void is_wrong_no_more_often_than_it_says(int cases, double alpha)
    {
        const int repetitions = 300;
        const double delta = 0.05, level = -4.077, slope = 5.639;
        double[] thresholds = [.. Enumerable.Range(1, 20).Select(static i => 1 - i / 20.0)];
        var random = new Random(17);
        var scores = new AuditedScore[cases];
        var (violations, found) = (0, 0);
        for (var repetition = 0; repetition < repetitions; repetition++)
        {
            for (var i = 0; i < cases; i++)
            {
                var rank = random.NextDouble();
                scores[i] = new(1 - rank, random.NextDouble() < 1 / (1 + Math.Exp(-level - slope * rank)));
            }
            if (LearnThenTest.WalkFromMiddle(thresholds, 0.7, scores, alpha, delta) is not { } licensed) continue;
            found++;
            var share = 1 - licensed.Threshold;
            if ((Math.Log(1 + Math.Exp(level + slope * share)) - Math.Log(1 + Math.Exp(level))) / (slope * share) > alpha) violations++;
        }
        Assert.True(found > 0.5 * repetitions, $"{found} certificates");
        Assert.True(violations <= repetitions * (delta + 3 * Math.Sqrt(delta * (1 - delta) / repetitions)), $"{violations} violations");
    }
}
