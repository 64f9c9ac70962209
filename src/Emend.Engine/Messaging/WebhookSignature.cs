using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Emend.Engine.Messaging;

/// <summary>Signatures of messages as Standard Webhooks has them: HMAC-SHA256 over <c>id.timestamp.body</c>, <c>v1,BASE64</c>; several, separated by spaces, while a secret is exchanged.</summary>
internal static class WebhookSignature
{
    public const string IdHeader = "webhook-id", TimestampHeader = "webhook-timestamp", SignatureHeader = "webhook-signature";

    /// <summary>How old or how far ahead a message may be. Five minutes: a recorded one cannot be sent again later.</summary>
    public static TimeSpan Window { get; } = TimeSpan.FromMinutes(5);

    private const string SecretPrefix = "whsec_", Version = "v1,";

    /// <summary>A new secret: 32 random bytes.</summary>
    public static byte[] NewSecret() => RandomNumberGenerator.GetBytes(32);

    /// <summary>A secret as its owner sees it, once.</summary>
    public static string Show(ReadOnlySpan<byte> secret) => SecretPrefix + Convert.ToBase64String(secret);

    /// <summary>Value of the signature header.</summary>
    public static string Sign(string id, long timestamp, ReadOnlySpan<byte> body, params IEnumerable<byte[]> secrets)
    {
        var signed = Signed(id, timestamp, body);
        return string.Join(' ', secrets.Select(secret => Version + Convert.ToBase64String(HMACSHA256.HashData(secret, signed))));
    }

    /// <summary>Whether a message is genuine and fresh. What a receiver does; the id has to be remembered for the window as well, so that a message counts once.</summary>
    public static bool Verify(string id, string timestamp, string signatures, ReadOnlySpan<byte> body, ReadOnlySpan<byte> secret, DateTimeOffset now)
    {
        if (!long.TryParse(timestamp, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)) return false;
        if (Math.Abs(now.ToUnixTimeSeconds() - seconds) > Window.TotalSeconds) return false;
        var expected = HMACSHA256.HashData(secret, Signed(id, seconds, body));
        var isGenuine = false;
        foreach (var signature in signatures.Split(' '))
        {
            if (!signature.StartsWith(Version, StringComparison.Ordinal)) continue;
            var given = new byte[expected.Length];
            if (Convert.TryFromBase64String(signature[Version.Length..], given, out var length) && length == given.Length)
                isGenuine |= CryptographicOperations.FixedTimeEquals(given, expected);
        }
        return isGenuine;
    }

    private static byte[] Signed(string id, long timestamp, ReadOnlySpan<byte> body)
    {
        var head = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{id}.{timestamp}."));
        var signed = new byte[head.Length + body.Length];
        head.CopyTo(signed, 0);
        body.CopyTo(signed.AsSpan(head.Length));
        return signed;
    }
}
