using Emend.Engine.Evaluating.Statistics;

namespace Emend.Engine.Tests.Evaluating;

public class Exact_statistics
{
    // P(Bin(n, p) >= k) summed term by term in logarithms: an independent way to the same number, good enough for small n.
    private static double BinomialTail(int k, int n, double p)
    {
        var logs = new double[n + 1];
        for (var i = 1; i <= n; i++) logs[i] = logs[i - 1] + Math.Log(i);
        var sum = 0.0;
        for (var i = n; i >= k; i--) sum += Math.Exp(logs[n] - logs[i] - logs[n - i] + i * Math.Log(p) + (n - i) * Math.Log(1 - p));
        return sum;
    }

    // Summed with 60 decimal digits.
    [Theory]
    [InlineData(1, 1, 0.5, 0.5)]
    [InlineData(3, 10, 0.2, 0.3222004736)]
    [InlineData(22, 35, 0.5, 0.08773262449540198)]
    [InlineData(400, 1_000, 0.41, 0.7498519793578172)]
    [InlineData(180, 10_000, 0.02, 0.930330330612713)]
    [InlineData(9_990, 10_000, 0.9985, 0.11828204372296044)]
    public void the_incomplete_beta_is_the_tail_of_a_binomial(int k, int n, double p, double tail) =>
        Assert.Equal(tail, IncompleteBeta.Of(p, k, n - k + 1), 1e-12);

    [Fact]
    public void the_inverse_undoes_it()
    {
        for (var a = 1; a < 400; a += 37)
            for (var b = 1; b < 400; b += 41)
                foreach (var p in new[] { 0.001, 0.05, 0.5, 0.95, 0.999 })
                    Assert.Equal(p, IncompleteBeta.Of(IncompleteBeta.Inverse(p, a, b), a, b), 1e-10);
    }

    // 1 - 0.05^(1/n): the closed form when nothing was seen.
    [Theory]
    [InlineData(10)]
    [InlineData(29)]
    [InlineData(59)]
    [InlineData(149)]
    public void the_upper_bound_with_no_hit_has_a_closed_form(int n) =>
        Assert.Equal(1 - Math.Pow(0.05, 1.0 / n), ClopperPearson.Upper(0, n), 1e-12);

    [Fact]
    public void the_lower_bound_of_20_in_20_is_the_published_figure() =>
        Assert.Equal(0.861, ClopperPearson.Lower(20, 20), 0.001);

    [Fact]
    public void bounds_hold_as_often_as_they_promise()
    {
        // P(upper bound < true share), exactly: must never exceed 5 %.
        foreach (var share in new[] { 0.02, 0.05, 0.1, 0.35 })
        {
            const int n = 80;
            var missed = 0.0;
            for (var k = 0; k <= n; k++)
                if (ClopperPearson.Upper(k, n) < share) missed += BinomialTail(k, n, share) - (k < n ? BinomialTail(k + 1, n, share) : 0);
            Assert.InRange(missed, 0, 0.05);
        }
    }

    [Theory]
    [InlineData(0, 0, 0.10, 29)]
    [InlineData(0, 0, 0.05, 59)]
    [InlineData(0, 0, 0.02, 149)]
    [InlineData(0, 20, 0.10, 9)]
    [InlineData(0, 40, 0.10, 0)]
    public void say_how_many_more_cases_would_do(int k, int n, double limit, int more) =>
        Assert.Equal(more, ClopperPearson.MoreWithoutHit(k, n, limit));

    [Theory]
    [InlineData(22, 13, 0.0877)]
    [InlineData(25, 13, 0.0365)]
    [InlineData(13, 15, 0.7142)]
    [InlineData(5, 0, 0.03125)]
    [InlineData(4, 0, 0.0625)]
    [InlineData(0, 0, 1)]
    public void mcnemar_gives_the_coin_its_chance(int fixes, int breaks, double p) => Assert.Equal(p, McNemar.P(fixes, breaks), 0.0001);

    [Fact]
    public void mcnemar_says_how_many_more_fixes_would_do()
    {
        var more = McNemar.MoreFixes(22, 13, 0.05);
        Assert.True(McNemar.P(22 + more, 13) <= 0.05);
        Assert.True(McNemar.P(22 + more - 1, 13) > 0.05);
    }
}
