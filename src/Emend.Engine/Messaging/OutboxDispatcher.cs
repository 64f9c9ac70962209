using System.Collections.Concurrent;
using Emend.Engine.Capturing;
using Emend.Engine.Storage;

namespace Emend.Engine.Messaging;

/// <summary>
/// Sends what is due. Every webhook has a lane of its own, so that one that hangs keeps nobody else waiting; nothing here is on the
/// path of requests. A message is sent at least once: a crash after the receiver took it and before that was noted repeats it under its id. Order is not promised.
/// </summary>
internal sealed class OutboxDispatcher(SqliteWorkspaceStore store, Webhooks webhooks, WebhookSecrets secrets, Outbox outbox, WebhookSender sender, WebhookOptions options, TimeProvider clock)
{
    private readonly ConcurrentDictionary<string, Task> _lanes = new(StringComparer.Ordinal);
    // Taken by the receiver, but the disk did not let us note it: noted later, and not sent again meanwhile.
    private readonly ConcurrentDictionary<long, byte> _accepted = new();

    /// <summary>Takes in what was appended and starts a lane for every webhook that has something due and no lane yet. Does not wait for them.</summary>
    public async Task LookAsync(CancellationToken cancel)
    {
        await outbox.TakeInAsync(cancel).ConfigureAwait(false);
        var now = Microseconds.Of(clock.GetUtcNow());
        foreach (var id in store.Read(connection => SignalRows.All(connection, OutboxSql.WebhooksDue, "@now", now, static row => row.GetString(0))))
        {
            if (_lanes.TryGetValue(id, out var lane) && !lane.IsCompleted) continue;
            if (webhooks.Find(id) is { } webhook) _lanes[id] = Task.Run(() => RunLaneAsync(webhook, cancel), CancellationToken.None);
        }
    }

    /// <summary>Waits until every lane has ended.</summary>
    public Task IdleAsync() => Task.WhenAll(_lanes.Values);

    /// <summary>Waits until the lane of one webhook has ended.</summary>
    public Task IdleAsync(string webhook) => _lanes.TryGetValue(webhook, out var lane) ? lane : Task.CompletedTask;

    /// <summary>Sends one message now, outside the outbox, and says how it went.</summary>
    public Task<SendResult> TestAsync(Webhook webhook, CancellationToken cancel)
    {
        var now = clock.GetUtcNow();
        return sender.SendAsync(
            webhooks.UrlOf(webhook), CloudEvent.Test("test-" + Guid.CreateVersion7(now).ToString("N"), store.Files.Name, webhook.Id, Microseconds.Of(now)),
            secrets.Of(webhook, Microseconds.Of(now), options.Overlap), cancel);
    }

    private async Task RunLaneAsync(Webhook webhook, CancellationToken cancel)
    {
        var hasTimedOut = false;
        while (!hasTimedOut && !cancel.IsCancellationRequested)
        {
            var now = Microseconds.Of(clock.GetUtcNow());
            var due = store.Read(connection =>
            {
                using var select = connection.CreateCommand();
                select.CommandText = OutboxSql.Due;
                return SignalRows.All(select.Bind("@now", now).Bind("@webhook", webhook.Id), OutboxSql.Row);
            });
            if (due.Count == 0) return;
            foreach (var delivery in due)
            {
                try
                {
                    // After one that hung the others are left for later: they would hang as well.
                    if (await DeliverAsync(webhook, delivery, cancel).ConfigureAwait(false) is "timeout") hasTimedOut = true;
                }
                catch (OperationCanceledException)
                {
                    return;
                }
                catch (StorageException)
                {
                    // The disk is full or gone. What was sent is remembered in memory; the rest stays due.
                    MessagingTelemetry.Attempted("not-noted");
                    return;
                }
                if (hasTimedOut) return;
            }
        }
    }

    private async Task<string> DeliverAsync(Webhook webhook, Delivery delivery, CancellationToken cancel)
    {
        if (!_accepted.ContainsKey(delivery.Id))
        {
            var entry = store.Entries(delivery.Entry, delivery.Entry + 1).First();
            var result = CloudEvent.Of(store.Files.Name, entry, delivery.Position) is { } message
                ? await sender.SendAsync(webhooks.UrlOf(webhook), message, secrets.Of(webhook, Microseconds.Of(clock.GetUtcNow()), options.Overlap), cancel).ConfigureAwait(false)
                : new SendResult(true, "withdrawn");
            MessagingTelemetry.Attempted(result.Code);
            if (!result.IsAccepted)
            {
                await NoteFailureAsync(delivery, result, cancel).ConfigureAwait(false);
                return result.Code;
            }
            _accepted[delivery.Id] = 0;
        }
        // Begun is finished: what was accepted is noted although we are ending.
        await store.WriteAsync(work => work.Command(OutboxSql.Done).Bind("@id", delivery.Id).ExecuteNonQuery(), CancellationToken.None).ConfigureAwait(false);
        _accepted.TryRemove(delivery.Id, out _);
        return "accepted";
    }

    private Task<int> NoteFailureAsync(Delivery delivery, SendResult result, CancellationToken cancel)
    {
        var attempts = delivery.Attempts + 1;
        var isDead = result.IsFinal || attempts >= options.Attempts;
        var wait = RetrySchedule.After(delivery.Id, attempts);
        // A receiver may ask for more time, not for a place in front, and not for ever.
        if (result.RetryAfter is { } asked && asked > wait) wait = asked < TimeSpan.FromHours(6) ? asked : TimeSpan.FromHours(6);
        if (isDead) MessagingTelemetry.Dead();
        var next = Microseconds.Of(clock.GetUtcNow()) + wait.Ticks / TimeSpan.TicksPerMicrosecond;
        return store.WriteAsync(
            work => work.Command(OutboxSql.Failed).Bind("@id", delivery.Id).Bind("@attempts", attempts).Bind("@next", next).Bind("@dead", isDead ? 1 : 0).Bind("@reason", result.Code).ExecuteNonQuery(),
            cancel);
    }
}
