using System.Text;
using Emend.Engine.Messaging;

namespace Emend.Engine.Tests.Messaging;

public class Signing_a_message
{
    private static readonly DateTimeOffset Now = new(2026, 1, 5, 12, 0, 0, TimeSpan.Zero);
    private static readonly byte[] Body = Encoding.UTF8.GetBytes("""{"test": 2432232314}"""), Secret = Convert.FromBase64String("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");

    [Fact]
    public void gives_the_signature_of_the_standard_s_own_example() =>
        // From the specification's reference libraries: this id, time, body and secret give this signature.
        Assert.Equal("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", WebhookSignature.Sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, Body, Secret));

    [Fact]
    public void lets_a_receiver_tell_what_is_genuine_and_fresh()
    {
        var (id, at) = ("m-1", Now.ToUnixTimeSeconds());
        var signature = WebhookSignature.Sign(id, at, Body, Secret);
        Assert.True(Verify());
        Assert.True(Verify(now: Now.AddMinutes(5)));
        Assert.True(Verify(now: Now.AddMinutes(-5)));
        Assert.False(Verify(now: Now.AddSeconds(301)));
        Assert.False(Verify(now: Now.AddSeconds(-301)));
        Assert.False(Verify(withId: "m-2"));
        Assert.False(Verify(timestamp: (at + 1).ToString(System.Globalization.CultureInfo.InvariantCulture)));
        Assert.False(Verify(timestamp: "soon"));
        Assert.False(Verify(body: [.. Body, 32]));
        Assert.False(Verify(secret: new byte[32]));
        foreach (var forged in new[] { "", "v1,", "v1,AAAA", signature.Replace("v1,", "v2,", StringComparison.Ordinal), signature[..^2] + "A=", signature.ToUpperInvariant() }) Assert.False(Verify(signatures: forged));

        bool Verify(string? withId = null, string? timestamp = null, string? signatures = null, byte[]? body = null, byte[]? secret = null, DateTimeOffset? now = null) => WebhookSignature.Verify(
            withId ?? id, timestamp ?? at.ToString(System.Globalization.CultureInfo.InvariantCulture), signatures ?? signature, body ?? Body, secret ?? Secret, now ?? Now);
    }

    [Fact]
    public void satisfies_receivers_of_both_secrets_while_one_is_exchanged()
    {
        var (old, fresh, at) = (WebhookSignature.NewSecret(), WebhookSignature.NewSecret(), Now.ToUnixTimeSeconds());
        var signatures = WebhookSignature.Sign("m-1", at, Body, fresh, old);
        foreach (var secret in new[] { old, fresh })
            Assert.True(WebhookSignature.Verify("m-1", at.ToString(System.Globalization.CultureInfo.InvariantCulture), signatures, Body, secret, Now));
    }

    [Fact]
    public void is_tried_again_ever_later_and_never_all_at_once()
    {
        var waits = Enumerable.Range(1, 12).Select(static attempt => RetrySchedule.After(7, attempt)).ToArray();
        for (var attempt = 1; attempt <= 12; attempt++)
        {
            var full = Math.Min(5 * Math.Pow(3, attempt - 1), 6 * 3_600);
            Assert.InRange(waits[attempt - 1].TotalSeconds, full / 2, full);
        }
        Assert.InRange(waits[..11].Sum(static wait => wait.TotalHours), 12, 36);
        Assert.True(Enumerable.Range(0, 100).Select(static id => RetrySchedule.After(id, 3)).Distinct().Count() > 90);
        Assert.Equal(RetrySchedule.After(7, 3), RetrySchedule.After(7, 3));
    }
}
