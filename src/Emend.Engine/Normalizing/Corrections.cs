using Emend.Engine.Capturing;
using Emend.Engine.Reviewing;
using Emend.Engine.Storage;

namespace Emend.Engine.Normalizing;

/// <summary>A stored correction and what became of it.</summary>
/// <param name="Correction">The correction; erased comments and arguments are missing from it.</param>
/// <param name="IsParked">Whether it waits for its decision.</param>
/// <param name="IsWithdrawn">Whether it was taken back.</param>
/// <param name="At">Where its record lies.</param>
internal sealed record KnownCorrection(Correction Correction, bool IsParked, bool IsWithdrawn, RecordAt At)
{
    /// <summary>Whether its submitter is in quarantine: it does not count until they are released.</summary>
    public bool IsQuarantined { get; init; }
}

/// <summary>Reads corrections: by id, of a decision, or the latest.</summary>
internal sealed class Corrections(IWorkspaceStore store)
{
    private const string Columns = "id, decision_id, verdict, action, args_mark, reason, principal, at_us, is_parked, is_withdrawn, entry, position, EXISTS (SELECT 1 FROM quarantine q WHERE q.principal = correction.principal)";
    private const string Latest = $"SELECT {Columns} FROM correction WHERE (@verdict IS NULL OR verdict = @verdict) ORDER BY at_us DESC, id LIMIT @limit";

    /// <summary>A correction; null when it was not accepted.</summary>
    public KnownCorrection? Find(string id) => Read(SignalSql.Correction, "@id", id).SingleOrDefault();

    /// <summary>The corrections of a decision, by id.</summary>
    public IReadOnlyList<KnownCorrection> Of(string decisionId) => Read(SignalSql.CorrectionsOf, "@decision", decisionId);

    /// <summary>The newest corrections.</summary>
    /// <param name="verdict">Only of this verdict; null: all.</param>
    /// <param name="limit">At most so many.</param>
    public IReadOnlyList<KnownCorrection> Newest(CorrectionVerdict? verdict, int limit)
    {
        var facts = store.Read(connection =>
        {
            var command = connection.Prepared(Latest).Bind("@verdict", verdict is { } v ? (int)v : null).Bind("@limit", limit);
            return SignalRows.All(command, SignalRows.Correction);
        });
        return facts.ConvertAll(Known);
    }

    private List<KnownCorrection> Read(string sql, string parameter, string value) =>
        store.Read(connection => SignalRows.All(connection, sql, parameter, value, SignalRows.Correction)).ConvertAll(Known);

    private KnownCorrection Known(CorrectionFacts facts) =>
        new(CorrectionRecord.Read(store.Record(facts.Record.Entry, facts.Record.Position), store.NameOf), facts.IsParked, facts.IsWithdrawn, facts.Record) { IsQuarantined = facts.IsQuarantined };
}
