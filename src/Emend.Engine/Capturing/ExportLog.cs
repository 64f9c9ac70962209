using Emend.Engine.Capturing.Logs;
using Emend.Engine.Normalizing;
using Emend.Engine.Reviewing;
using Emend.Engine.Storage;

namespace Emend.Engine.Capturing;

/// <summary>Writes signals back as logs, by time and id, in bounded memory. What was erased is missing; withdrawn corrections are left out.</summary>
internal sealed class ExportLog(IWorkspaceStore store)
{
    /// <summary>Writes one kind of signals.</summary>
    /// <returns>Lines written.</returns>
    public long Write(LogKind kind, Stream to, CancellationToken cancel)
    {
        using var activity = CapturingTelemetry.Source.StartActivity("export " + kind.Name());
        using var log = new LogWriter(to);
        var records = new StoredRecords(store);
        var lines = 0L;
        switch (kind)
        {
            case LogKind.Decisions:
                foreach (var chunk in Decisions.InTime(store, DecisionSql.InTime, agent: null))
                {
                    cancel.ThrowIfCancellationRequested();
                    foreach (var facts in chunk) log.Write(DecisionRecord.Read(records[facts.At]));
                    lines += chunk.Count;
                }
                break;
            case LogKind.Corrections:
                foreach (var at in Places(SignalSql.CorrectionPlaces))
                {
                    if ((lines++ & 255) == 0) cancel.ThrowIfCancellationRequested();
                    log.Write(CorrectionRecord.Read(records[at], store.NameOf));
                }
                break;
            default:
                foreach (var at in Places(SignalSql.OutcomePlaces))
                {
                    if ((lines++ & 255) == 0) cancel.ThrowIfCancellationRequested();
                    log.Write(OutcomeRecord.Read(records[at]));
                }
                break;
        }
        return lines;
    }

    private List<RecordAt> Places(string sql) =>
        store.Read(connection => SignalRows.All(connection, sql, null, null, static row => new RecordAt(row.GetInt64(0), row.GetInt32(1))));
}
