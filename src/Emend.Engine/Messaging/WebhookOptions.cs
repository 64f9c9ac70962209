using System.Collections.Immutable;
using System.Net;

namespace Emend.Engine.Messaging;

/// <summary>What webhooks may reach, and how patiently.</summary>
internal sealed record WebhookOptions
{
    /// <summary>Networks that may be reached although they are not public. Default none.</summary>
    public ImmutableArray<IPNetwork> AllowedNetworks { get; init; } = [];

    /// <summary>Ports that may be reached. Default 443 and 8443.</summary>
    public ImmutableArray<int> AllowedPorts { get; init; } = [443, 8443];

    /// <summary>Whether plain http is allowed, into allowed networks only. Default false.</summary>
    public bool AllowHttp { get; init; }

    /// <summary>Longest a message may take, from looking up the name to the end of the answer. Default 15 s.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Attempts before a message is given up. Default 12: about a day and a half.</summary>
    public int Attempts { get; init; } = 12;

    /// <summary>How long the secret before a rotation signs along. Default one day.</summary>
    public TimeSpan Overlap { get; init; } = TimeSpan.FromDays(1);
}
