using Emend.Engine.Capturing;
using Emend.Engine.Journal;
using Emend.Engine.Normalizing;
using Emend.Engine.Storage;

namespace Emend.Engine.Learning;

/// <summary>Keeps what candidates were built from.</summary>
internal sealed class CandidateSnapshots(IWorkspaceStore store)
{
    /// <summary>Type of the journal's entries.</summary>
    public const string EntryType = "candidate.prepared";

    private const string Find = "SELECT up_to, built_us, preset, entry, position FROM candidate_snapshot WHERE bundle = @bundle";

    private const string LearnedFrom = """
        SELECT coalesce(max(c.records), 0) FROM candidate_snapshot s JOIN candidate c ON c.digest = s.bundle
         WHERE s.agent = @agent AND s.preset IN (0, 2)
        """;

    /// <summary>How careful the learner was; null when a bundle was not built here.</summary>
    public LearnerPreset? PresetOf(string bundle) =>
        store.Read(connection => SignalRows.All(connection, Find, "@bundle", bundle, static row => (LearnerPreset)row.GetInt32(2))) is [var preset] ? preset : null;

    /// <summary>Journal entries before this one were there when a bundle was built; null when it was not built here.</summary>
    public long? UpToOf(string bundle) => store.Read(connection => SignalRows.All(connection, Find, "@bundle", bundle, static row => row.GetInt64(0))) is [var upTo] ? upTo : null;

    /// <summary>Most reviewed decisions that rules were ever mined from for an agent; 0 when none were.</summary>
    public int MostLearnedFrom(string agent) => store.Read(connection => SignalRows.All(connection, LearnedFrom, "@agent", agent, static row => row.GetInt32(0)))[0];

    /// <summary>What a bundle was built from; null when it was not built here.</summary>
    public CandidateSnapshot? Of(string bundle)
    {
        var rows = store.Read(connection => SignalRows.All(connection, Find, "@bundle", bundle,
            static row => (UpTo: row.GetInt64(0), BuiltAt: row.GetInt64(1), Preset: (LearnerPreset)row.GetInt32(2), Entry: row.GetInt64(3), Position: row.GetInt32(4))));
        if (rows is not [var found]) return null;
        var definition = store.Record(found.Entry, found.Position)["definition"] ?? throw new InvalidDataException($"the snapshot of bundle {bundle} has lost its agent definition");
        return new(bundle, AgentJson.Read(definition), found.UpTo, found.BuiltAt, found.Preset);
    }

    /// <summary>Keeps one. Keeping one that is there changes nothing.</summary>
    public async Task KeepAsync(CandidateSnapshot snapshot, Actor by, CancellationToken cancel)
    {
        if (Of(snapshot.Bundle) is not null) return;
        var record = new RecordFields()
            .Text("agent", snapshot.Agent.Id)
            .Number("builtAt", snapshot.BuiltAt)
            .Text("dataSet", snapshot.DataSet)
            .Json("definition", AgentJson.Write(snapshot.Agent), FieldClass.Internal)
            .Number("preset", (int)snapshot.Preset)
            .Number("upTo", snapshot.UpTo)
            .Record(snapshot.Bundle);
        var draft = store.Seal(new() { Type = EntryType, Actor = by, Records = [record] });
        await store.WriteAsync(work => work.Append(draft).Index, cancel).ConfigureAwait(false);
    }
}

/// <summary>Where the snapshots lie.</summary>
internal sealed class CandidateSnapshotProjection : IProjection
{
    private const string Add = """
        INSERT INTO candidate_snapshot (bundle, agent, up_to, built_us, preset, data_set, entry, position)
        VALUES (@bundle, @agent, @upTo, @built, @preset, @dataSet, @entry, @position)
        ON CONFLICT (bundle) DO NOTHING
        """;

    /// <inheritdoc/>
    public string Name => "snapshots";

    /// <inheritdoc/>
    public IReadOnlyList<string> Tables { get; } = ["candidate_snapshot"];

    // Where in the journal a candidate was built depends on the order of arrival; which candidates there are is in the registry's digest.
    /// <inheritdoc/>
    public IReadOnlyList<string> DigestQueries { get; } = ["SELECT bundle, agent, preset, data_set FROM candidate_snapshot ORDER BY bundle"];

    /// <inheritdoc/>
    public void Apply(UnitOfWork work, JournalEntry entry)
    {
        if (entry.Type != CandidateSnapshots.EntryType) return;
        for (var position = 0; position < entry.Records.Length; position++)
        {
            var record = entry.Records[position];
            work.Command(Add)
                .Bind("@bundle", record.Id)
                .Bind("@agent", record.Text("agent"))
                .Bind("@upTo", record.Number("upTo"))
                .Bind("@built", record.Number("builtAt"))
                .Bind("@preset", record.Number("preset"))
                .Bind("@dataSet", record.TextOrNull("dataSet"))
                .Bind("@entry", entry.Index)
                .Bind("@position", position)
                .ExecuteNonQuery();
        }
    }
}
