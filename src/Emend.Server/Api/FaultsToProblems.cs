using System.Text.Json;
using Emend.Engine.Storage;
using Emend.Server.Access;
using Emend.Server.Operating;
using Microsoft.AspNetCore.Http.Features;

namespace Emend.Server.Api;

/// <summary>Exceptions become problems here and nowhere else. What a client must not know stays in the log.</summary>
internal sealed partial class FaultsToProblems(RequestDelegate next, ServerOptions options, IHostApplicationLifetime life, ILogger<FaultsToProblems> log)
{
    private const string RetrySoon = "5";

    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
            // What routing refuses, and what took too long, has a status and no body yet.
            if (!context.Response.HasStarted && context.Response is { ContentLength: null, ContentType: null } && OfStatus(context) is { } why) await ApiProblems.WriteAsync(context, why);
        }
        catch (OperationCanceledException) when (context.Features.Get<Caller>()?.Ended.IsCancellationRequested == true)
        {
            // The caller's key ended under a request that runs long.
            if (context.Response.HasStarted)
            {
                context.Abort();
                return;
            }
            context.RequestAborted = CancellationToken.None;
            await ApiProblems.WriteAsync(context, new CredentialIsMissing());
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // Nobody waits for an answer any more.
        }
        catch (Exception fault) when (!context.Response.HasStarted)
        {
            await AnswerAsync(context, fault);
        }
    }

    private static Engine.Refusal? OfStatus(HttpContext context) => context.Response.StatusCode switch
    {
        StatusCodes.Status404NotFound => new NotFound("address", context.Request.Path.Value is { Length: <= 200 } path ? path : "…"),
        StatusCodes.Status405MethodNotAllowed => new MethodIsNotAllowed(context.Request.Method),
        StatusCodes.Status415UnsupportedMediaType => new MediaTypeIsWrong("application/json, or application/x-ndjson where a stream of lines is taken"),
        StatusCodes.Status504GatewayTimeout => new TimedOut(),
        _ => null,
    };

    private Task AnswerAsync(HttpContext context, Exception fault)
    {
        switch (fault)
        {
            case BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge }:
                return ApiProblems.WriteAsync(context, new BodyIsTooLarge(context.Features.Get<IHttpMaxRequestBodySizeFeature>()?.MaxRequestBodySize ?? options.MaxBodyBytes));
            case BadHttpRequestException { StatusCode: StatusCodes.Status415UnsupportedMediaType }:
                return ApiProblems.WriteAsync(context, new MediaTypeIsWrong("application/json"));
            case BadHttpRequestException wrong:
                return ApiProblems.WriteAsync(context, new RequestIsWrong((wrong.InnerException as JsonException)?.Message ?? wrong.Message));
            case DiskIsFullException or Microsoft.Data.Sqlite.SqliteException { SqliteErrorCode: SQLitePCL.raw.SQLITE_FULL }:
                context.Response.Headers.RetryAfter = RetrySoon;
                return ApiProblems.WriteAsync(context, new DiskIsFull());
            // The disk fails under a read, as it would under a write: no fault of ours, and nothing of the request was done.
            case StorageException or ObjectDisposedException or Microsoft.Data.Sqlite.SqliteException { SqliteErrorCode: SQLitePCL.raw.SQLITE_IOERR or SQLitePCL.raw.SQLITE_CORRUPT or SQLitePCL.raw.SQLITE_NOTADB or SQLitePCL.raw.SQLITE_CANTOPEN }:
                Failed(log, context.Request.Method, fault);
                context.Response.Headers.RetryAfter = RetrySoon;
                return ApiProblems.WriteAsync(context, new Unavailable("the store does not accept work now; see /readyz, and the server's log"));
            case OperationCanceledException when life.ApplicationStopping.IsCancellationRequested:
                return Draining.RefuseAsync(context);
            case TimeoutException or OperationCanceledException:
                return ApiProblems.WriteAsync(context, new TimedOut());
            default:
                Failed(log, context.Request.Method, fault);
                return ApiProblems.WriteAsync(context, new Fault());
        }
    }

    [LoggerMessage(9001, LogLevel.Error, "A {Method} request failed")]
    private static partial void Failed(ILogger log, string method, Exception fault);
}
