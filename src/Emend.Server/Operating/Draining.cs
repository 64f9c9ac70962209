using System.Globalization;
using Emend.Server.Access;
using Emend.Server.Api;
using Microsoft.AspNetCore.Connections;

namespace Emend.Server.Operating;

/// <summary>
/// The first part of ending: the server still listens, but whatever is asked anew is refused with 503, <c>Retry-After</c> and the end of its
/// connection, while what is under way gets its answer. Nobody who keeps a connection open finds it cut between request and answer.
/// </summary>
/// <remarks>It ends as soon as nobody is connected, at the latest after <see cref="ServerOptions.DrainFor"/>; the host's own stop follows, which waits for requests under way.</remarks>
internal sealed class Draining(ServerOptions options, IHostApplicationLifetime life) : IHostedLifecycleService
{
    /// <summary>Seconds after which a client should try again: about what a restart takes.</summary>
    private const int RetryAfter = 5;
    private const long DrainedBody = 1 << 20;

    private readonly TaskCompletionSource _isEmpty = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _connections;

    /// <summary>Whether the server is ending.</summary>
    public bool IsOn => life.ApplicationStopping.IsCancellationRequested;

    /// <summary>Counts a connection as long as it lasts.</summary>
    public async Task CountAsync(ConnectionDelegate next, ConnectionContext connection)
    {
        Interlocked.Increment(ref _connections);
        try
        {
            await next(connection);
        }
        finally
        {
            if (Interlocked.Decrement(ref _connections) == 0 && IsOn) _isEmpty.TrySetResult();
        }
    }

    /// <summary>Refuses what begins now. Health and documentation still answer, so that a load balancer can see why.</summary>
    public async Task GateAsync(HttpContext context, RequestDelegate next)
    {
        if (!IsOn || context.GetEndpoint()?.Metadata.GetMetadata<RouteIsOpen>() is not null)
        {
            await next(context);
            return;
        }
        // A body left in the socket would turn the close into a reset, and the answer would be lost with it.
        if (context.Request.ContentLength is > 0 and <= DrainedBody) await context.Request.Body.CopyToAsync(Stream.Null, context.RequestAborted);
        if (HttpProtocol.IsHttp11(context.Request.Protocol)) context.Response.Headers.Connection = "close";
        await RefuseAsync(context);
    }

    /// <summary>Refuses a request because the server ends.</summary>
    public static Task RefuseAsync(HttpContext context)
    {
        context.Response.Headers.RetryAfter = RetryAfter.ToString(CultureInfo.InvariantCulture);
        return ApiProblems.WriteAsync(context, new Unavailable("the server is ending; send it again after Retry-After, to this server or another: what was taken already is recognised"));
    }

    /// <inheritdoc/>
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref _connections) == 0) return;
        try
        {
            await _isEmpty.Task.WaitAsync(options.DrainFor, cancellationToken);
        }
        catch (Exception over) when (over is TimeoutException or OperationCanceledException)
        {
            // Connections nobody asks anything on are closed by the host now.
        }
    }

    /// <inheritdoc/>
    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
