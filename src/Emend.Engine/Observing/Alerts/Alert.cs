namespace Emend.Engine.Observing.Alerts;

/// <summary>Something that needs, or needed, somebody's attention.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Kind">Code of its kind.</param>
/// <param name="About">What it is about; empty for the whole workspace.</param>
/// <param name="Summary">One sentence of figures and ids; nothing personal.</param>
/// <param name="RaisedAt">When it was raised, microseconds since 1970 UTC.</param>
/// <param name="ClearedAt">When it was over; null while it lasts.</param>
/// <param name="AcknowledgedAt">When somebody said that they have it in hand; null while nobody has.</param>
/// <param name="AcknowledgedBy">Pseudonym of that person.</param>
internal sealed record Alert(string Id, string Kind, string About, string Summary, long RaisedAt, long? ClearedAt, long? AcknowledgedAt, string? AcknowledgedBy)
{
    /// <summary>Whether it lasts.</summary>
    public bool IsOpen => ClearedAt is null;

    /// <summary>How soon somebody should look.</summary>
    public AlertSeverity Severity => AlertKind.Find(Kind)?.Severity ?? AlertSeverity.Warning;
}
