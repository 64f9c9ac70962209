using Emend.Engine.Access;
using Emend.Engine.Capturing;
using Emend.Engine.Storage;

namespace Emend.Engine.Messaging;

internal sealed record DeliveryIsNotDead(long Id) : Refusal("webhook.not-dead", $"no message {Id} was given up; `emend webhooks dead` shows those that were");

/// <summary>Messages that were given up.</summary>
internal sealed class DeadLetters(IWorkspaceStore store)
{
    /// <summary>The oldest thousand.</summary>
    public IReadOnlyList<Delivery> List() => store.Read(static connection => SignalRows.All(connection, OutboxSql.Dead, null, null, OutboxSql.Row));

    /// <summary>Messages that wait for an attempt.</summary>
    public long Waiting() => store.Read(static connection => SignalRows.All(connection, OutboxSql.Waiting, null, null, static row => row.GetInt64(0)))[0];

    /// <summary>Sends one again from the first attempt on, or all of them. The receiver sees the id it saw before.</summary>
    /// <param name="id">Which; null: all.</param>
    /// <param name="by">Who asks.</param>
    /// <param name="cancel">Cancels while it waits for its turn.</param>
    /// <returns>How many.</returns>
    public async Task<Answer<int>> ReplayAsync(long? id, Actor by, CancellationToken cancel)
    {
        if (by.Lacks(Permission.OpsPause) is { } no) return no;
        var count = await store.WriteAsync(
            work => id is { } one
                ? work.Command(OutboxSql.Replay).Bind("@id", one).Bind("@now", work.Now).ExecuteNonQuery()
                : work.Command(OutboxSql.ReplayAll).Bind("@now", work.Now).ExecuteNonQuery(),
            cancel).ConfigureAwait(false);
        return count == 0 && id is { } missing ? new DeliveryIsNotDead(missing) : count;
    }
}
