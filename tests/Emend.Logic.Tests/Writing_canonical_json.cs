using System.Text;
using System.Text.Json;

namespace Emend.Logic.Tests;

public class Writing_canonical_json
{
    // RFC 8785, appendix B.
    [Theory]
    [InlineData(0x0000000000000000UL, "0")]
    [InlineData(0x8000000000000000UL, "0")]
    [InlineData(0x0000000000000001UL, "5e-324")]
    [InlineData(0x8000000000000001UL, "-5e-324")]
    [InlineData(0x7fefffffffffffffUL, "1.7976931348623157e+308")]
    [InlineData(0xffefffffffffffffUL, "-1.7976931348623157e+308")]
    [InlineData(0x4340000000000000UL, "9007199254740992")]
    [InlineData(0xc340000000000000UL, "-9007199254740992")]
    [InlineData(0x4430000000000000UL, "295147905179352830000")]
    [InlineData(0x44b52d02c7e14af5UL, "9.999999999999997e+22")]
    [InlineData(0x44b52d02c7e14af6UL, "1e+23")]
    [InlineData(0x44b52d02c7e14af7UL, "1.0000000000000001e+23")]
    [InlineData(0x444b1ae4d6e2ef4eUL, "999999999999999700000")]
    [InlineData(0x444b1ae4d6e2ef4fUL, "999999999999999900000")]
    [InlineData(0x444b1ae4d6e2ef50UL, "1e+21")]
    [InlineData(0x3eb0c6f7a0b5ed8cUL, "9.999999999999997e-7")]
    [InlineData(0x3eb0c6f7a0b5ed8dUL, "0.000001")]
    [InlineData(0x41b3de4355555553UL, "333333333.3333332")]
    [InlineData(0x41b3de4355555554UL, "333333333.33333325")]
    [InlineData(0x41b3de4355555555UL, "333333333.3333333")]
    [InlineData(0x41b3de4355555556UL, "333333333.3333334")]
    [InlineData(0x41b3de4355555557UL, "333333333.33333343")]
    [InlineData(0xbecbf647612f3696UL, "-0.0000033333333333333333")]
    [InlineData(0x43143ff3c1cb0959UL, "1424953923781206.2")]
    public void follows_the_number_vectors_of_rfc_8785(ulong bits, string expected) =>
        Assert.Equal(expected, CanonicalJson.Number(BitConverter.UInt64BitsToDouble(bits)));

    [Fact]
    public void gives_every_number_back()
    {
        const int seed = 20261122;
        var random = new Random(seed);
        for (var i = 0; i < 50_000; i++)
        {
            var value = BitConverter.Int64BitsToDouble(random.NextInt64(long.MinValue, long.MaxValue));
            if (!double.IsFinite(value)) continue;
            var text = CanonicalJson.Number(value);
            Assert.True(double.Parse(text, System.Globalization.CultureInfo.InvariantCulture).Equals(value), $"seed {seed}: {value:R} was written as {text}");
            Assert.Equal(text, CanonicalJson.Of(text));
        }
    }

    [Theory]
    [InlineData("""{"b":1,"a":[1.0,-0,1e2],"\u20ac":"\u20ac","\r":"\/"}""", "{\"\\r\":\"/\",\"a\":[1,0,100],\"b\":1,\"€\":\"€\"}")]
    [InlineData("""{"\ud83d\ude00":1,"\ufb33":2}""", "{\"😀\":1,\"\ufb33\":2}")] // UTF-16 order, not code point order
    [InlineData(""" [ "\u001f\u007f" , null , true ] """, "[\"\\u001f\u007f\",null,true]")]
    public void sorts_and_escapes_like_rfc_8785(string json, string expected) => Assert.Equal(expected, CanonicalJson.Of(json));

    [Theory]
    [InlineData("""{"a":1,"a":2}""")]
    [InlineData("""{"a":1e400}""")]
    [InlineData("""{"a":-1e400}""")]
    [InlineData("\"\\ud800\"")]
    [InlineData("{\"\\udc00\":1}")]
    [InlineData("{\"a\":")]
    public void refuses_what_has_no_canonical_form(string json) => Assert.ThrowsAny<JsonException>(() => CanonicalJson.Of(json));

    [Fact]
    public void refuses_bottomless_nesting_and_bytes_that_are_not_utf8()
    {
        Assert.ThrowsAny<JsonException>(() => CanonicalJson.Of(new string('[', 100_000)));
        Assert.ThrowsAny<JsonException>(() => CanonicalJson.Of(Encoding.Latin1.GetBytes("\"é\"")));
    }

    [Theory]
    [InlineData("2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z")]
    [InlineData("2026-01-01T02:00:00.100000+02:00", "2026-01-01T00:00:00.1Z")]
    [InlineData("2026-01-01T00:00:00.1234567Z", "2026-01-01T00:00:00.123456Z")]
    [InlineData("1969-12-31T23:59:59.9999999Z", "1969-12-31T23:59:59.999999Z")]
    [InlineData("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z")]
    [InlineData("9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z")]
    public void reads_and_writes_instants_to_the_microsecond(string text, string canonical)
    {
        Assert.True(CanonicalJson.TryInstant(text, out var at));
        Assert.Equal(canonical, CanonicalJson.Instant(at));
    }

    [Theory]
    [InlineData("2026-01-01T00:00:00")]
    [InlineData("2026-01-01")]
    [InlineData("2026-13-01T00:00:00Z")]
    [InlineData("")]
    [InlineData(null)]
    public void takes_no_time_without_a_zone_for_an_instant(string? text) => Assert.False(CanonicalJson.TryInstant(text, out _));

    [Fact]
    public void keeps_microseconds_exact_far_from_1970()
    {
        // Through a double these two would fall together.
        var late = new DateTimeOffset(9999, 12, 31, 23, 59, 59, TimeSpan.Zero).AddTicks(9_999_999);
        Assert.Equal(253_402_300_799_999_999, FeatureValue.UnixMicroseconds(late));
        Assert.Equal(253_402_300_799_999_998, FeatureValue.UnixMicroseconds(late.AddTicks(-10)));
        Assert.Equal(-1, FeatureValue.UnixMicroseconds(DateTimeOffset.UnixEpoch.AddTicks(-1)));
    }
}
