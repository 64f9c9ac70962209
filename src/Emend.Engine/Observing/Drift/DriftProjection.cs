using Emend.Engine.Journal;
using Emend.Engine.Releasing;
using Emend.Engine.Storage;

namespace Emend.Engine.Observing.Drift;

/// <summary>From when on agents and their logic are watched anew. Everything else about drift is worked out from the signals.</summary>
internal sealed class DriftProjection : IProjection
{
    /// <summary>Type of the entry of <see cref="AcceptDrift"/>.</summary>
    public const string Accepted = "drift.accepted";

    /// <summary>Stands for the agent itself where the id of a rule would.</summary>
    public const string OfAgent = "";

    /// <summary>What is watched anew, and since when.</summary>
    public const string Epochs = "SELECT logic, at_us FROM drift_epoch WHERE agent = @agent";

    private const string Put = "INSERT INTO drift_epoch (agent, logic, at_us) VALUES (@agent, @logic, @at) ON CONFLICT (agent, logic) DO UPDATE SET at_us = max(at_us, @at)";

    /// <inheritdoc/>
    public string Name => "drift";

    /// <inheritdoc/>
    public IReadOnlyList<string> Tables { get; } = ["drift_epoch"];

    /// <inheritdoc/>
    public IReadOnlyList<string> DigestQueries { get; } = ["SELECT agent, logic, at_us FROM drift_epoch ORDER BY agent, logic"];

    /// <inheritdoc/>
    public void Apply(UnitOfWork work, JournalEntry entry)
    {
        var logic = entry.Type switch { Accepted => OfAgent, ReleaseFactJournal.Restored => entry.Records[0].Text("logic"), _ => null };
        if (logic is null) return;
        work.Command(Put).Bind("@agent", entry.Records[0].Text("agent")).Bind("@logic", logic).Bind("@at", entry.OccurredAt).ExecuteNonQuery();
    }
}
