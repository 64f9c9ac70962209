using Emend.Engine.Capturing;
using Emend.Engine.Storage;

namespace Emend.Engine.Observing.Alerts;

/// <summary>Questions about alerts.</summary>
internal sealed class ListAlerts(IWorkspaceStore store)
{
    /// <summary>Those that last, newest first.</summary>
    public IReadOnlyList<Alert> Open() => store.Read(static connection => SignalRows.All(connection, AlertSql.Open, null, null, AlertSql.Row));

    /// <summary>What of an agent is wrong more often than tolerated at present, sorted: the agent itself or slices of it. Logic that does harm is suspended instead.</summary>
    public IReadOnlyList<string> OfErrors(string agent) =>
    [
        .. Open().Where(alert => alert.Kind == AlertKind.ErrorRate.Code && (alert.About == agent || alert.About.StartsWith(agent + "/", StringComparison.Ordinal)))
            .Select(static alert => alert.About).Order(StringComparer.Ordinal),
    ];

    /// <summary>The newest, those that are over included.</summary>
    public IReadOnlyList<Alert> Newest(int limit) => store.Read(connection => SignalRows.All(connection, AlertSql.Newest, "@limit", limit, AlertSql.Row));

    /// <summary>One; null when there is none of this id.</summary>
    public Alert? Find(string id) => store.Read(connection => SignalRows.All(connection, AlertSql.Find, "@id", id, AlertSql.Row)).FirstOrDefault();

    /// <summary>Name of who acknowledged one; null when nobody has, or the name was erased.</summary>
    public string? WhoAcknowledged(Alert alert) =>
        alert.AcknowledgedBy is not { } by ? null : Guid.TryParse(by, out var principal) ? store.NameOf(principal) : by;
}
