using System.Collections.Immutable;
using Emend.Engine.Capturing;
using Emend.Engine.Journal;
using Emend.Engine.Storage;
using Microsoft.Data.Sqlite;

namespace Emend.Engine.Observing.Alerts;

/// <summary>What the process of an agent lost of what it had to send, by reason.</summary>
/// <param name="Client">Name of the client: one for each state folder, the same over restarts; not a person's.</param>
/// <param name="Lost">Records lost by reason, since the client has existed.</param>
internal sealed record LossReport(string Client, ImmutableSortedDictionary<string, long> Lost)
{
    /// <summary>Reasons an SDK names.</summary>
    private static readonly HashSet<string> Reasons = new(StringComparer.Ordinal) { "queue-full", "spool-full", "made-room", "disk-fault", "torn", "corrupt", "refused", "too-large" };

    /// <summary>Every other reason: a newer SDK is not turned away for naming one we do not know, nor does it make up names of metrics.</summary>
    public const string Other = "other";

    /// <summary>A report; reasons without a loss are left out.</summary>
    public static LossReport Of(string client, IEnumerable<KeyValuePair<string, long>> lost)
    {
        ArgumentException.ThrowIfNullOrEmpty(client);
        return new(client, lost.Where(static one => one.Value > 0).GroupBy(static one => Reasons.Contains(one.Key) ? one.Key : Other, StringComparer.Ordinal)
            .ToImmutableSortedDictionary(static one => one.Key, static one => one.Sum(static loss => loss.Value), StringComparer.Ordinal));
    }
}

/// <summary>
/// Takes in what clients report of records they lost. A report holds totals that only grow, so that it may be sent again, arrive late
/// or twice: the larger total stands, and what did not grow is not written down.
/// </summary>
internal sealed class ClientLosses(IWorkspaceStore store, TimeProvider clock)
{
    /// <summary>Type of the entry.</summary>
    public const string EntryType = "client.lost-records";

    /// <summary>Takes a report in; answers how many records are lost that were not known before.</summary>
    public async Task<long> ReportAsync(LossReport report, Actor by, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(report);
        // Most reports say nothing new: they do not wait for the writer.
        if (Grown(report, store.Read(connection => SignalRows.All(connection, AlertSql.LossesOf, "@client", report.Client, Known))).Count == 0) return 0;
        var draft = store.Seal(new()
        {
            Type = EntryType,
            Actor = by,
            OccurredAt = Microseconds.Of(clock.GetUtcNow()),
            Records = [report.Lost.Aggregate(new RecordFields(), static (fields, lost) => fields.Number(lost.Key, lost.Value)).Record(report.Client)],
        });
        var grown = await store.WriteAsync(work =>
        {
            var more = Grown(report, SignalRows.All(work.Command(AlertSql.LossesOf).Bind("@client", report.Client), Known));
            if (more.Count > 0) work.Append(draft);
            return more;
        }, cancel).ConfigureAwait(false);
        foreach (var (reason, more) in grown) ObservingTelemetry.ClientLost(reason, more);
        return grown.Sum(static one => one.More);
    }

    private static List<(string Reason, long More)> Grown(LossReport report, IReadOnlyList<(string Reason, long Lost)> known) =>
        [.. report.Lost.Select(lost => (lost.Key, lost.Value - known.FirstOrDefault(one => string.Equals(one.Reason, lost.Key, StringComparison.Ordinal)).Lost)).Where(static one => one.Item2 > 0)];

    private static (string, long) Known(SqliteDataReader row) => (row.GetString(0), row.GetInt64(1));
}
