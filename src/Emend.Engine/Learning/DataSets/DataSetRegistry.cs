using System.Collections.Immutable;
using System.Text.Json;
using Emend.Engine.Capturing;
using Emend.Engine.Journal;
using Emend.Engine.Normalizing;
using Emend.Engine.Releasing;
using Emend.Engine.Reviewing;
using Emend.Engine.Storage;
using Emend.Engine.Trust;
using Emend.Logic;
using Emend.Logic.Conditions;
using Emend.Logic.Evaluation;

namespace Emend.Engine.Learning.DataSets;

/// <summary>There is no such data set.</summary>
internal sealed record DataSetIsUnknown(string Digest) : Refusal("dataset.unknown", $"there is no data set {Digest}; `emend datasets list` shows what there is");

/// <summary>Several data sets begin with these digits.</summary>
internal sealed record DataSetIsAmbiguous(string Digits) : Refusal("dataset.ambiguous", $"several data sets begin with {Digits}; give more of the digest");

/// <summary>Where the rulings of a data set went, decision by decision: nothing is dropped without being counted.</summary>
internal sealed class RowCounts
{
    private readonly SortedDictionary<string, long> _leftOut = new(StringComparer.Ordinal);

    /// <summary>Decisions somebody judged.</summary>
    public long Judged { get; set; }
    /// <summary>Of those, decisions that gave a row or more.</summary>
    public long Used { get; set; }
    /// <summary>Of those, how many gave none, by reason.</summary>
    public IReadOnlyDictionary<string, long> LeftOut => _leftOut;

    /// <summary>Counts one that is left out.</summary>
    public void Left(string reason, long count = 1)
    {
        if (count > 0) _leftOut[reason] = _leftOut.GetValueOrDefault(reason) + count;
    }
}

/// <summary>Reads data sets: those that were fixed, and those candidates were built from.</summary>
internal sealed class DataSetRegistry(IWorkspaceStore store, LearningCases cases, TrustBook trust)
{
    /// <summary>Type of the entries that fix data sets.</summary>
    public const string EntryType = "dataset.fixed";

    public const string Later = "later", TakenBack = "taken-back", NotRuled = "not-ruled", Erased = "erased", Filtered = "filtered", NoWeight = "no-weight", Gold = "gold", Quarantined = "quarantine";

    private const string All_ = """
        SELECT digest, rows, up_to, fixed_us, author, entry, position FROM data_set
         UNION ALL
        SELECT s.data_set, c.records, s.up_to, min(s.built_us), c.author, s.entry, s.position FROM candidate_snapshot s JOIN candidate c ON c.digest = s.bundle
         WHERE s.data_set IS NOT NULL AND s.data_set NOT IN (SELECT digest FROM data_set)
         GROUP BY s.data_set
         ORDER BY 4 DESC, 1
        """;
    private const string BuiltFrom = "SELECT bundle FROM candidate_snapshot WHERE data_set = @digest ORDER BY built_us, bundle";
    private const string OfBundle = "SELECT data_set FROM candidate_snapshot WHERE bundle = @bundle";

    /// <summary>All, newest first.</summary>
    public IReadOnlyList<DataSet> All() =>
        store.Read(static connection => SignalRows.All(connection, All_, null, null, Row)).ConvertAll(Read);

    /// <summary>One, by its digest or as many of its first digits as are its own.</summary>
    public Answer<DataSet> Find(string digest)
    {
        var digits = digest.StartsWith("sha256:", StringComparison.Ordinal) ? digest : "sha256:" + digest;
        var found = store.Read(static connection => SignalRows.All(connection, All_, null, null, Row)).FindAll(row => row.Digest.StartsWith(digits, StringComparison.Ordinal));
        return digits.Length < "sha256:".Length + 4 || found.Count == 0 ? new DataSetIsUnknown(digest) : found.Count > 1 ? new DataSetIsAmbiguous(digest) : Read(found[0]);
    }

    /// <summary>Digest of the data set a bundle was built from; null where that was not kept.</summary>
    public string? Of(string bundle) => store.Read(connection => SignalRows.All(connection, OfBundle, "@bundle", bundle, static row => SignalRows.Text(row, 0))) is [var digest] ? digest : null;

    /// <summary>The rulings, by the decision's time and id, as far as they are trusted: what learners see. Everything judged that is not among them is counted.</summary>
    /// <remarks>Read twice: weights are a matter of all rulings together, so a first pass gathers who said what, without texts and features, and the second gives the rows.</remarks>
    public IEnumerable<LearningCase> Rows(AgentDefinition agent, Condition where, long upTo, RowCounts counts)
    {
        // What was a gold item then, or is one now: known answers are no experience, whenever they came to be known.
        var gold = trust.GoldAt(agent.Id, upTo).Concat(trust.Gold(agent.Id).Select(static item => item.DecisionId)).ToHashSet(StringComparer.Ordinal);
        var quarantined = trust.QuarantinedAt(upTo);
        List<LearningCase> said = [.. cases.Read(agent, signals => gold.Contains(signals.Decision.Id) ? null : signals.AsOf(upTo, null, quarantined)).Select(static one => one with { Decision = one.Decision with { Context = Context.Empty } })];
        var weights = trust.Weigh(agent.Id, said, upTo).Cases.ToDictionary(static one => one.Decision.Id, static one => one.Weight, StringComparer.Ordinal);

        var (ruled, given) = (0L, 0L);
        var read = cases.Read(agent, signals =>
        {
            counts.Judged++;
            if (gold.Contains(signals.Decision.Id))
            {
                counts.Left(Gold);
                return null;
            }
            var then = signals.AsOf(upTo, null, quarantined);
            var standing = then is null ? null : Standing.Of(then, agent);
            if (standing is { IsRuled: true }) ruled++;
            else counts.Left(then is null || then.Audit is null && !signals.Corrections.Any(c => c.Record.Entry < upTo) ? Later : standing is not null ? NotRuled : then.Corrections.Any(static c => c is { IsQuarantined: true, IsWithdrawn: false }) ? Quarantined : TakenBack);
            return then;
        });
        foreach (var reviewed in read)
        {
            given++;
            if (weights.GetValueOrDefault(reviewed.Decision.Id) is not (> 0 and var weight)) counts.Left(NoWeight);
            else if (where != Condition.Always && !BruteForce.Holds(where, new DecisionInput(reviewed.Decision.Context, reviewed.Decision.Proposed, reviewed.Decision.Confidence, reviewed.Decision.OccurredAt))) counts.Left(Filtered);
            else yield return reviewed with { Weight = weight };
        }
        counts.Left(Erased, ruled - given);
    }

    private static Found Row(Microsoft.Data.Sqlite.SqliteDataReader row) => new(row.GetString(0), row.GetInt64(1), row.GetInt64(2), row.GetInt64(3), row.GetString(4), row.GetInt64(5), row.GetInt32(6));

    private DataSet Read(Found found)
    {
        var record = store.Record(found.Entry, found.Position);
        var definition = record["definition"] ?? throw new InvalidDataException($"data set {found.Digest} has lost its agent definition");
        var bundles = store.Read(connection => SignalRows.All(connection, BuiltFrom, "@digest", found.Digest, static row => row.GetString(0)));
        var where = Condition.Always;
        if (record["where"] is { } json)
        {
            using var document = JsonDocument.Parse(json);
            where = ConditionJson.Read(document.RootElement);
        }
        return new(found.Digest, AgentJson.Read(definition), where, found.Rows, found.UpTo, found.FixedAt, found.Author, [.. bundles]);
    }

    private sealed record Found(string Digest, long Rows, long UpTo, long FixedAt, string Author, long Entry, int Position);
}

/// <summary>Where data sets lie.</summary>
internal sealed class DataSetProjection : IProjection
{
    private const string Add = """
        INSERT INTO data_set (digest, agent, rows, up_to, fixed_us, author, entry, position) VALUES (@digest, @agent, @rows, @upTo, @at, @author, @entry, @position)
        ON CONFLICT (digest) DO NOTHING
        """;

    /// <inheritdoc/>
    public string Name => "datasets";

    /// <inheritdoc/>
    public IReadOnlyList<string> Tables { get; } = ["data_set"];

    // Where in the journal one was fixed depends on the order of arrival.
    /// <inheritdoc/>
    public IReadOnlyList<string> DigestQueries { get; } = ["SELECT digest, agent, rows, name_of(author) FROM data_set ORDER BY digest"];

    /// <inheritdoc/>
    public void Apply(UnitOfWork work, JournalEntry entry)
    {
        if (entry.Type != DataSetRegistry.EntryType) return;
        for (var position = 0; position < entry.Records.Length; position++)
        {
            var record = entry.Records[position];
            work.Command(Add)
                .Bind("@digest", record.Id).Bind("@agent", record.Text("agent")).Bind("@rows", record.Number("rows")).Bind("@upTo", record.Number("upTo"))
                .Bind("@at", entry.RecordedAt).Bind("@author", ReleasingProjection.PersonOf(work, entry.Actor)).Bind("@entry", entry.Index).Bind("@position", position).ExecuteNonQuery();
        }
    }
}
