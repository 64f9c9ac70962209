using System.Globalization;
using Emend.Contracts;
using Emend.Contracts.Capturing;
using Emend.Contracts.Serving;
using Emend.Engine;
using Emend.Engine.Access;
using Emend.Engine.Capturing.Logs;
using Emend.Engine.Journal;
using Emend.Engine.Serving;
using Emend.Logic;
using Emend.Server.Access;

namespace Emend.Server.Api;

/// <summary>Serving: what agents are served goes out, signed, as soon as it changes; what they did with it comes in.</summary>
internal static class ServingApi
{
    /// <summary>A stream says something at least this often, so that a client can tell silence from a dead connection.</summary>
    public static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(15);

    private const int LongestWait = 60;
    private const int MaxServings = 1_000;

    public static void MapServing(this IEndpointRouteBuilder routes)
    {
        var bundles = routes.MapGroup("/v1/bundles").WithTags("Serving");
        bundles.MapGet("/{agent}/manifest", ManifestAsync)
            .WithName("GetManifest").WithSummary("What an agent is served, signed. With If-None-Match and ?wait=SECONDS the answer waits for a change.").RunsLong().Needs(Permission.BundlePull);
        bundles.MapGet("/{agent}/events", EventsAsync)
            .WithName("StreamManifests").WithSummary("Server-sent events: a signed manifest whenever what the agent is served changed.").RunsLong().Needs(Permission.BundlePull);
        bundles.MapGet("/by-digest/{digest}", Bundle)
            .WithName("GetBundle").WithSummary("The canonical bytes of an approved bundle.").Needs(Permission.BundlePull);
        bundles.MapGet("/keys", KeysAsync)
            .WithName("GetBundleKeys").WithSummary("Public keys that clients pin.").Produces<TrustView>().Needs(Permission.BundlePull);
        routes.MapPost("/v1/servings", RecordAsync)
            .WithTags("Serving").WithName("RecordServings").WithSummary("Report what was done with decisions that were accepted before: one, or a batch. Once per decision.")
            .Produces<BatchResult>().Produces<SignalResult>(StatusCodes.Status201Created).Needs(Permission.DecisionRecord).NeedsNoKey("once per decision: the journal knows each by its id");
    }

    private static async Task<IResult> ManifestAsync(string agent, HttpContext context, Caller caller, IHostApplicationLifetime life, CancellationToken cancel)
    {
        if (!Knows(caller.Engine, agent)) return ApiProblems.From(new NotFound("agent", agent));
        if (Wait(context.Request.Query["wait"]) is not { } wait) return ApiProblems.From(new RequestIsWrong($"wait is a number of seconds from 0 to {LongestWait}"));
        var known = context.Request.Headers.IfNoneMatch is [{ } etag] ? etag : null;
        // Who waits for a change does not keep the server from ending.
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancel, life.ApplicationStopping);
        var manifest = await caller.Engine.Feed.NextAsync(agent, known, wait, over.Token);
        context.Response.Headers.ETag = manifest.ETag;
        context.Response.Headers.CacheControl = "no-cache, private";
        return string.Equals(manifest.ETag, known, StringComparison.Ordinal) ? TypedResults.StatusCode(StatusCodes.Status304NotModified) : TypedResults.Bytes(manifest.Bytes, "text/plain; charset=utf-8");
    }

    private static async Task EventsAsync(string agent, HttpContext context, Caller caller, IHostApplicationLifetime life, TimeProvider clock)
    {
        if (!Knows(caller.Engine, agent))
        {
            await ApiProblems.WriteAsync(context, new NotFound("agent", agent), caller);
            return;
        }
        // Streams end when the server closes, or it would wait for them.
        using var over = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, life.ApplicationStopping);
        context.Response.ContentType = "text/event-stream";
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers["X-Accel-Buffering"] = "no";
        using var listener = caller.Engine.Feed.Listen(agent);
        try
        {
            var now = await caller.Engine.Feed.CurrentAsync(agent, over.Token);
            var has = context.Request.Headers["Last-Event-ID"].ToString();
            var isKnown = string.Equals(has, now.Manifest.Counter.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);
            await WriteAsync(context.Response, isKnown ? ManifestEvents.Heartbeat : ManifestEvents.Of(now), over.Token);
            await FollowAsync(context.Response, listener, caller.Engine.Feed, agent, clock, over.Token);
        }
        catch (OperationCanceledException) when (over.IsCancellationRequested)
        {
            // The client or its key is gone, or the server ends: whoever still listens is told.
            if (!context.RequestAborted.IsCancellationRequested) await WriteAsync(context.Response, ManifestEvents.Closing, context.RequestAborted);
        }
    }

    private static async Task FollowAsync(HttpResponse response, BundleFeed.Listener listener, BundleFeed feed, string agent, TimeProvider clock, CancellationToken over)
    {
        var next = listener.Manifests.WaitToReadAsync(over).AsTask();
        while (true)
        {
            using var quiet = CancellationTokenSource.CreateLinkedTokenSource(over);
            var beat = Task.Delay(Heartbeat, clock, quiet.Token);
            if (await Task.WhenAny(next, beat) == beat)
            {
                over.ThrowIfCancellationRequested();
                await WriteAsync(response, ManifestEvents.Heartbeat, over);
                // Signs again what grew old; everybody who listens is told then.
                await feed.CurrentAsync(agent, over);
                continue;
            }
            await quiet.CancelAsync();
            if (!await next) return;
            while (listener.Manifests.TryRead(out var manifest)) await WriteAsync(response, ManifestEvents.Of(manifest), over);
            next = listener.Manifests.WaitToReadAsync(over).AsTask();
        }
    }

    private static async Task WriteAsync(HttpResponse response, ReadOnlyMemory<byte> bytes, CancellationToken cancel)
    {
        await response.Body.WriteAsync(bytes, cancel);
        await response.Body.FlushAsync(cancel);
    }

    private static IResult Bundle(string digest, HttpContext context, Caller caller)
    {
        if (!caller.Engine.Publish.IsApproved(digest) || caller.Engine.Ledger.Bundle(digest) is not { } bundle) return ApiProblems.From(new NotFound("bundle", digest.Length <= 100 ? digest : "…"));
        var etag = $"\"{digest}\"";
        context.Response.Headers.ETag = etag;
        context.Response.Headers.CacheControl = "private, max-age=31536000, immutable";
        return context.Request.Headers.IfNoneMatch is [{ } has] && string.Equals(has, etag, StringComparison.Ordinal)
            ? TypedResults.StatusCode(StatusCodes.Status304NotModified)
            : TypedResults.Bytes(BundleJson.Write(bundle), "application/json");
    }

    private static async Task<IResult> KeysAsync(Caller caller, CancellationToken cancel)
    {
        var files = caller.Engine.Store.Files;
        if (!File.Exists(files.VerifierKey)) await SignCheckpoint.SignAsync(caller.Engine.Store, cancel);
        return TypedResults.Json(new TrustView(caller.Engine.Publish.Verifier.ToString(), (await File.ReadAllTextAsync(files.VerifierKey, cancel)).Trim()), ContractsJson.Default.TrustView);
    }

    private static async Task<IResult> RecordAsync(HttpContext context, Caller caller, CancellationToken cancel)
    {
        if (!context.Request.HasMediaType("application/json")) return ApiProblems.From(new MediaTypeIsWrong("application/json"));
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, cancel);
        var items = SignalBody.Read<ReportedServing>(body.GetBuffer().AsSpan(0, (int)body.Length), LogLimits.At(caller.Engine.Clock), ServingLines.Read, MaxServings, out var isBatch);
        if (!isBatch && items[0].Signal is null) return ApiProblems.From(Wrong(), items[0].Flaws);
        var good = items.Where(static item => item.Signal is not null).Select(static item => item.Signal!).ToList();
        var reports = await caller.Engine.Servings.HandleAsync(good, caller.Actor, cancel);
        if (!isBatch)
        {
            return reports[0].Why is { } why
                ? ApiProblems.From(why)
                : TypedResults.Json(Result(good[0], reports[0]), ContractsJson.Default.SignalResult, statusCode: reports[0].Result == ServingReport.Duplicate ? StatusCodes.Status200OK : StatusCodes.Status201Created);
        }
        var results = new SignalResult[items.Count];
        var next = 0;
        for (var i = 0; i < items.Count; i++)
            results[i] = items[i].Signal is null ? new("bad") { Problem = ApiProblems.Of(Wrong()) with { Errors = items[i].Flaws } } : Result(good[next], reports[next++]);
        return TypedResults.Json(
            new BatchResult(results, results.Count(static r => r.Status == "accepted"), results.Count(static r => r.Status == "duplicate"), results.Count(static r => r.Status is "bad" or "refused")),
            ContractsJson.Default.BatchResult);
    }

    private static SignalResult Result(ReportedServing serving, (ServingReport Result, Refusal? Why) report) => new(report.Result switch
    {
        ServingReport.Recorded => "accepted",
        ServingReport.Duplicate => "duplicate",
        _ => "refused",
    })
    {
        Id = serving.DecisionId,
        Problem = report.Why is { } why ? ApiProblems.Of(why) : null,
    };

    private static RequestIsWrong Wrong() => new("this does not say what was done with a decision; errors lists everything that is wrong with it");

    private static TimeSpan? Wait(string? seconds) =>
        seconds is null ? TimeSpan.Zero : int.TryParse(seconds, NumberStyles.None, CultureInfo.InvariantCulture, out var whole) && whole <= LongestWait ? TimeSpan.FromSeconds(whole) : null;

    private static bool Knows(EmendEngine engine, string agent) => engine.Agents.Find(agent) is not null || engine.Ledger.Board(agent).Version > 0;
}
