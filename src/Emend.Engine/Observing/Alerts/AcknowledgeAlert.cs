using Emend.Engine.Access;
using Emend.Engine.Journal;
using Emend.Engine.Storage;

namespace Emend.Engine.Observing.Alerts;

internal sealed record AlertIsUnknown(string Id) : Refusal("alert.unknown", $"there is no alert '{Id}'; `emend alerts list --all` shows those there were");

internal sealed record AlertIsAcknowledged(string Id) : Refusal("alert.acknowledged", $"alert '{Id}' is in somebody's hands already; if you retried after losing the answer, the first attempt succeeded");

internal sealed record AcknowledgedByNobody() : Refusal("alert.needs-person", "a policy cannot take an alert into its hands; a person acknowledges it");

/// <summary>Says that somebody has an alert in hand. One about something that happened once is over with that; one about something that lasts ends when it ends.</summary>
/// <param name="Id">The alert.</param>
/// <param name="Note">What is being done, for colleagues; may be empty.</param>
/// <param name="By">Who.</param>
internal sealed record AcknowledgeAlert(string Id, string Note, Actor By)
{
    internal static Answer<Alert> Decide(Alert? now, AcknowledgeAlert ask, string by, long at)
    {
        if (now is null) return new AlertIsUnknown(ask.Id);
        if (ask.By.IsPolicy) return new AcknowledgedByNobody();
        if (now.AcknowledgedAt is not null) return new AlertIsAcknowledged(ask.Id);
        return now with { AcknowledgedAt = at, AcknowledgedBy = by, ClearedAt = now.ClearedAt ?? (AlertKind.Find(now.Kind)?.IsOnce is true ? at : null) };
    }
}

internal sealed class AcknowledgeAlertHandler(IWorkspaceStore store, ListAlerts alerts, TimeProvider clock)
{
    /// <summary>Acknowledges. A retry after success is refused as acknowledged, which tells that it succeeded.</summary>
    public async Task<Answer<Alert>> HandleAsync(AcknowledgeAlert ask, CancellationToken cancel)
    {
        if (ask.By.Lacks(Permission.OpsPause, Permission.BundleRollback) is { } no) return no;
        var by = store.PrincipalOf(ask.By.Name).ToString();
        var at = Microseconds.Of(clock.GetUtcNow());
        if (AcknowledgeAlert.Decide(alerts.Find(ask.Id), ask, by, at) is Answer<Alert>.Refused refused) return refused;
        return await store.WriteAsync(
            work =>
            {
                var answer = AcknowledgeAlert.Decide(Find(work, ask.Id), ask, by, at);
                if (answer is not Answer<Alert>.Granted(var alert)) return answer;
                Append(AlertProjection.Acknowledged, new RecordFields().Text("kind", alert.Kind).Text("note", ask.Note, FieldClass.Personal));
                if (alert.ClearedAt == at)
                    Append(AlertProjection.Cleared, new RecordFields().Text("about", alert.About).Text("kind", alert.Kind).Text("summary", alert.Summary));
                return answer;

                void Append(string type, RecordFields fields) => work.Append(store.Seal(new() { Type = type, Actor = ask.By, OccurredAt = at, Records = [fields.Record(ask.Id)] }));
            },
            cancel).ConfigureAwait(false);
    }

    private static Alert? Find(UnitOfWork work, string id)
    {
        using var row = work.Command(AlertSql.Find).Bind("@id", id).ExecuteReader();
        return row.Read() ? AlertSql.Row(row) : null;
    }
}
