using Emend.Engine.Trust.Crowd;

namespace Emend.Engine.Tests.Trust;

/// <summary>Agreement figures against examples of the literature.</summary>
public class Measuring_agreement
{
    [Fact]
    public void gives_Krippendorffs_own_example()
    {
        // Computing Krippendorff's Alpha-Reliability (2011), section C: four observers, twelve units, gaps; nominal alpha 0.743.
        string[] observers = ["1 2 3 3 2 1 4 1 2 . . .", "1 2 3 3 2 2 4 1 2 5 . 3", ". 3 3 3 2 3 4 2 2 5 1 .", "1 2 3 3 2 4 4 1 2 5 1 ."];
        var votes = observers.SelectMany(static (line, who) => line.Split(' ').Select((label, unit) => new CrowdVote($"{unit:00}", $"{who}", label))).Where(static vote => vote.Label != ".");

        var alpha = KrippendorffAlpha.Of(CrowdLabels.Of(votes));

        Assert.Equal(0.743, alpha.Value, 3);
        Assert.True(alpha.Low < alpha.Value && alpha.Value < alpha.High);
        Assert.Equal(11, alpha.Items);
        Assert.Equal(alpha, KrippendorffAlpha.Of(CrowdLabels.Of(votes.Reverse())));
    }

    [Fact]
    public void gives_the_kappa_of_a_table()
    {
        // 20 both yes, 15 both no, 5 and 10 apart: observed 0.7, by chance 0.5.
        var table = new (int Count, string First, string Second)[] { (20, "yes", "yes"), (5, "yes", "no"), (10, "no", "yes"), (15, "no", "no") };
        var pairs = table.SelectMany(static cell => Enumerable.Repeat(cell, cell.Count)).Select(static (cell, item) => (Item: $"{item:00}", cell.First, cell.Second));
        var votes = CrowdLabels.Of(pairs.SelectMany(static one => new[] { new CrowdVote(one.Item, "a", one.First), new CrowdVote(one.Item, "b", one.Second) }));

        var kappa = CohenKappa.Of(votes, 0, 1);

        Assert.Equal(0.4, kappa.Value, 10);
        // Standard error 0.127 by Fleiss, Cohen and Everitt.
        Assert.Equal(0.15, kappa.Low, 2);
        Assert.Equal(0.65, kappa.High, 2);
    }

    [Fact]
    public void says_nothing_where_nobody_could_have_disagreed()
    {
        var votes = CrowdLabels.Of([new("1", "a", "yes"), new("2", "b", "yes")]);

        Assert.True(double.IsNaN(KrippendorffAlpha.Of(votes).Value));
        Assert.True(double.IsNaN(CohenKappa.Of(votes, 0, 1).Value));
    }
}
