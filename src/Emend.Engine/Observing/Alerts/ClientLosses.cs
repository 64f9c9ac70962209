using System.Collections.Concurrent;

namespace Emend.Engine.Observing.Alerts;

/// <summary>What the processes of agents report about records they lost. Kept in memory: a client reports again, and its counters only grow.</summary>
/// <remarks>Bounded: the client that reported longest ago makes room for a new one.</remarks>
internal sealed class ClientLosses(TimeProvider clock)
{
    private const int Kept = 10_000;
    private readonly ConcurrentDictionary<string, Reported> _clients = new(StringComparer.Ordinal);

    private sealed record Reported(long Lost, long LostAt, long SeenAt);

    /// <summary>Takes a report in. A counter that fell means that the client started again: what it lost before is over.</summary>
    /// <param name="client">Name of the client's process; not a person's.</param>
    /// <param name="lost">Records it lost since it started.</param>
    public void Report(string client, long lost)
    {
        ArgumentException.ThrowIfNullOrEmpty(client);
        var now = Microseconds.Of(clock.GetUtcNow());
        _clients.AddOrUpdate(client, _ => new(lost, lost > 0 ? now : 0, now), (_, known) => new(lost, lost > known.Lost || (lost < known.Lost && lost > 0) ? now : known.LostAt, now));
        if (_clients.Count > Kept && _clients.MinBy(static pair => pair.Value.SeenAt) is { Key: { } oldest }) _clients.TryRemove(oldest, out _);
    }

    /// <summary>What is known.</summary>
    public IReadOnlyList<ClientLoss> All() =>
        [.. _clients.Where(static pair => pair.Value.Lost > 0).Select(static pair => new ClientLoss(pair.Key, pair.Value.Lost, pair.Value.LostAt)).OrderBy(static loss => loss.Client, StringComparer.Ordinal)];
}
