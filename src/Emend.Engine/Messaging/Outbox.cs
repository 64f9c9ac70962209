using Emend.Engine.Capturing;
using Emend.Engine.Journal;
using Emend.Engine.Storage;
using Microsoft.Data.Sqlite;

namespace Emend.Engine.Messaging;

/// <summary>A message on its way to one webhook.</summary>
/// <param name="Id">Number of the delivery.</param>
/// <param name="Webhook">Where to.</param>
/// <param name="Entry">Entry it tells of.</param>
/// <param name="Position">Record of that entry.</param>
/// <param name="Attempts">Attempts made.</param>
/// <param name="NextAt">When it is tried next, microseconds since 1970 UTC.</param>
/// <param name="IsDead">Whether it was given up.</param>
/// <param name="Reason">Why the last attempt failed.</param>
/// <param name="CreatedAt">When it was put on its way.</param>
internal sealed record Delivery(long Id, string Webhook, long Entry, int Position, int Attempts, long NextAt, bool IsDead, string? Reason, long CreatedAt);

/// <summary>
/// Turns entries into deliveries. The journal is the outbox: an event is in it in the same transaction as the change it tells of, and
/// how far it has been turned into deliveries is advanced in the same transaction as these. So a crash loses no event and doubles none.
/// </summary>
internal sealed class Outbox(SqliteWorkspaceStore store, Webhooks webhooks)
{
    private const int Page = 1_000;
    // Read far without finding anything to send: not worth a commit each time.
    private const int NoteEvery = 10_000;

    private long? _next, _noted;

    /// <summary>Takes in what was appended since. One caller at a time.</summary>
    /// <returns>How many deliveries were made.</returns>
    public async Task<int> TakeInAsync(CancellationToken cancel)
    {
        var all = webhooks.All();
        if (all.Count == 0) return 0;
        _noted ??= store.Read(static connection => SignalRows.All(connection, OutboxSql.Next, null, null, static row => row.GetInt64(0))) is [var noted] ? noted : 0;
        var next = Math.Max(_next ?? _noted.Value, all.Min(static webhook => webhook.Entry) + 1);
        var made = 0;
        for (var size = store.Size; next < size;)
        {
            cancel.ThrowIfCancellationRequested();
            var to = Math.Min(next + Page, size);
            var found = Published(next, to).SelectMany(one => all.Where(webhook => webhook.Entry < one.Index && webhook.Wants(one.Type)).Select(webhook => (webhook.Id, one.Index, one.Records))).ToList();
            if (found.Count > 0 || to - _noted > NoteEvery)
            {
                made += await store.WriteAsync(work => Commit(work, found, to), cancel).ConfigureAwait(false);
                _noted = to;
            }
            _next = next = to;
        }
        return made;
    }

    private List<(long Index, string Type, int Records)> Published(long from, long to) => store.WithReader(reader =>
    {
        var found = new List<(long, string, int)>();
        using var rows = reader.Commands.Get(JournalSql.Heads).Bind("@from", from).Bind("@to", to).ExecuteReader();
        for (var index = from; rows.Read(); index++)
        {
            var head = EntryHead.Parse(rows.GetFieldValue<byte[]>(0));
            if (EventCatalogue.FieldsOf(head.Type) is not null) found.Add((index, head.Type, head.RecordCount));
        }
        return found;
    });

    private static int Commit(UnitOfWork work, List<(string Webhook, long Entry, int Records)> found, long next)
    {
        var made = 0;
        foreach (var (webhook, entry, records) in found)
        {
            for (var position = 0; position < records; position++)
            {
                made += work.Command(OutboxSql.Add).Bind("@webhook", webhook).Bind("@entry", entry).Bind("@position", position).Bind("@now", work.Now).ExecuteNonQuery();
            }
        }
        work.Command(OutboxSql.SetNext).Bind("@next", next).ExecuteNonQuery();
        return made;
    }
}

internal static class OutboxSql
{
    private const string Columns = "id, webhook, entry, position, attempts, next_us, is_dead, reason, created_us";

    public const string Next = "SELECT next FROM outbox WHERE id = 1";
    public const string SetNext = "INSERT INTO outbox (id, next) VALUES (1, @next) ON CONFLICT (id) DO UPDATE SET next = @next";
    // One that was removed while its events were being taken in gets nothing any more.
    public const string Add = """
        INSERT INTO delivery (webhook, entry, position, attempts, next_us, is_dead, created_us)
        SELECT @webhook, @entry, @position, 0, @now, 0, @now WHERE EXISTS (SELECT 1 FROM webhook WHERE id = @webhook AND is_removed = 0)
        ON CONFLICT (webhook, entry, position) DO NOTHING
        """;
    public const string Due = $"SELECT {Columns} FROM delivery WHERE is_dead = 0 AND next_us <= @now AND webhook = @webhook ORDER BY next_us, id LIMIT 32";
    public const string WebhooksDue = "SELECT DISTINCT webhook FROM delivery WHERE is_dead = 0 AND next_us <= @now";
    public const string Done = "DELETE FROM delivery WHERE id = @id";
    public const string Failed = "UPDATE delivery SET attempts = @attempts, next_us = @next, is_dead = @dead, reason = @reason WHERE id = @id";
    public const string Dead = $"SELECT {Columns} FROM delivery WHERE is_dead = 1 ORDER BY id LIMIT 1000";
    public const string Replay = "UPDATE delivery SET is_dead = 0, attempts = 0, next_us = @now WHERE is_dead = 1 AND id = @id";
    public const string ReplayAll = "UPDATE delivery SET is_dead = 0, attempts = 0, next_us = @now WHERE is_dead = 1";
    public const string DropAll = "DELETE FROM delivery WHERE webhook = @webhook";
    public const string Waiting = "SELECT COUNT(*) FROM delivery WHERE is_dead = 0";

    public static Delivery Row(SqliteDataReader row) => new(
        row.GetInt64(0), row.GetString(1), row.GetInt64(2), row.GetInt32(3), row.GetInt32(4), row.GetInt64(5), row.GetInt64(6) != 0, row.IsDBNull(7) ? null : row.GetString(7), row.GetInt64(8));
}
