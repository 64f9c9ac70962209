using Emend.Engine.Capturing;
using Emend.Engine.Journal;
using Emend.Engine.Reviewing;
using Emend.Engine.Storage;
using Emend.Logic.Evaluation;

namespace Emend.Engine.Serving;

/// <summary>What served one decision.</summary>
internal sealed record Exposure(string Decision, string Agent, string? Release, Arm Arm, int ShareBp, string? Bundle, bool IsChanged, Cause Cause, string? Rule, long ServedAt);

/// <summary>What was done with one decision, as the journal keeps it.</summary>
/// <param name="Decision">The decision.</param>
/// <param name="Disposition">Kept, changed, blocked or escalated.</param>
/// <param name="Action">Label of what was done; null when nothing was, or a person was asked.</param>
/// <param name="Args">Its arguments, canonical JSON; null when it has none, or they were erased.</param>
/// <param name="Cause">What decided.</param>
/// <param name="Rule">Id of the rule or guardrail that did.</param>
/// <param name="Bundle">Digest of the bundle it is part of.</param>
/// <param name="Arm">Which side of a release it was on.</param>
internal sealed record RecordedServing(string Decision, Disposition Disposition, string? Action, string? Args, Cause Cause, string? Rule, string? Bundle, Arm Arm);

/// <summary>Questions about who was served what.</summary>
internal sealed class Exposures(IWorkspaceStore store)
{
    /// <summary>What served a decision; null when it was not served.</summary>
    public Exposure? Find(string decision) => store.Read(connection =>
    {
        using var row = connection.Prepared(ServingSql.OfDecision).Bind("@decision", decision).ExecuteReader();
        return !row.Read() ? null : new Exposure(
            decision, row.GetString(0), row.IsDBNull(1) ? null : row.GetString(1), (Arm)row.GetInt32(2), row.GetInt32(3), row.IsDBNull(4) ? null : row.GetString(4),
            row.GetInt64(5) != 0, (Cause)row.GetInt32(6), row.IsDBNull(7) ? null : row.GetString(7), row.GetInt64(8));
    });

    /// <summary>Decisions that were served while a release was under way, sorted.</summary>
    public IReadOnlyList<string> OfRelease(string release) => store.Read(connection =>
    {
        var decisions = new List<string>();
        using var row = connection.Prepared("SELECT decision FROM exposure WHERE release_id = @release ORDER BY decision").Bind("@release", release).ExecuteReader();
        while (row.Read()) decisions.Add(row.GetString(0));
        return decisions;
    });

    /// <summary>Decisions that a rule of a bundle changed, sorted.</summary>
    public IReadOnlyList<string> ChangedBy(string bundle, string rule) => store.Read(connection =>
    {
        var decisions = new List<string>();
        using var row = connection.Prepared(ServingSql.ChangedBy).Bind("@bundle", bundle).Bind("@rule", rule).ExecuteReader();
        while (row.Read()) decisions.Add(row.GetString(0));
        return decisions;
    });

    /// <summary>What was done with decisions, in their order; those not served are left out.</summary>
    public IEnumerable<RecordedServing> Recorded(IEnumerable<string> decisions)
    {
        var records = new StoredRecords(store);
        foreach (var decision in decisions)
        {
            if (store.Read(connection => SignalRows.All(connection, ServingSql.PlaceOf, "@decision", decision, static row => new RecordAt(row.GetInt64(0), row.GetInt32(1)))) is not [var at]) continue;
            var record = records[at];
            yield return new(
                decision, (Disposition)record.Number("disposition"), record.TextOrNull("final"), record["finalArgs"],
                (Cause)record.Number("cause"), record.TextOrNull("rule"), record.TextOrNull("bundle"), (Arm)record.Number("arm"));
        }
    }
}
