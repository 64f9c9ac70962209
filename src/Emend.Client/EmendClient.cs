using System.Diagnostics.Metrics;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using Emend.Client.Capturing;
using Emend.Client.Observing;
using Emend.Client.Serving;
using Emend.Logic;
using Emend.Logic.Evaluation;
using Emend.Logic.Guidance;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Emend.Client;

/// <summary>
/// Emend inside an agent's process. Ask <see cref="Decide"/> before acting; hand in what people say with <see cref="CorrectAsync"/> and
/// what became known with <see cref="Report"/>.
/// </summary>
/// <remarks>
/// Decides from verified logic in memory: no network, no lock shared with it, nothing allocated (patched arguments apart). After
/// <see cref="Open"/> nothing here throws on the decision path; what cannot be done falls back, says why and is counted. Safe for
/// concurrent use; one per agent and process.
/// </remarks>
public sealed class EmendClient : IAsyncDisposable
{
    private static readonly object Yes = true, No = false; // boxed once
    private static readonly ulong Everybody = Assignment.Threshold(Assignment.AllBasisPoints);

    private readonly EmendClientOptions _options;
    private readonly TimeProvider _clock;
    private readonly ILogger _log;
    private readonly LossRegister _losses;
    private readonly Ledger _ledger;
    private readonly DecisionId.Maker _ids = new();
    private readonly BundleHolder _holder = new();
    private readonly FileStream _held;
    private readonly Spool _spool;
    private readonly DecisionRecorder _recorder;
    private readonly RecordWriter _writer = new();
    private readonly Lock _writing = new();
    private readonly HttpClient? _http;
    private readonly Sender? _sender;
    private readonly LossReporter? _lossReporter;
    private readonly BundleRefresher _refresher;
    private readonly Meter _gauges = new(ClientMeters.Name);
    private readonly CancellationTokenSource _stop = new();
    private readonly long _stopActingAfter;
    private readonly double _recordedShare;
    private readonly ulong _recorded;
    private Task _running = Task.CompletedTask;
    private int _isStarted, _isDisposed, _toldOfFault;

    private EmendClient(EmendClientOptions options, TimeProvider clock, ILogger log, HttpMessageHandler? handler)
    {
        (_options, _clock, _log) = (options, clock, log);
        _stopActingAfter = options.StopActingAfter is { } age ? (long)age.TotalMicroseconds : long.MaxValue;
        _recordedShare = options.RecordedShare;
        _recorded = (ulong)Math.Round(options.RecordedShare * (1UL << 32));
        DurableFile.CreateFolder(options.StateFolder);
        _held = Hold(options.StateFolder);
        _losses = LossRegister.Open(options.StateFolder, options.Agent);
        _ledger = new(_losses);
        _spool = new(options.StateFolder, options.SpoolBytes, _ledger);
        var disk = new BundleDisk(options.StateFolder);
        var trust = Trust.Of(options);
        if (options.Server is not null)
        {
            _http = new(handler ?? new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromMinutes(10), AllowAutoRedirect = false }, disposeHandler: handler is null)
            {
                BaseAddress = new Uri(options.Server.AbsoluteUri.TrimEnd('/') + "/"),
                Timeout = Timeout.InfiniteTimeSpan, // each request has its own
            };
            if (options.ApiKey is { } key) _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
            _sender = new(options, _spool, _http, clock, log);
            _lossReporter = new(options, _losses, _http, clock, log);
        }
        _recorder = new(options, _spool, _ledger, _losses, clock, () => _sender?.Wake());
        _refresher = new(options, trust, _holder, disk, _http ?? new HttpClient(), clock, log);
        _refresher.Applied += (_, _) => LogicChanged?.Invoke(this, EventArgs.Empty);
        _refresher.LoadFromDisk();
        Observe();
    }

    /// <summary>Told on a background thread when other logic came in force. Return at once.</summary>
    public event EventHandler? LogicChanged;

    /// <summary>Release counter of what is in force; 0 while there is nothing.</summary>
    public long ReleaseCounter => _holder.Current?.Verified.Manifest.Counter ?? 0;

    /// <summary>Digest of the bundle served to everybody; null: the agent alone.</summary>
    public string? ServedBundle => _holder.Current?.Verified.Manifest.Served;

    /// <summary>What became of everything recorded.</summary>
    public RecordCounts Counts => _ledger.Counts();

    /// <summary>The agent.</summary>
    public string Agent => _options.Agent;

    /// <summary>Opens the state folder and takes up the last good logic. Call <see cref="Start"/> to reach the server.</summary>
    /// <param name="options">How.</param>
    /// <param name="log">Where to say what happens; null: nowhere.</param>
    /// <param name="clock">Clock; null: the system's.</param>
    /// <param name="handler">What requests go through; null: sockets.</param>
    /// <exception cref="ArgumentException">The options are wrong; the message lists everything.</exception>
    /// <exception cref="IOException">The state folder cannot be used, or another process uses it.</exception>
    public static EmendClient Open(EmendClientOptions options, ILogger<EmendClient>? log = null, TimeProvider? clock = null, HttpMessageHandler? handler = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Problems() is { Count: > 0 } problems) throw new ArgumentException(string.Join('\n', problems), nameof(options));
        return new(options, clock ?? TimeProvider.System, log ?? (ILogger)NullLogger.Instance, handler);
    }

    /// <summary>Begins to listen and to send. Does nothing without a server, or when it has begun.</summary>
    public void Start()
    {
        if (Interlocked.Exchange(ref _isStarted, 1) != 0 || _sender is null) return;
        _running = Task.WhenAll(Task.Run(() => _refresher.RunAsync(_stop.Token)), Task.Run(() => _sender.RunAsync(_stop.Token)), Task.Run(() => _lossReporter!.RunAsync(_stop.Token)));
    }

    /// <summary>Waits until verified logic is in force, from disk or from the server.</summary>
    /// <exception cref="OperationCanceledException">It did not come in time.</exception>
    public Task WaitForLogicAsync(CancellationToken cancel = default) => _refresher.First.WaitAsync(cancel);

    /// <summary>Asks what to do. Never throws and never waits: when Emend cannot decide, the agent's proposal stands (or <see cref="EmendClientOptions.SafeAction"/>), with the reason.</summary>
    public DecisionResult Decide(in Proposal proposal)
    {
        var id = default(DecisionId);
        try
        {
            var at = FeatureValue.UnixMicroseconds(_clock.GetUtcNow());
            id = proposal.DecisionId is { Length: > 0 } own ? DecisionId.Of(own) : _ids.Next(at);
            Evaluate(proposal, id, at, out var result);
            if (ClientMeters.Source.HasListeners()) Trace(result);
            Count(result);
            Keep(proposal, result, at);
            return result;
        }
        catch (Exception fault)
        {
            if (Interlocked.Exchange(ref _toldOfFault, 1) == 0) _log.CannotDecide(fault);
            ClientMeters.Fallbacks.Add(1, new KeyValuePair<string, object?>("reason", nameof(Fallback.Fault)));
            return Unable(proposal, id, Fallback.Fault);
        }
    }

    /// <summary>
    /// Guidance for a case, before the agent proposes: from the bundle that will decide for the same unit. Put <see cref="GuidanceAnswer.Text"/> into the
    /// prompt as it is, and <see cref="GuidanceAnswer.Exposure"/> into the <see cref="Proposal.Guidance"/> of the decision: what guidance is worth is learned from that.
    /// </summary>
    /// <remarks>Never throws and never waits; answers nothing while the kill switch is on or there is no verified logic.</remarks>
    /// <param name="context">What the agent knows.</param>
    /// <param name="unit">Whom the coming decision is about: what will be its <see cref="Proposal.Subject"/>, else its correlation id. Null: nothing is withheld.</param>
    public GuidanceAnswer Guidance(Context context, string? unit = null) => Guidance(new GuidanceQuery(context) { Unit = unit });

    /// <inheritdoc cref="Guidance(Context, string?)"/>
    /// <param name="query">The case, with a draft and caps where there are any.</param>
    public GuidanceAnswer Guidance(in GuidanceQuery query)
    {
        try
        {
            var at = FeatureValue.UnixMicroseconds(_clock.GetUtcNow());
            var index = _holder.Current is { IsKilled: false } current && !IsTooOld(current, at) ? current.Guidance(query.Unit) : null;
            var answer = index?.For(query.At == 0 ? query with { At = at } : query) ?? GuidanceAnswer.None;
            ClientMeters.Guided.Add(1, new KeyValuePair<string, object?>("result", answer.Items.IsEmpty ? "nothing" : "items"));
            return answer;
        }
        catch (Exception fault)
        {
            if (Interlocked.Exchange(ref _toldOfFault, 1) == 0) _log.CannotDecide(fault);
            ClientMeters.Guided.Add(1, new KeyValuePair<string, object?>("result", "fault"));
            return GuidanceAnswer.None;
        }
    }

    /// <summary>
    /// Hands in what a person says of a decision. When this returns, a correction is on disk and will be sent, whatever happens to this
    /// process or the server; a confirmation follows within <see cref="EmendClientOptions.FlushEvery"/>. Calling again with the same key is safe.
    /// </summary>
    /// <exception cref="ArgumentException">The correction is not one: the message says what is missing.</exception>
    public Task<CorrectionReceipt> CorrectAsync(Correction correction)
    {
        ArgumentNullException.ThrowIfNull(correction);
        if (string.IsNullOrEmpty(correction.DecisionId) || string.IsNullOrEmpty(correction.By)) throw new ArgumentException("a correction names its decision and who says so", nameof(correction));
        if (correction.Verdict == CorrectionVerdict.Modify != (correction.Action is not null)) throw new ArgumentException("verdict Modify goes with an action, every other verdict without", nameof(correction));
        var now = FeatureValue.UnixMicroseconds(_clock.GetUtcNow());
        var key = correction.IdempotencyKey ?? _ids.Next(now).ToString();
        // The disk is waited for elsewhere: the caller's thread may be the one that serves a person.
        return Task.Run(() => new CorrectionReceipt(Spool(correction, key, correction.At is { } at ? FeatureValue.UnixMicroseconds(at) : now), key));
    }

    /// <summary>Hands in what became known of a decision. On disk within <see cref="EmendClientOptions.FlushEvery"/>; false when it was dropped (<see cref="Counts"/> says why).</summary>
    /// <exception cref="ArgumentException">The outcome is not one: the message says what is missing.</exception>
    public bool Report(Outcome outcome)
    {
        ArgumentNullException.ThrowIfNull(outcome);
        if (string.IsNullOrEmpty(outcome.DecisionId) || string.IsNullOrEmpty(outcome.Metric)) throw new ArgumentException("an outcome names its decision and its metric", nameof(outcome));
        if (outcome.Metric == "truth" ? outcome.Action is null : outcome.Value is null or double.NaN) throw new ArgumentException("metric truth goes with an action, every other metric with a number", nameof(outcome));
        var at = FeatureValue.UnixMicroseconds(outcome.At ?? _clock.GetUtcNow());
        _ledger.Took();
        bool isThere;
        lock (_writing) isThere = _spool.Append(SpoolRank.Ordinary, RecordKind.Outcome, _writer.Outcome(outcome, at));
        _sender?.Wake();
        return isThere;
    }

    /// <summary>Waits until everything recorded so far was acknowledged by the server, or is lost and counted.</summary>
    /// <exception cref="OperationCanceledException">It did not come to that in time.</exception>
    public async Task DrainAsync(CancellationToken cancel = default)
    {
        while (_ledger.Counts().Waiting > 0)
        {
            _sender?.Wake();
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, cancel).ConfigureAwait(false);
        }
    }

    /// <summary>Stops listening and sending, and writes to disk what waits in memory. What was not sent is sent by the next process.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0) return;
        await _stop.CancelAsync().ConfigureAwait(false);
        try
        {
            await _running.ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // As it was told.
        }
        _gauges.Dispose();
        _recorder.Dispose();
        _spool.Dispose();
        _writer.Dispose();
        _sender?.Dispose();
        _lossReporter?.Dispose();
        _losses.Dispose();
        _http?.Dispose();
        _stop.Dispose();
        await _held.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Records lost that the server knows of.</summary>
    internal long ReportedLosses => _lossReporter?.Reported ?? 0;

    /// <summary>Name under which losses are reported.</summary>
    internal string LossClient => _losses.Client;

    /// <summary>Records that wait in memory; and those on disk as well, counted where they lie: the other side of the ledger.</summary>
    internal long WaitingInMemory => _recorder.Waiting;

    /// <inheritdoc cref="WaitingInMemory"/>
    internal long WaitingByPlace => _spool.Waiting + _recorder.Waiting;

    /// <summary>Verifies and puts in force, as if the server had sent it.</summary>
    internal Task<bool> ApplyAsync(string note, CancellationToken cancel) => _refresher.ApplyAsync(note, cancel);

    private static FileStream Hold(string folder)
    {
        try
        {
            return new(Path.Combine(folder, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1);
        }
        catch (IOException fault)
        {
            throw new IOException($"the state folder {folder} is in use by another process: give each process of an agent a folder of its own", fault);
        }
    }

    private void Evaluate(in Proposal proposal, in DecisionId id, long at, out DecisionResult result)
    {
        if (_holder.Current is not { } current) result = Stands(proposal, id, Fallback.NoBundle);
        else if (current.IsKilled) result = Stands(proposal, id, Fallback.Killed);
        else if (IsTooOld(current, at)) result = Unable(proposal, id, Fallback.TooOld);
        else current.Decide(proposal, id, at, out result);
    }

    private bool IsTooOld(ServingSnapshot current, long at) => at - current.Verified.Manifest.IssuedAt > _stopActingAfter;

    private static DecisionResult Stands(in Proposal proposal, DecisionId id, Fallback why) => new()
    {
        Id = id,
        Action = proposal.Action,
        Cause = why == Fallback.Killed ? Cause.KillSwitch : Cause.None,
        Fallback = why,
    };

    private DecisionResult Unable(in Proposal proposal, DecisionId id, Fallback why) => new()
    {
        Id = id,
        Action = _options.SafeAction ?? proposal.Action,
        Disposition = _options.SafeAction is null ? Disposition.Keep : Disposition.Override,
        Cause = Cause.KillSwitch,
        Fallback = why,
    };

    // Only where somebody listens: a span costs more than the decision.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Trace(in DecisionResult result)
    {
        using var activity = ClientMeters.Source.StartActivity("decide");
        if (activity is null) return;
        activity.SetTag("emend.agent", _options.Agent).SetTag("emend.decision", result.Id.ToString()).SetTag("emend.disposition", result.Disposition.ToString())
            .SetTag("emend.cause", result.Cause.ToString()).SetTag("emend.arm", result.Arm.ToString());
        if (result.Rule is not null) activity.SetTag("emend.rule", result.Rule);
        if (result.Bundle is not null) activity.SetTag("emend.bundle", result.Bundle);
        if (result.Fallback != Fallback.None) activity.SetTag("emend.fallback", result.Fallback.ToString());
    }

    private static void Count(in DecisionResult result)
    {
        if (ClientMeters.Decided.Enabled) ClientMeters.Decided.Add(1, new("disposition", result.Disposition.ToString()), new("arm", result.Arm.ToString()));
        if (result.Fallback != Fallback.None && ClientMeters.Fallbacks.Enabled) ClientMeters.Fallbacks.Add(1, new KeyValuePair<string, object?>("reason", result.Fallback.ToString()));
        if (result.Arm == Arm.Shadow && ClientMeters.Shadow.Enabled) ClientMeters.Shadow.Add(1, new KeyValuePair<string, object?>("differs", result.ShadowDiffers ? Yes : No));
    }

    // Whether a decision is recorded depends on its id alone, not on what was decided: a figure over recorded ones is one over all.
    private void Keep(in Proposal proposal, in DecisionResult result, long at)
    {
        if (_recorded < Everybody)
        {
            Span<char> room = stackalloc char[36];
            if (Assignment.Bucket("recorded", result.Id.Text(room)) >= _recorded)
            {
                _recorder.Remember(proposal, result, at, _recordedShare);
                return;
            }
        }
        _recorder.Record(proposal, result, at, _recordedShare);
    }

    private bool Spool(Correction correction, string key, long at)
    {
        var isConfirmation = correction.Verdict == CorrectionVerdict.Confirm;
        var rank = isConfirmation ? SpoolRank.Ordinary : SpoolRank.Corrections;
        var hasDecision = _recorder.TryRecall(correction.DecisionId, out var decision);
        bool isThere;
        lock (_writing)
        {
            if (hasDecision)
            {
                _ledger.Took();
                _spool.Append(rank, RecordKind.Decision, _writer.Decision(decision, _options.Agent));
            }
            _ledger.Took();
            isThere = _spool.Append(rank, RecordKind.Correction, _writer.Correction(correction, key, at));
        }
        if (isThere && !isConfirmation) isThere = _spool.Flush();
        _sender?.Wake();
        return isThere;
    }

    private void Observe()
    {
        _gauges.CreateObservableGauge("emend.client.waiting", () => _ledger.Counts().Waiting, "{record}", "Records that wait to be sent.");
        _gauges.CreateObservableGauge("emend.client.spool_bytes", () => _spool.Bytes, "By", "Size of the spool on disk.");
        _gauges.CreateObservableGauge("emend.client.release_counter", () => ReleaseCounter, "{release}", "Release counter of what is in force.");
        _gauges.CreateObservableGauge("emend.client.manifest_age", () => _holder.Current is { } current ? (FeatureValue.UnixMicroseconds(_clock.GetUtcNow()) - current.Verified.Manifest.IssuedAt) / 1e6 : 0, "s", "Age of the manifest in force, since it was signed.");
    }
}

internal static partial class EmendClientLog
{
    [LoggerMessage(7201, LogLevel.Error, "A decision could not be made; the agent's proposal stands. Further ones are counted only")]
    public static partial void CannotDecide(this ILogger log, Exception fault);
}
