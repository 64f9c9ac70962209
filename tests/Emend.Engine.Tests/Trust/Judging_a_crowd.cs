using Emend.Engine.Trust.Crowd;
using Emend.TestKit;

namespace Emend.Engine.Tests.Trust;

/// <summary>Honest and dishonest crowds, small and made up, and the two real ones.</summary>
public class Judging_a_crowd
{
    [Fact]
    public void finds_what_is_so_better_than_the_majority_where_some_guess()
    {
        var crowd = new MadeUpCrowd(1).Items(300).Answers("ann", 0.95).Answers("bo", 0.9).Answers("x", 0.5).Answers("y", 0.5).Answers("z", 0.5);
        var votes = CrowdLabels.Of(crowd.Votes);
        var truth = crowd.Known(votes, static _ => true);

        var found = EstimateCrowd.From(votes, CrowdMethod.DawidSkene);

        Assert.True(found.Accuracy(truth) > EstimateCrowd.From(votes, CrowdMethod.Majority).Accuracy(truth) + 0.05);
        Assert.InRange(found.Quality[votes.Workers.IndexOf("ann")], 0.9, 1);
        Assert.InRange(found.Quality[votes.Workers.IndexOf("x")], 0.35, 0.65);
    }

    [Fact]
    public void turns_round_the_word_of_who_is_wrong_on_purpose()
    {
        var crowd = new MadeUpCrowd(2).Items(200).Answers("ann", 0.9).Answers("bo", 0.9).Answers("cy", 0.9).Answers("liar", 0.05);
        var votes = CrowdLabels.Of(crowd.Votes);

        var found = EstimateCrowd.From(votes, CrowdMethod.DawidSkene);

        Assert.True(found.Accuracy(crowd.Known(votes, static _ => true)) > 0.97);
        Assert.InRange(found.Quality[votes.Workers.IndexOf("liar")], 0, 0.15);
    }

    [Theory]
    [InlineData((byte)CrowdMethod.DawidSkene)]
    [InlineData((byte)CrowdMethod.Fast)]
    [InlineData((byte)CrowdMethod.OneCoin)]
    public void does_not_depend_on_the_order_in_which_people_spoke(byte method)
    {
        var crowd = new MadeUpCrowd(3).Items(80).Answers("ann", 0.9).Answers("bo", 0.7).Answers("cy", 0.6);
        var there = EstimateCrowd.From(CrowdLabels.Of(crowd.Votes), (CrowdMethod)method);
        var back = EstimateCrowd.From(CrowdLabels.Of(crowd.Votes.AsEnumerable().Reverse()), (CrowdMethod)method);

        Assert.Equal(there.Posterior.SelectMany(static p => p), back.Posterior.SelectMany(static p => p));
        Assert.Equal(there.Quality, back.Quality);
    }

    [Fact]
    public void is_misled_by_ten_who_coordinate_without_known_answers_and_not_with_them()
    {
        var crowd = new MadeUpCrowd(4).Items(400).Answers("a", 0.85).Answers("b", 0.8).Answers("c", 0.9).Answers("d", 0.8).Answers("e", 0.85).Arrange(10, static _ => true);
        var votes = CrowdLabels.Of(crowd.Votes);
        var truth = crowd.Known(votes, static _ => true);

        Assert.True(JudgeCrowd.Of(votes, [.. truth.Select(static _ => -1)]).Estimate.Accuracy(truth) < 0.2);
        Assert.True(JudgeCrowd.Of(votes, crowd.Known(votes, crowd.OneIn(20))).Estimate.Accuracy(truth) > 0.92);
    }

    [Fact]
    public void counts_those_who_err_together_as_one_voice()
    {
        var crowd = new MadeUpCrowd(5).Items(400).Answers("a", 0.85).Answers("b", 0.85).Answers("c", 0.85).Answers("d", 0.85).Answers("e", 0.85);
        crowd.Arrange(12, crowd.OneIn(2));
        var votes = CrowdLabels.Of(crowd.Votes);
        var truth = crowd.Known(votes, static _ => true);

        // Every 19th: half of those are items the twelve bend.
        var judged = JudgeCrowd.Of(votes, crowd.Known(votes, crowd.OneIn(19)));

        var group = Assert.Single(judged.Together);
        Assert.Equal(12, group.Count);
        Assert.All(group, static who => Assert.StartsWith("sybil-", who, StringComparison.Ordinal));
        Assert.True(judged.Estimate.Accuracy(truth) > 0.92);
    }

    [Fact]
    public void does_not_take_good_people_for_an_arrangement_because_they_agree()
    {
        var crowd = new MadeUpCrowd(6).Items(400).Answers("a", 0.97).Answers("b", 0.97).Answers("c", 0.95).Answers("d", 0.96).Answers("e", 0.9);
        var votes = CrowdLabels.Of(crowd.Votes);

        Assert.Empty(Collusion.Found(votes, crowd.Known(votes, static _ => true)));
    }

    [Fact]
    public void sees_who_is_honest_everywhere_but_in_one_slice_by_five_known_answers_there()
    {
        var crowd = new MadeUpCrowd(7).Items(500).Answers("a", 0.85).Answers("b", 0.85).Answers("c", 0.85).Answers("d", 0.85).Answers("e", 0.85).Answers("f", 0.85);
        var slice = crowd.OneIn(10);
        crowd.Arrange(5, slice);
        var five = crowd.Truth.Keys.Where(slice).Take(5).ToHashSet(StringComparer.Ordinal);
        var told = crowd.OneIn(21);
        double Right(int goldThere) => JudgeCrowd.Of(
            CrowdLabels.Of(crowd.Votes, item => slice(item) ? "slice" : null),
            crowd.Known(CrowdLabels.Of(crowd.Votes), item => slice(item) ? goldThere > 0 && five.Contains(item) : told(item)))
            .Estimate.Accuracy(crowd.Known(CrowdLabels.Of(crowd.Votes), item => slice(item) && !five.Contains(item)));

        Assert.True(Right(goldThere: 0) < 0.2);
        Assert.True(Right(goldThere: 5) >= 0.9);
    }

    [Fact]
    public void is_not_sure_where_everybody_was_found_wrong_together()
    {
        var crowd = new MadeUpCrowd(8).Items(200);
        crowd.Arrange(8, crowd.OneIn(3));
        var votes = CrowdLabels.Of(crowd.Votes);
        var known = crowd.Known(votes, crowd.OneIn(4));
        var plain = EstimateCrowd.From(votes, CrowdMethod.DawidSkene);
        var judged = JudgeCrowd.Of(votes, known).Estimate;

        double Surest(CrowdEstimate estimate) => Enumerable.Range(0, known.Length).Where(item => known[item] < 0).Average(item => estimate.Best(item).Probability);
        Assert.True(Surest(plain) > 0.99);
        Assert.InRange(Surest(judged), 0.5, 0.8);
    }

    [Fact]
    public void is_less_sure_than_the_model_before_anything_is_known()
    {
        var crowd = new MadeUpCrowd(9).Items(100).Answers("a", 0.8).Answers("b", 0.8).Answers("c", 0.8);
        var votes = CrowdLabels.Of(crowd.Votes);

        Assert.Equal(CrowdHonesty.Usual, JudgeCrowd.Of(votes, [.. votes.Items.Select(static _ => -1)]).Temperature);
    }

    [SharedDataTheory("rte")]
    [InlineData("rte", 0.928)]
    [InlineData("gal_binary", 0.712)]
    public void finds_the_truth_of_real_crowds(string name, double least)
    {
        var crowd = MadeUpCrowd.Real(name);
        var votes = CrowdLabels.Of(crowd.Votes);

        Assert.InRange(JudgeCrowd.Of(votes, [.. votes.Items.Select(static _ => -1)]).Estimate.Accuracy(crowd.Known(votes, static _ => true)), least, 1);
    }

    [SharedDataFact("rte")]
    public void withstands_ten_coordinated_identities_and_a_bent_slice_on_a_real_crowd()
    {
        var crowd = MadeUpCrowd.Real("rte");
        var honest = crowd.Votes.ToArray();
        crowd.Arrange(10, static _ => true);
        var votes = CrowdLabels.Of(crowd.Votes);
        Assert.InRange(JudgeCrowd.Of(votes, crowd.Known(votes, crowd.OneIn(20))).Estimate.Accuracy(crowd.Known(votes, static _ => true)), 0.92, 1);

        crowd.Votes.Clear();
        crowd.Votes.AddRange(honest);
        var (slice, told) = (crowd.OneIn(10), crowd.OneIn(21));
        crowd.Arrange(10, slice);
        var five = crowd.Truth.Keys.Where(slice).Take(5).ToHashSet(StringComparer.Ordinal);
        votes = CrowdLabels.Of(crowd.Votes, item => slice(item) ? "slice" : null);
        var judged = JudgeCrowd.Of(votes, crowd.Known(votes, item => slice(item) ? five.Contains(item) : told(item)));
        Assert.InRange(judged.Estimate.Accuracy(crowd.Known(votes, item => slice(item) && !five.Contains(item))), 0.9, 1);
    }
}
