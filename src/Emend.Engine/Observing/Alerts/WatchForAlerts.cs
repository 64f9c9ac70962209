using Emend.Engine.Journal;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Emend.Engine.Storage;

namespace Emend.Engine.Observing.Alerts;

/// <summary>What one look changed.</summary>
internal sealed record AlertChanges(ImmutableArray<Alert> Raised, ImmutableArray<Alert> Cleared)
{
    /// <summary>Nothing.</summary>
    public static AlertChanges None { get; } = new([], []);
}

/// <summary>
/// Raises and clears alerts: one entry in the journal when a condition begins to hold and one when it ends, however often one looks
/// and however many look at once.
/// </summary>
internal sealed class WatchForAlerts(IWorkspaceStore store, ListAlerts alerts, ObserveWorkspace observe)
{
    /// <summary>Who raises and clears.</summary>
    public static readonly Actor Watch = Actor.Policy("watch-for-alerts");

    /// <summary>Looks once.</summary>
    /// <param name="policy">When something is worth an alert.</param>
    /// <param name="around">What the host knows.</param>
    /// <param name="cancel">Cancels.</param>
    public async Task<AlertChanges> LookAsync(AlertPolicy policy, Surroundings around, CancellationToken cancel)
    {
        using var activity = ObservingTelemetry.Source.StartActivity("watch for alerts");
        var seen = observe.Observe(policy, around);
        var open = alerts.Open();
        var findings = AlertRules.Judge(seen, policy, (kind, about) => open.Any(alert => Is(alert, kind.Code, about)));
        var (raise, clear) = Decide(findings, open);
        if (raise.Count == 0 && clear.Count == 0) return AlertChanges.None;

        var changes = await store.WriteAsync(work => Commit(work, raise, clear, seen.Now), cancel).ConfigureAwait(false);
        foreach (var alert in changes.Raised) ObservingTelemetry.AlertChanged(alert.Kind, "raised");
        foreach (var alert in changes.Cleared) ObservingTelemetry.AlertChanged(alert.Kind, "cleared");
        return changes;
    }

    /// <summary>What to raise and what to clear. Pure.</summary>
    internal static (IReadOnlyList<AlertCondition> Raise, IReadOnlyList<Alert> Clear) Decide(AlertFindings findings, IReadOnlyList<Alert> open)
    {
        var raise = findings.Holding.Where(condition => !open.Any(alert => Is(alert, condition.Kind.Code, condition.About))).ToList();
        var clear = open.Where(alert => AlertKind.Find(alert.Kind) is { IsOnce: false } kind && findings.Judged.Contains(kind)
            && !findings.Holding.Any(condition => Is(alert, condition.Kind.Code, condition.About))).ToList();
        return (raise, clear);
    }

    private AlertChanges Commit(UnitOfWork work, IReadOnlyList<AlertCondition> raise, IReadOnlyList<Alert> clear, long now)
    {
        var raised = ImmutableArray.CreateBuilder<Alert>();
        var cleared = ImmutableArray.CreateBuilder<Alert>();
        foreach (var condition in raise)
        {
            // Decided on a snapshot: another watcher may have been first. Something that happened once is news once.
            var before = work.Command(AlertSql.CountOf).Bind("@kind", condition.Kind.Code).Bind("@about", condition.About).ExecuteScalar() as long? ?? 0;
            if (condition.Kind.IsOnce && before > 0) continue;
            if (IsOpen(work, condition.Kind.Code, condition.About) is not null) continue;
            raised.Add(new(Id(condition, before), condition.Kind.Code, condition.About, condition.Summary, now, null, null, null));
        }
        foreach (var alert in clear)
            if (IsOpen(work, alert.Kind, alert.About) is { } id && string.Equals(id, alert.Id, StringComparison.Ordinal)) cleared.Add(alert with { ClearedAt = now });

        if (raised.Count > 0) Append(work, AlertProjection.Raised, now, raised);
        if (cleared.Count > 0) Append(work, AlertProjection.Cleared, now, cleared);
        return new(raised.ToImmutable(), cleared.ToImmutable());
    }

    private void Append(UnitOfWork work, string type, long now, IEnumerable<Alert> alerts) => work.Append(store.Seal(new()
    {
        Type = type,
        Actor = Watch,
        OccurredAt = now,
        Records = [.. alerts.Select(static alert => new RecordFields().Text("about", alert.About).Text("kind", alert.Kind).Text("summary", alert.Summary).Record(alert.Id))],
    }));

    private static string? IsOpen(UnitOfWork work, string kind, string about) =>
        work.Command(AlertSql.OpenOf).Bind("@kind", kind).Bind("@about", about).ExecuteScalar() as string;

    private static bool Is(Alert alert, string kind, string about) =>
        string.Equals(alert.Kind, kind, StringComparison.Ordinal) && string.Equals(alert.About, about, StringComparison.Ordinal);

    // The n-th alert of this kind about this: the same in every rebuild.
    private static string Id(AlertCondition condition, long before) =>
        "al-" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{condition.Kind.Code}\n{condition.About}\n{before}")).AsSpan(0, 6));
}
