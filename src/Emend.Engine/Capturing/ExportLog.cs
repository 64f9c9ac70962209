using Emend.Engine.Capturing.Logs;
using Emend.Engine.Normalizing;
using Emend.Engine.Reviewing;
using Emend.Engine.Storage;

namespace Emend.Engine.Capturing;

/// <summary>Writes signals back as logs, by time and id, in bounded memory. What was erased is missing; withdrawn corrections are left out.</summary>
internal sealed class ExportLog(IWorkspaceStore store)
{
    /// <summary>Writes one kind of signals.</summary>
    /// <param name="kind">Which.</param>
    /// <param name="to">Where to.</param>
    /// <param name="cancel">Stops between two lines.</param>
    /// <param name="maskDecision">Leaves out what the reader may not see; null: nothing.</param>
    /// <param name="maskCorrection">The same for corrections.</param>
    /// <param name="maskOutcome">The same for outcomes.</param>
    /// <returns>Lines written.</returns>
    public long Write(LogKind kind, Stream to, CancellationToken cancel, Func<Decision, Decision>? maskDecision = null, Func<Correction, Correction>? maskCorrection = null, Func<Outcome, Outcome>? maskOutcome = null)
    {
        using var activity = CapturingTelemetry.Source.StartActivity("export " + kind.Name());
        using var log = new LogWriter(to);
        var records = new StoredRecords(store);
        var lines = 0L;
        switch (kind)
        {
            case LogKind.Decisions:
                foreach (var facts in Decisions.InTime(store, DecisionSql.InTime, agent: null).SelectMany(static chunk => chunk))
                {
                    Next();
                    var decision = DecisionRecord.Read(records[facts.At]);
                    log.Write(maskDecision?.Invoke(decision) ?? decision);
                }
                break;
            case LogKind.Corrections:
                foreach (var at in Places(SignalSql.CorrectionPlaces))
                {
                    Next();
                    var correction = CorrectionRecord.Read(records[at], store.NameOf);
                    log.Write(maskCorrection?.Invoke(correction) ?? correction);
                }
                break;
            default:
                foreach (var at in Places(SignalSql.OutcomePlaces))
                {
                    Next();
                    var outcome = OutcomeRecord.Read(records[at]);
                    log.Write(maskOutcome?.Invoke(outcome) ?? outcome);
                }
                break;
        }
        activity?.SetTag("emend.lines", lines);
        return lines;

        // A reader who is gone costs a few lines more, not the rest of the log.
        void Next()
        {
            if ((lines & 63) == 0 && cancel.IsCancellationRequested)
            {
                activity?.SetTag("emend.lines", lines);
                cancel.ThrowIfCancellationRequested();
            }
            lines++;
        }
    }

    private List<RecordAt> Places(string sql) =>
        store.Read(connection => SignalRows.All(connection, sql, null, null, static row => new RecordAt(row.GetInt64(0), row.GetInt32(1))));
}
