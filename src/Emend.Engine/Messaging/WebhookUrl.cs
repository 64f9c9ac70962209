using System.Net;

namespace Emend.Engine.Messaging;

/// <summary>Whether an address of a webhook is acceptable, as far as its text tells. What its name leads to is checked at every connection.</summary>
internal static class WebhookUrl
{
    private const int MaxLength = 2_000;
    private static readonly string[] LocalNames = ["localhost", ".localhost", ".local", ".internal", ".home.arpa"];

    /// <summary>Reads one; <paramref name="problem"/> says what is wrong with it.</summary>
    public static Uri? Parse(string text, WebhookOptions options, out string problem)
    {
        problem = "";
        if (text.Length > MaxLength) return Wrong("is longer than 2,000 characters", out problem);
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Host.Length == 0) return Wrong("is no absolute URL", out problem);
        if (url.UserInfo.Length > 0) return Wrong("carries a user name or password; put a token into the path or the query", out problem);
        if (url.Fragment.Length > 0) return Wrong("has a fragment, which is never sent", out problem);

        // Digits of other scripts and odd dots become an address once a resolver has normalized them.
        if (!System.Text.Ascii.IsValid(url.OriginalString.AsSpan())) return Wrong("holds characters beyond ASCII; write an international name in its xn-- form", out problem);
        if (url.DnsSafeHost is [.., >= '0' and <= '9', '.']) return Wrong("names a host that is neither an address nor a name", out problem);

        var isLiteral = IPAddress.TryParse(url.DnsSafeHost, out var address);
        var isAllowed = isLiteral && AddressRules.IsAllowed(address!, options);
        if (url.Scheme == Uri.UriSchemeHttp)
        {
            if (!options.AllowHttp) return Wrong("is not https", out problem);
            if (isLiteral && !isAllowed) return Wrong("is not https; plain http is allowed into allowed networks only", out problem);
        }
        else if (url.Scheme != Uri.UriSchemeHttps) return Wrong("is not https", out problem);

        if (!isAllowed && !options.AllowedPorts.Contains(url.Port)) return Wrong($"uses port {url.Port}; allowed are {string.Join(", ", options.AllowedPorts)}", out problem);
        if (isLiteral && !AddressRules.MayReach(address!, options)) return Wrong($"leads to {address}, which is not a public address", out problem);
        if (!isLiteral && options.AllowedNetworks.IsEmpty && Array.Exists(LocalNames, name => IsLocal(url.DnsSafeHost.TrimEnd('.'), name)))
            return Wrong($"names '{url.DnsSafeHost}', which is not a public name", out problem);
        return url;
    }

    private static bool IsLocal(string host, string name) =>
        string.Equals(host, name.TrimStart('.'), StringComparison.OrdinalIgnoreCase) || (name[0] == '.' && host.EndsWith(name, StringComparison.OrdinalIgnoreCase));

    private static Uri? Wrong(string what, out string problem)
    {
        problem = what;
        return null;
    }
}
