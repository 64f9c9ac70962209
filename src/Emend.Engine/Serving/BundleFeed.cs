using System.Collections.Concurrent;
using System.Threading.Channels;
using Emend.Engine.Releasing;

namespace Emend.Engine.Serving;

/// <summary>
/// Tells everybody who listens what an agent is served, as soon as that changed: signed once, handed to all. A slow listener holds up
/// nobody; it finds the latest manifest when it looks again, and never an older one after a newer.
/// </summary>
internal sealed class BundleFeed : IAsyncDisposable
{
    /// <summary>A manifest is signed again when it is older than this and somebody asks, so that its age stays a sign of life.</summary>
    public static readonly TimeSpan SignedAgainAfter = TimeSpan.FromHours(1);

    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private readonly PublishBundle _publish;
    private readonly ReleaseLedger _ledger;
    private readonly TimeProvider _clock;
    private readonly ConcurrentDictionary<string, AgentFeed> _agents = new(StringComparer.Ordinal);
    // Names only, and one reader that signs each agent once however often it stands in it: it cannot grow beyond the release steps taken meanwhile.
    private readonly Channel<string> _changed = Channel.CreateUnbounded<string>(new() { SingleReader = true });
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _worker;

    public BundleFeed(PublishBundle publish, ReleaseLedger ledger, TimeProvider clock)
    {
        (_publish, _ledger, _clock) = (publish, ledger, clock);
        _ledger.Changed += OnChanged;
        _worker = Task.Run(WorkAsync);
    }

    /// <summary>Listeners now.</summary>
    public int Listeners => _agents.Values.Sum(static agent => agent.Count);

    /// <summary>What an agent is served now, signed.</summary>
    public async Task<SignedManifest> CurrentAsync(string agent, CancellationToken cancel)
    {
        var feed = _agents.GetOrAdd(agent, static _ => new());
        return feed.Latest is { } latest && !IsOld(latest) && latest.Manifest.Counter == _ledger.Board(agent).Counter
            ? latest
            : await SignAsync(agent, feed, cancel).ConfigureAwait(false);
    }

    /// <summary>The next manifest after one, or that one again when nothing changed for a while (long poll).</summary>
    /// <param name="agent">The agent.</param>
    /// <param name="etag">What the caller has; null: nothing.</param>
    /// <param name="wait">How long to wait at most.</param>
    /// <param name="cancel">Cancels.</param>
    public async Task<SignedManifest> NextAsync(string agent, string? etag, TimeSpan wait, CancellationToken cancel)
    {
        using var listener = Listen(agent);
        var current = await CurrentAsync(agent, cancel).ConfigureAwait(false);
        if (!string.Equals(current.ETag, etag, StringComparison.Ordinal)) return current;
        using var limit = new CancellationTokenSource(wait, _clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancel);
        try
        {
            while (await listener.Manifests.WaitToReadAsync(either.Token).ConfigureAwait(false))
                while (listener.Manifests.TryRead(out var next))
                    if (!string.Equals(next.ETag, etag, StringComparison.Ordinal)) return next;
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            // Nothing changed.
        }
        return current;
    }

    /// <summary>Begins to listen. What is served now is not among what it hears: ask <see cref="CurrentAsync"/> after this call.</summary>
    public Listener Listen(string agent) => new(_agents.GetOrAdd(agent, static _ => new()));

    public async ValueTask DisposeAsync()
    {
        _ledger.Changed -= OnChanged;
        if (!_changed.Writer.TryComplete()) return;
        await _stop.CancelAsync().ConfigureAwait(false);
        await _worker.ConfigureAwait(false);
        foreach (var agent in _agents.Values) agent.Complete();
        _stop.Dispose();
    }

    private bool IsOld(SignedManifest signed) => Microseconds.Of(_clock.GetUtcNow()) - signed.Manifest.IssuedAt > (long)SignedAgainAfter.TotalMicroseconds;

    private void OnChanged(string agent) => _changed.Writer.TryWrite(agent);

    private async Task WorkAsync()
    {
        try
        {
            while (await _changed.Reader.WaitToReadAsync(_stop.Token).ConfigureAwait(false))
            {
                var agents = new HashSet<string>(StringComparer.Ordinal);
                while (_changed.Reader.TryRead(out var agent)) agents.Add(agent);
                foreach (var agent in agents) await RepublishAsync(agent).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // Closing.
        }
    }

    private async Task RepublishAsync(string agent)
    {
        while (true)
        {
            try
            {
                var feed = _agents.GetOrAdd(agent, static _ => new());
                if (feed.Latest?.Manifest.Counter != _ledger.Board(agent).Counter) await SignAsync(agent, feed, _stop.Token).ConfigureAwait(false);
                return;
            }
            catch (Exception fault) when (fault is not OperationCanceledException)
            {
                // A full disk, a lost key: clients stay on what they have, and are told as soon as it can be signed.
                ServingTelemetry.PublishFailures.Add(1, new KeyValuePair<string, object?>("fault", fault.GetType().Name));
                await Task.Delay(RetryAfter, _clock, _stop.Token).ConfigureAwait(false);
            }
        }
    }

    private async Task<SignedManifest> SignAsync(string agent, AgentFeed feed, CancellationToken cancel)
    {
        var signed = await _publish.SignAsync(agent, cancel).ConfigureAwait(false);
        return feed.Publish(signed);
    }

    /// <summary>One who listens; dispose it to stop.</summary>
    internal sealed class Listener : IDisposable
    {
        private readonly AgentFeed _feed;
        // Room for one: the latest takes the place of what was not read yet.
        private readonly Channel<SignedManifest> _manifests = Channel.CreateBounded<SignedManifest>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest });

        internal Listener(AgentFeed feed)
        {
            _feed = feed;
            _feed.Add(this);
        }

        /// <summary>Manifests signed since, the latest only; ends when the server closes.</summary>
        public ChannelReader<SignedManifest> Manifests => _manifests.Reader;

        internal void Hear(SignedManifest manifest) => _manifests.Writer.TryWrite(manifest);

        internal void Complete() => _manifests.Writer.TryComplete();

        public void Dispose() => _feed.Remove(this);
    }

    /// <summary>The latest manifest of an agent and who listens.</summary>
    internal sealed class AgentFeed
    {
        private readonly Lock _lock = new();
        private readonly HashSet<Listener> _listeners = [];
        private bool _isComplete;

        public SignedManifest? Latest { get; private set; }

        public int Count
        {
            get
            {
                lock (_lock) return _listeners.Count;
            }
        }

        public void Add(Listener listener)
        {
            lock (_lock)
            {
                if (_isComplete) listener.Complete();
                else _listeners.Add(listener);
            }
        }

        public void Remove(Listener listener)
        {
            lock (_lock) _listeners.Remove(listener);
        }

        // Two may sign side by side: what was signed on an older board never replaces a newer one.
        public SignedManifest Publish(SignedManifest signed)
        {
            lock (_lock)
            {
                if (Latest is { } latest && latest.Manifest.Counter > signed.Manifest.Counter) return latest;
                Latest = signed;
                foreach (var listener in _listeners) listener.Hear(signed);
                ServingTelemetry.Published.Add(1);
                return signed;
            }
        }

        public void Complete()
        {
            lock (_lock)
            {
                _isComplete = true;
                foreach (var listener in _listeners) listener.Complete();
                _listeners.Clear();
            }
        }
    }
}
