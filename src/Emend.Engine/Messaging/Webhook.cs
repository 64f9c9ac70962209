using System.Collections.Immutable;
using System.Text.Json;
using Emend.Engine.Capturing;
using Emend.Engine.Journal;
using Emend.Engine.Storage;
using Microsoft.Data.Sqlite;

namespace Emend.Engine.Messaging;

/// <summary>Where events of a workspace are sent.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Host">Host of its address; the whole address may hold a token and stands in the journal, encrypted.</param>
/// <param name="Types">Types of events it wants; empty: all.</param>
/// <param name="AddedAt">When it was added, microseconds since 1970 UTC.</param>
/// <param name="RotatedAt">When its secret was changed; null when never.</param>
/// <param name="Entry">Entry that added it: events of later entries are sent.</param>
internal sealed record Webhook(string Id, string Host, ImmutableArray<string> Types, long AddedAt, long? RotatedAt, long Entry)
{
    /// <summary>Whether it wants events of a type.</summary>
    public bool Wants(string type) => Types.IsEmpty || Types.Contains(type, StringComparer.Ordinal);
}

/// <summary>Questions about webhooks.</summary>
internal sealed class Webhooks(IWorkspaceStore store)
{
    /// <summary>All there are, by id.</summary>
    public IReadOnlyList<Webhook> All() => store.Read(static connection => SignalRows.All(connection, WebhookSql.All, null, null, WebhookSql.Row));

    /// <summary>One; null when there is none of this id.</summary>
    public Webhook? Find(string id) => store.Read(connection => SignalRows.All(connection, WebhookSql.Find, "@id", id, WebhookSql.Row)).FirstOrDefault();

    /// <summary>Its whole address.</summary>
    public Uri UrlOf(Webhook webhook) => new(store.Record(webhook.Entry, 0).Text(WebhookProjection.Url));
}

/// <summary>Webhooks as they stand.</summary>
internal sealed class WebhookProjection : IProjection
{
    public const string Added = "webhook.added", Rotated = "webhook.rotated", Removed = "webhook.removed";

    /// <summary>Field with the whole address.</summary>
    public const string Url = "url";

    /// <inheritdoc/>
    public string Name => "webhooks";

    /// <inheritdoc/>
    public IReadOnlyList<string> Tables { get; } = ["webhook"];

    /// <inheritdoc/>
    public IReadOnlyList<string> DigestQueries { get; } = ["SELECT id, host, types, is_removed, added_us, rotated_us FROM webhook ORDER BY id"];

    /// <inheritdoc/>
    public void Apply(UnitOfWork work, JournalEntry entry)
    {
        if (entry.Type is not (Added or Rotated or Removed)) return;
        var record = entry.Records[0];
        switch (entry.Type)
        {
            case Added:
                work.Command(WebhookSql.Add).Bind("@id", record.Id).Bind("@host", record.Text("host")).Bind("@types", record["types"])
                    .Bind("@at", entry.OccurredAt).Bind("@entry", entry.Index).ExecuteNonQuery();
                break;
            case Rotated:
                work.Command(WebhookSql.Rotate).Bind("@id", record.Id).Bind("@at", entry.OccurredAt).ExecuteNonQuery();
                break;
            default:
                work.Command(WebhookSql.Remove).Bind("@id", record.Id).ExecuteNonQuery();
                break;
        }
    }
}

internal static class WebhookSql
{
    private const string Columns = "id, host, types, added_us, rotated_us, entry";

    public const string Add = "INSERT INTO webhook (id, host, types, is_removed, added_us, entry) VALUES (@id, @host, @types, 0, @at, @entry) ON CONFLICT (id) DO NOTHING";
    public const string Rotate = "UPDATE webhook SET rotated_us = @at WHERE id = @id";
    public const string Remove = "UPDATE webhook SET is_removed = 1 WHERE id = @id";
    public const string All = $"SELECT {Columns} FROM webhook WHERE is_removed = 0 ORDER BY id";
    public const string Find = $"SELECT {Columns} FROM webhook WHERE is_removed = 0 AND id = @id";
    public const string Count = "SELECT COUNT(*) FROM webhook";

    public static Webhook Row(SqliteDataReader row)
    {
        using var types = JsonDocument.Parse(row.GetString(2));
        return new(row.GetString(0), row.GetString(1), [.. types.RootElement.EnumerateArray().Select(static type => type.GetString()!)],
            row.GetInt64(3), row.IsDBNull(4) ? null : row.GetInt64(4), row.GetInt64(5));
    }
}

/// <summary>Secrets of webhooks: in the key store, wrapped under the installation's key, never in the journal.</summary>
internal sealed class WebhookSecrets(SqliteWorkspaceStore store)
{
    /// <summary>What messages are signed with now, the newest first.</summary>
    public IReadOnlyList<byte[]> Of(Webhook webhook, long now, TimeSpan overlap)
    {
        var current = store.Keys.Secret(Current(webhook.Id))
            ?? throw new StorageException($"the secret of webhook {webhook.Id} is not in the key store: the keys are older than the journal. Rotate it (`emend webhooks rotate {webhook.Id}`) and give the receiver the new one.");
        var signsAlong = webhook.RotatedAt is { } rotated && now - rotated < overlap.Ticks / TimeSpan.TicksPerMicrosecond;
        return signsAlong && store.Keys.Secret(Previous(webhook.Id)) is { } previous ? [current, previous] : [current];
    }

    /// <summary>Keeps the first secret.</summary>
    public void Keep(string webhook, ReadOnlySpan<byte> secret) => store.Keys.KeepSecret(Current(webhook), secret);

    /// <summary>Keeps a new secret; the one until now signs along for a while.</summary>
    public void Rotate(string webhook, ReadOnlySpan<byte> secret)
    {
        if (store.Keys.Secret(Current(webhook)) is { } before) store.Keys.KeepSecret(Previous(webhook), before);
        Keep(webhook, secret);
    }

    /// <summary>Forgets both.</summary>
    public void Forget(string webhook)
    {
        store.Keys.ForgetSecret(Current(webhook));
        store.Keys.ForgetSecret(Previous(webhook));
    }

    private static string Current(string webhook) => $"webhook/{webhook}";

    private static string Previous(string webhook) => $"webhook/{webhook}/previous";
}
