using System.Net;
using Emend.Server.Operating;

namespace Emend.Server;

/// <summary>How the server runs. Defaults are safe: only this machine can reach it.</summary>
internal sealed record ServerOptions
{
    public const string DefaultUrl = "http://127.0.0.1:5080";

    /// <summary>Data directory; created on first use.</summary>
    public string DataDirectory { get; init; } = "emend-data";
    /// <summary>Addresses to listen on. Port 0 takes a free one.</summary>
    public IReadOnlyList<string> Urls { get; init; } = [DefaultUrl];
    /// <summary>Certificate in PEM, for https addresses.</summary>
    public string? Certificate { get; init; }
    /// <summary>Its private key in PEM; null: in the same file.</summary>
    public string? CertificateKey { get; init; }
    /// <summary>Requests a second that one key may make on average; it may save up two seconds' worth.</summary>
    public int RequestsPerSecond { get; init; } = 20_000;
    /// <summary>Largest body of a request that is no stream, in bytes.</summary>
    public long MaxBodyBytes { get; init; } = 16 << 20;
    /// <summary>Longest a request may take that is no stream.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(100);
    /// <summary>Once asked to end: how long it still listens at most, to refuse what comes with 503 instead of cutting connections.</summary>
    public TimeSpan DrainFor { get; init; } = TimeSpan.FromSeconds(1);
    /// <summary>Once asked to end: how long requests under way and workers get before they are cut. Below the 30 s after which supervisors usually kill.</summary>
    public TimeSpan StopWithin { get; init; } = TimeSpan.FromSeconds(25);
    /// <summary>Whether a change that the table of roles marks with 2 waits for a second person. Default: false, for an installation of one person could not begin.</summary>
    public bool TwoPeople { get; init; }
    /// <summary>How it is watched and looked after.</summary>
    public OperatingOptions Operating { get; init; } = new();
    /// <summary>Clock.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Everything that is wrong with them, each with how to fix it.</summary>
    public IReadOnlyList<string> Problems()
    {
        var problems = new List<string>();
        if (Urls.Count == 0) problems.Add("there is no address to listen on; give --urls, e.g. --urls " + DefaultUrl);
        foreach (var url in Urls)
        {
            if (!Uri.TryCreate(url, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https") || uri.AbsolutePath != "/")
            {
                problems.Add($"'{url}' is no address to listen on; write e.g. {DefaultUrl}");
                continue;
            }
            if (Address(uri) is null) problems.Add($"'{url}' names no address of this machine; write an IP address or localhost");
            else if (uri.Scheme == "http" && !IsLoopback(uri))
                problems.Add($"'{url}' can be reached from other machines without TLS, so keys and personal data would cross the network in clear: use https with --certificate FILE, or put a proxy that ends TLS in front of {DefaultUrl}");
            if (uri.Scheme == "https" && Certificate is null) problems.Add($"'{url}' needs a certificate: give --certificate FILE (PEM) and, when the key lies apart, --certificate-key FILE");
        }
        if (RequestsPerSecond < 1) problems.Add("the rate limit has to be at least one request a second");
        return problems;
    }

    /// <summary>Address of a URL; null when it names none.</summary>
    public static IPAddress? Address(Uri url) =>
        string.Equals(url.Host, "localhost", StringComparison.OrdinalIgnoreCase) ? IPAddress.Loopback : IPAddress.TryParse(url.Host.Trim('[', ']'), out var address) ? address : null;

    private static bool IsLoopback(Uri url) => Address(url) is { } address && IPAddress.IsLoopback(address);
}
