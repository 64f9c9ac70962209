using System.Globalization;
using System.Text;

namespace Emend.Logic.Tests;

public class Assigning_units
{
    // Published vectors of MurmurHash3_x86_32, seed 0.
    [Theory]
    [InlineData("", 0u)]
    [InlineData("hello", 0x248BFA47u)]
    [InlineData("hello, world", 0x149BBB7Fu)]
    [InlineData("The quick brown fox jumps over the lazy dog", 0x2E4FF723u)]
    public void hashes_as_others_do(string text, uint hash) => Assert.Equal(hash, Assignment.Murmur3(Encoding.UTF8.GetBytes(text), 0));

    [Fact]
    public void joins_salt_and_unit_with_a_colon() =>
        Assert.Equal(Assignment.Murmur3("release:bank-1:cust-ż🙂"u8, 0), Assignment.Hash("release:bank-1", "cust-ż🙂"));

    [Fact]
    public void takes_units_of_any_length()
    {
        var unit = new string('ż', 5_000);
        Assert.Equal(Assignment.Murmur3(Encoding.UTF8.GetBytes("s:" + unit), 0), Assignment.Hash("s", unit));
    }

    [Fact]
    public void covers_nobody_at_zero_and_everybody_at_the_end()
    {
        for (var i = 0; i < 2_000; i++)
        {
            Assert.False(Assignment.Covers(0, "s", Unit(i)));
            Assert.True(Assignment.Covers(10_000, "s", Unit(i)));
        }
    }

    [Fact]
    public void never_takes_a_unit_out_when_the_share_grows()
    {
        int[] shares = [0, 1, 100, 500, 2_500, 5_000, 9_999, 10_000];
        for (var i = 0; i < 5_000; i++)
        {
            var covered = shares.Select(share => Assignment.Covers(share, "s", Unit(i))).ToArray();
            Assert.Equal(covered.Order(), covered);
        }
    }

    [Fact]
    public void spreads_units_evenly()
    {
        var buckets = new int[100];
        const int units = 200_000;
        for (var i = 0; i < units; i++) buckets[(int)((ulong)Assignment.Hash("release:bank-1", Unit(i)) * 100 >> 32)]++;
        var chiSquare = buckets.Sum(static count => Math.Pow(count - units / 100.0, 2) / (units / 100.0));
        // 99 degrees of freedom: 99.9 % quantile 148.2.
        Assert.InRange(chiSquare, 50, 148.2);
    }

    [Fact]
    public void falls_independently_under_another_salt()
    {
        var both = new int[4];
        const int units = 100_000;
        for (var i = 0; i < units; i++) both[(Assignment.Covers(5_000, "a", Unit(i)) ? 2 : 0) + (Assignment.Covers(5_000, "b", Unit(i)) ? 1 : 0)]++;
        var chiSquare = both.Sum(static count => Math.Pow(count - units / 4.0, 2) / (units / 4.0));
        // 3 degrees of freedom: 99.9 % quantile 16.3.
        Assert.InRange(chiSquare, 0, 16.3);
    }

    private static string Unit(int number) => "unit-" + number.ToString(CultureInfo.InvariantCulture);
}
