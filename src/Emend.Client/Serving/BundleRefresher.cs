using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.ServerSentEvents;
using Emend.Client.Observing;
using Emend.Logic;
using Microsoft.Extensions.Logging;

namespace Emend.Client.Serving;

/// <summary>
/// Keeps the agent's logic up to date: listens to the server's stream, asks in long polls when there is none, verifies what comes, and
/// swaps it in. Whatever fails, what decides stays in force, and it listens again, for ever.
/// </summary>
internal sealed partial class BundleRefresher
{
    /// <summary>Event of the stream that carries a manifest.</summary>
    public const string ManifestEvent = "manifest";

    private const int MaxBundle = 64 << 20;
    private static readonly TimeSpan PollFor = TimeSpan.FromSeconds(25);

    private readonly EmendClientOptions _options;
    private readonly Trust _trust;
    private readonly BundleHolder _holder;
    private readonly BundleDisk _disk;
    private readonly HttpClient _http;
    private readonly TimeProvider _clock;
    private readonly ILogger _log;
    private readonly Backoff _backoff;
    private readonly HashSet<string> _told = new(StringComparer.Ordinal);
    private readonly TaskCompletionSource _first = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private string? _etag;

    public BundleRefresher(EmendClientOptions options, Trust trust, BundleHolder holder, BundleDisk disk, HttpClient http, TimeProvider clock, ILogger log)
    {
        (_options, _trust, _holder, _disk, _http, _clock, _log) = (options, trust, holder, disk, http, clock, log);
        _backoff = new(options.FirstPause, options.LongestPause, (uint)Environment.ProcessId * 40_503);
    }

    /// <summary>Done once a verified manifest is in force.</summary>
    public Task First => _first.Task;

    /// <summary>Told when a manifest came in force.</summary>
    public event EventHandler? Applied;

    /// <summary>Takes up what an earlier process left on disk.</summary>
    public void LoadFromDisk()
    {
        try
        {
            _holder.Remember(_disk.Floor());
            if (_disk.Manifest() is not { } note) return;
            var verified = VerifiedManifest.Of(note, _trust);
            verified.MustNotGoBack(_holder.Floor, held: null);
            var bundles = new Dictionary<string, CompiledBundle>(StringComparer.Ordinal);
            foreach (var bundle in verified.Manifest.Bundles)
            {
                if (_disk.Bundle(bundle.Digest) is not { } compiled) throw new VerificationException("bundle.missing", $"bundle {bundle.Digest} is not on disk");
                bundles.Add(bundle.Digest, compiled);
            }
            _holder.Swap(new(verified, bundles));
            _first.TrySetResult();
            FromDisk(_log, verified.Manifest.Counter, verified.Manifest.Served ?? "none");
        }
        catch (VerificationException why)
        {
            Refuse(why, "disk");
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            Refuse(new VerificationException("disk.unreadable", fault.Message, fault), "disk");
        }
    }

    /// <summary>Listens until it is told to stop.</summary>
    public async Task RunAsync(CancellationToken cancel)
    {
        var streamFailures = 0;
        while (true)
        {
            try
            {
                if (streamFailures < 2)
                {
                    streamFailures++;
                    await StreamAsync(() => streamFailures = 0, cancel).ConfigureAwait(false);
                }
                else
                {
                    // Something on the way does not let streams through: ask, and try the stream again later.
                    for (var polls = 0; polls < 20; polls++) await PollAsync(cancel).ConfigureAwait(false);
                    streamFailures = 1;
                }
            }
            catch (Exception fault)
            {
                // A request that fails just as the client closes ends like one that was cancelled.
                if (!cancel.IsCancellationRequested && _told.Add("listen:" + fault.GetType().Name)) CannotListen(_log, _options.Server, fault.Message);
            }
            cancel.ThrowIfCancellationRequested();
            await Task.Delay(_backoff.Next(), _clock, cancel).ConfigureAwait(false);
        }
    }

    /// <summary>Verifies a manifest and what it names, and puts it in force. A refusal is said and counted; nothing changes then.</summary>
    public async Task<bool> ApplyAsync(string note, CancellationToken cancel)
    {
        using var activity = ClientMeters.Source.StartActivity("apply manifest");
        try
        {
            var held = _holder.Current;
            var verified = VerifiedManifest.Of(note, _trust, held?.Verified.Manifest);
            verified.MustNotGoBack(_holder.Floor, held?.Verified.Manifest);
            var bundles = new Dictionary<string, CompiledBundle>(StringComparer.Ordinal);
            foreach (var bundle in verified.Manifest.Bundles) bundles.Add(bundle.Digest, await BundleAsync(bundle.Digest, held, cancel).ConfigureAwait(false));
            // In force first: a kill switch does not wait for a disk. A crash before it is saved starts again on the one before.
            _holder.Swap(new(verified, bundles));
            Note(verified.Manifest, held?.Verified.Manifest);
            Save(verified);
            return true;
        }
        catch (VerificationException why)
        {
            Refuse(why, "server");
            return false;
        }
    }

    private async Task StreamAsync(Action alive, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"v1/bundles/{Uri.EscapeDataString(_options.Agent)}/events");
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
        if (_holder.Current is { } current) request.Headers.TryAddWithoutValidation("Last-Event-ID", current.Verified.Manifest.Counter.ToString(CultureInfo.InvariantCulture));
        using var silence = new CancellationTokenSource(_options.RequestTimeout, _clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(silence.Token, cancel);
        using var answer = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token).ConfigureAwait(false);
        answer.EnsureSuccessStatusCode();
        await using var stream = new WatchedStream(await answer.Content.ReadAsStreamAsync(either.Token).ConfigureAwait(false), () => silence.CancelAfter(_options.SilenceLimit));
        silence.CancelAfter(_options.SilenceLimit);
        await foreach (var item in SseParser.Create(stream).EnumerateAsync(either.Token).ConfigureAwait(false))
        {
            alive();
            _backoff.Reset();
            if (item.EventType != ManifestEvent) continue;
            silence.CancelAfter(Timeout.InfiniteTimeSpan); // a download has a limit of its own
            await ApplyAsync(item.Data + "\n", either.Token).ConfigureAwait(false);
            silence.CancelAfter(_options.SilenceLimit);
        }
    }

    private async Task PollAsync(CancellationToken cancel)
    {
        var path = string.Create(CultureInfo.InvariantCulture, $"v1/bundles/{Uri.EscapeDataString(_options.Agent)}/manifest?wait={PollFor.TotalSeconds}");
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (_etag is not null) request.Headers.TryAddWithoutValidation("If-None-Match", _etag);
        using var limit = new CancellationTokenSource(PollFor + _options.RequestTimeout, _clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancel);
        using var answer = await _http.SendAsync(request, either.Token).ConfigureAwait(false);
        if (answer.StatusCode == HttpStatusCode.NotModified) return;
        answer.EnsureSuccessStatusCode();
        _backoff.Reset();
        if (await ApplyAsync(await answer.Content.ReadAsStringAsync(either.Token).ConfigureAwait(false), either.Token).ConfigureAwait(false)) _etag = answer.Headers.ETag?.ToString();
    }

    // From what is loaded, else from disk, else from the server; verified each time.
    private async Task<CompiledBundle> BundleAsync(string digest, ServingSnapshot? held, CancellationToken cancel)
    {
        if (held is not null && held.Bundles.TryGetValue(digest, out var loaded)) return loaded;
        try
        {
            if (_disk.Bundle(digest) is { } saved) return saved;
        }
        catch (Exception fault) when (fault is VerificationException or IOException)
        {
            Refuse(fault as VerificationException ?? new("disk.unreadable", fault.Message, fault), "disk");
        }
        using var limit = new CancellationTokenSource(_options.RequestTimeout, _clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancel);
        using var answer = await _http.GetAsync($"v1/bundles/by-digest/{digest}", HttpCompletionOption.ResponseHeadersRead, either.Token).ConfigureAwait(false);
        answer.EnsureSuccessStatusCode();
        if (answer.Content.Headers.ContentLength > MaxBundle) throw new VerificationException("bundle.too-large", $"bundle {digest} is larger than {MaxBundle} bytes");
        var bytes = await answer.Content.ReadAsByteArrayAsync(either.Token).ConfigureAwait(false);
        var compiled = BundleDisk.Verified(bytes, digest);
        try
        {
            _disk.Save(digest, bytes);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            Unsaved(fault);
        }
        return compiled;
    }

    private void Save(VerifiedManifest verified)
    {
        try
        {
            _disk.Save(verified);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // A full disk must not keep a kill switch or a rollback from taking effect.
            Unsaved(fault);
        }
    }

    private void Note(ReleaseManifest now, ReleaseManifest? before)
    {
        _first.TrySetResult();
        if (now.Counter != before?.Counter)
        {
            ClientMeters.Applied.Add(1);
            if (before is not null && now.ChangedAt > 0) ClientMeters.TimeToApply.Record(Math.Max(0, (FeatureValue.UnixMicroseconds(_clock.GetUtcNow()) - now.ChangedAt) / 1_000.0), new KeyValuePair<string, object?>("agent", _options.Agent));
            InForce(_log, now.Counter, now.Served ?? "none", now.Release?.ShareBp ?? 0, now.IsKilled);
        }
        Applied?.Invoke(this, EventArgs.Empty);
    }

    private void Refuse(VerificationException why, string from)
    {
        ClientMeters.Refused.Add(1, new KeyValuePair<string, object?>("code", why.Code), new KeyValuePair<string, object?>("from", from));
        RefusedManifest(_log, from, why.Code, why.Message);
    }

    private void Unsaved(Exception fault)
    {
        ClientMeters.Unsaved.Add(1);
        NotSaved(_log, fault.Message);
    }

    [LoggerMessage(7001, LogLevel.Information, "In force: release counter {Counter}, bundle {Bundle}, {ShareBp} bp of units on a candidate, killed: {IsKilled}")]
    private static partial void InForce(ILogger log, long counter, string bundle, int shareBp, bool isKilled);

    [LoggerMessage(7002, LogLevel.Information, "Started on the last good logic from disk: release counter {Counter}, bundle {Bundle}")]
    private static partial void FromDisk(ILogger log, long counter, string bundle);

    [LoggerMessage(7003, LogLevel.Error, "What came from the {From} is not used ({Code}): {Reason}. The logic in force stays")]
    private static partial void RefusedManifest(ILogger log, string from, string code, string reason);

    [LoggerMessage(7004, LogLevel.Warning, "Cannot listen to {Server}: {Reason}. The logic in force stays; it is tried again")]
    private static partial void CannotListen(ILogger log, Uri? server, string reason);

    [LoggerMessage(7005, LogLevel.Warning, "The logic in force could not be saved ({Reason}): after a restart an older one may serve until the server answers")]
    private static partial void NotSaved(ILogger log, string reason);

    // Every byte is a sign of life, heartbeats included, which the parser passes over.
    private sealed class WatchedStream(Stream inner, Action alive) : Stream
    {
        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var read = await inner.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
            alive();
            return read;
        }

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
        public override int Read(byte[] buffer, int offset, int count) => inner.Read(buffer, offset, count);
        public override void Flush() { }
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing) inner.Dispose();
            base.Dispose(disposing);
        }
    }
}
