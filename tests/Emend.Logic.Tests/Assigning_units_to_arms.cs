using System.Text;

namespace Emend.Logic.Tests;

public class Assigning_units_to_arms
{
    // Published vectors of MurmurHash3_x86_32.
    [Theory]
    [InlineData("", 0u, 0u)]
    [InlineData("", 1u, 0x514E28B7u)]
    [InlineData("", 0xffffffffu, 0x81F16F39u)]
    [InlineData("test", 0u, 0xba6bd213u)]
    [InlineData("test", 0x9747b28cu, 0x704b81dcu)]
    [InlineData("Hello, world!", 0u, 0xc0363e43u)]
    [InlineData("Hello, world!", 0x9747b28cu, 0x24884CBAu)]
    [InlineData("The quick brown fox jumps over the lazy dog", 0u, 0x2e4ff723u)]
    [InlineData("The quick brown fox jumps over the lazy dog", 0x9747b28cu, 0x2FA826CDu)]
    [InlineData("a", 0x9747b28cu, 0x7FA09EA6u)]
    [InlineData("aa", 0x9747b28cu, 0x5D211726u)]
    [InlineData("aaa", 0x9747b28cu, 0x283e0130u)]
    [InlineData("aaaa", 0x9747b28cu, 0x5A97808Au)]
    public void uses_murmur3_as_everybody_does(string text, uint seed, uint hash) => Assert.Equal(hash, Assignment.Hash(Encoding.UTF8.GetBytes(text), seed));

    [Fact]
    public void hashes_salt_and_unit_in_utf8_joined_by_a_colon()
    {
        Assert.Equal(Assignment.Hash("release-1:größe-😀"u8), Assignment.Bucket("release-1", "größe-😀"));
        var longUnit = new string('ü', 5_000);
        Assert.Equal(Assignment.Hash(Encoding.UTF8.GetBytes("s:" + longUnit)), Assignment.Bucket("s", longUnit));
    }

    // The vectors of docs/spec/bundle.md, worked out by another implementation.
    [Theory]
    [InlineData("", "", 723937430u)]
    [InlineData("release-1", "customer-42", 1449093017u)]
    [InlineData("release-1", "größe-😀", 3527053957u)]
    [InlineData("ramp", "session-0001", 4101970939u)]
    [InlineData("arm", "session-0001", 327387630u)]
    public void gives_the_documented_buckets(string salt, string unit, uint bucket) => Assert.Equal(bucket, Assignment.Bucket(salt, unit));

    [Theory]
    [InlineData(0, 0UL)]
    [InlineData(1, 429_497UL)]
    [InlineData(100, 42_949_673UL)]
    [InlineData(2_500, 1_073_741_824UL)]
    [InlineData(10_000, 4_294_967_296UL)]
    public void places_the_threshold_without_modulo(int basisPoints, ulong threshold) => Assert.Equal(threshold, Assignment.Threshold(basisPoints));

    [Fact]
    public void takes_nobody_at_zero_and_everybody_at_all()
    {
        for (var i = 0; i < 20_000; i++)
        {
            Assert.False(Assignment.IsIn("s", $"u{i}", 0));
            Assert.True(Assignment.IsIn("s", $"u{i}", 10_000));
        }
        Assert.Throws<ArgumentOutOfRangeException>(() => Assignment.IsIn("s", "u", -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => Assignment.IsIn("s", "u", 10_001));
    }

    [Fact]
    public void never_evicts_a_unit_when_the_share_grows()
    {
        int[] steps = [100, 500, 2_500, 5_000, 9_999, 10_000];
        for (var i = 0; i < 20_000; i++)
        {
            var wasIn = false;
            foreach (var step in steps)
            {
                var isIn = Assignment.IsIn("ramp", $"unit-{i}", step);
                Assert.True(isIn || !wasIn);
                wasIn = isIn;
            }
        }
    }

    [Theory]
    [InlineData("customer-{0}")]
    [InlineData("{0}")]
    [InlineData("2026-11-{0}-x")]
    public void spreads_units_evenly(string form)
    {
        var counts = new int[100];
        const int n = 100_000;
        for (var i = 0; i < n; i++) counts[(int)((ulong)Assignment.Bucket("salt", string.Format(null, form, i)) * 100 >> 32)]++;

        var chiSquare = counts.Sum(c => Math.Pow(c - n / 100.0, 2) / (n / 100.0));

        Assert.InRange(chiSquare, 50, 150); // 99 degrees of freedom: 0.001 quantiles are about 60 and 149
    }

    [Fact]
    public void answers_different_salts_independently()
    {
        const int n = 100_000;
        var table = new int[10, 10];
        for (var i = 0; i < n; i++)
            table[(int)((ulong)Assignment.Bucket("ramp", $"u{i}") * 10 >> 32), (int)((ulong)Assignment.Bucket("arm", $"u{i}") * 10 >> 32)]++;

        var chiSquare = 0.0;
        foreach (var count in table) chiSquare += Math.Pow(count - n / 100.0, 2) / (n / 100.0);

        Assert.InRange(chiSquare, 40, 150);
    }
}
