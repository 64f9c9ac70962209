namespace Emend.Contracts.Observing;

/// <summary>Something that needs, or needed, somebody's attention.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Kind">Code of its kind; docs/playbooks has a page for each.</param>
/// <param name="Severity"><c>page</c> (now) or <c>warning</c> (within the day).</param>
/// <param name="About">What it is about; empty for the whole workspace.</param>
/// <param name="Summary">One sentence of figures and ids.</param>
/// <param name="RaisedAt">When it was raised.</param>
/// <param name="IsOpen">Whether it lasts.</param>
public sealed record AlertView(string Id, string Kind, string Severity, string About, string Summary, DateTimeOffset RaisedAt, bool IsOpen)
{
    /// <summary>Page that says what it means and what to do.</summary>
    public required string Playbook { get; init; }
    /// <summary>When it was over.</summary>
    public DateTimeOffset? ClearedAt { get; init; }
    /// <summary>When somebody took it into their hands.</summary>
    public DateTimeOffset? AcknowledgedAt { get; init; }
    /// <summary>Who did.</summary>
    public string? AcknowledgedBy { get; init; }
}

/// <summary>Alerts, newest first.</summary>
public sealed record AlertsView(IReadOnlyList<AlertView> Alerts);

/// <summary>Takes an alert into one's hands.</summary>
public sealed record AcknowledgeBody
{
    /// <summary>What is being done, for colleagues.</summary>
    public string? Note { get; init; }
}

/// <summary>What a client lost of what it had to send. Totals only grow: the larger one stands, so that a report may be sent again.</summary>
public sealed record LossBody
{
    /// <summary>Name of the client, the same from report to report and over its restarts; not a person's.</summary>
    public required string Client { get; init; }
    /// <summary>Records lost since the client has existed, by reason: queue-full, spool-full, made-room, disk-fault, torn, corrupt, refused, too-large.</summary>
    public required IReadOnlyDictionary<string, long> Lost { get; init; }
}
