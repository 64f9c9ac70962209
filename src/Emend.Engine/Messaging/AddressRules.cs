using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;

namespace Emend.Engine.Messaging;

/// <summary>Which addresses a webhook may reach: public ones, and networks the operator allowed. A name must not lead us into our own network (SSRF).</summary>
internal static class AddressRules
{
    // IANA's registry of special-purpose IPv4 addresses, and multicast.
    private static readonly ImmutableArray<IPNetwork> NotPublic4 =
    [
        .. new[]
        {
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24",
            "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
        }.Select(static text => IPNetwork.Parse(text)),
    ];

    // Of IPv6 only what is handed out for the world counts as public; within it, what embeds an IPv4 address or documents something does not.
    private static readonly IPNetwork Public6 = IPNetwork.Parse("2000::/3");
    private static readonly ImmutableArray<IPNetwork> NotPublic6 = [.. new[] { "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20" }.Select(static text => IPNetwork.Parse(text))];

    /// <summary>Whether a webhook may reach an address.</summary>
    public static bool MayReach(IPAddress address, WebhookOptions options)
    {
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        return IsPublic(address) || IsAllowed(address, options);
    }

    /// <summary>Whether an address is in a network that the operator allowed.</summary>
    public static bool IsAllowed(IPAddress address, WebhookOptions options)
    {
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        return options.AllowedNetworks.Any(network => network.Contains(address));
    }

    private static bool IsPublic(IPAddress address) => address.AddressFamily switch
    {
        AddressFamily.InterNetwork => !NotPublic4.Any(network => network.Contains(address)),
        AddressFamily.InterNetworkV6 => address.ScopeId == 0 && Public6.Contains(address) && !NotPublic6.Any(network => network.Contains(address)),
        _ => false,
    };
}
