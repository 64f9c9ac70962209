namespace Emend.Contracts.Messaging;

/// <summary>Where events are sent.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Host">Host of its address; the whole address may hold a token and is not shown.</param>
/// <param name="Types">Types of events it wants; empty: all.</param>
/// <param name="AddedAt">Since when.</param>
public sealed record WebhookView(string Id, string Host, IReadOnlyList<string> Types, DateTimeOffset AddedAt)
{
    /// <summary>When its secret was changed.</summary>
    public DateTimeOffset? RotatedAt { get; init; }
    /// <summary>What messages are signed with: in the answer that made it, and never again.</summary>
    public string? Secret { get; init; }
}

/// <summary>Webhooks.</summary>
public sealed record WebhooksView(IReadOnlyList<WebhookView> Webhooks);

/// <summary>Asks that events are sent to an address.</summary>
public sealed record AddWebhookBody
{
    /// <summary>Where to: https, a public address.</summary>
    public required string Url { get; init; }
    /// <summary>Which types of events; nothing or none: all.</summary>
    public IReadOnlyList<string>? Types { get; init; }
}

/// <summary>How a test message was taken.</summary>
/// <param name="Accepted">Whether the receiver took it.</param>
/// <param name="Result">The reason as a code when not.</param>
public sealed record WebhookTestView(bool Accepted, string Result);

/// <summary>A message that was given up.</summary>
/// <param name="Message">Its number.</param>
/// <param name="Webhook">Where it was to go.</param>
/// <param name="Entry">Entry of the journal it tells of.</param>
/// <param name="Attempts">Attempts made.</param>
/// <param name="Reason">Why the last one failed, as a code.</param>
/// <param name="CreatedAt">When it was put on its way.</param>
public sealed record DeadMessageView(long Message, string Webhook, long Entry, int Attempts, string? Reason, DateTimeOffset CreatedAt);

/// <summary>Messages that were given up, oldest first.</summary>
public sealed record DeadMessagesView(IReadOnlyList<DeadMessageView> Messages);

/// <summary>Which messages to send again.</summary>
public sealed record ReplayBody
{
    /// <summary>Number of one message; nothing: all.</summary>
    public long? Message { get; init; }
}

/// <summary>How many messages are due again.</summary>
public sealed record ReplayedView(int Replayed);
