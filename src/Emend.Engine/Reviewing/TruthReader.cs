using Emend.Engine.Capturing;
using Emend.Engine.Normalizing;
using Emend.Engine.Storage;
using Emend.Logic;

namespace Emend.Engine.Reviewing;

/// <summary>Reads the right action of a standing from where it is written, arguments included.</summary>
internal static class TruthReader
{
    /// <summary>The right action; null when the standing knows none.</summary>
    public static AgentAction? Of(IWorkspaceStore store, StoredRecords records, Decision decision, Standing standing) => standing.From switch
    {
        TruthFrom.Proposal => decision.Proposed,
        TruthFrom.Correction => FieldText.Action(records[At(store, SignalSql.Correction, standing.FromId!, SignalRows.Correction).Record]),
        TruthFrom.Verdict => FieldText.Action(records[At(store, ReviewSql.Verdict, standing.FromId!, ReviewProjection.Verdict).Record]),
        _ => null,
    };

    /// <summary>The row of an id that is known to be there.</summary>
    public static T At<T>(IWorkspaceStore store, string sql, string id, Func<Microsoft.Data.Sqlite.SqliteDataReader, T> row) =>
        store.Read(connection => SignalRows.All(connection, sql, "@id", id, row))[0];
}
