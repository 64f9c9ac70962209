using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Emend.Engine;
using Emend.Engine.Access;
using Emend.Engine.Capturing.Logs;
using Emend.Server.Api;

namespace Emend.Server.Access;

/// <summary>
/// Does a request that carries an <c>Idempotency-Key</c> once: the first answer is kept for a day and given to whoever of the same name
/// asks again with the same key and the same body. Of two at once the second waits for the first.
/// </summary>
/// <remarks>Only what was done is kept. A refusal changed nothing, so the same key may try again when there is no more reason for it.</remarks>
internal sealed class OncePerKey(RequestDelegate next)
{
    public const string Header = "Idempotency-Key";
    /// <summary>Says of an answer that it is the first one, given again.</summary>
    public const string Replayed = "Idempotency-Replayed";

    // Requests under way in this process: the store knows of them too, but cannot say when they end.
    private readonly ConcurrentDictionary<(string Workspace, string By, string Mark), Task> _underWay = new();

    public async Task InvokeAsync(HttpContext context)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<RouteTakesKey>() is null || context.Request.Headers[Header] is not [{ } key] || context.Features.Get<Caller>() is not { } caller)
        {
            await next(context);
            return;
        }
        if (Wrong(key) is { } wrong)
        {
            await ApiProblems.WriteAsync(context, wrong);
            return;
        }
        var request = await ReadAsync(context, key, caller);
        var keys = caller.Engine.RequestKeys;
        var (by, mark) = keys.Place(request);
        var place = (caller.Workspace, by, mark);
        var mine = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        while (_underWay.GetOrAdd(place, mine.Task) is var other && other != mine.Task) await other.WaitAsync(context.RequestAborted);
        try
        {
            switch (await keys.BeginAsync(request, context.RequestAborted))
            {
                case Answer<byte[]?>.Refused(var why):
                    await ApiProblems.WriteAsync(context, why);
                    break;
                case Answer<byte[]?>.Granted({ } answer):
                    context.Response.Headers[Replayed] = "true";
                    await KeptAnswer.Read(answer).WriteAsync(context);
                    break;
                default:
                    await DoAsync(context, keys, request);
                    break;
            }
        }
        finally
        {
            _underWay.TryRemove(new(place, mine.Task));
            mine.SetResult();
        }
    }

    /// <summary>Why a key cannot be one; null when it can.</summary>
    public static Refusal? Wrong(string key) => key.Length is 0 or > LogLimits.MaxName || key.AsSpan().ContainsAnyInRange('\0', '\x1f')
        ? new RequestIsWrong($"{Header} has 1 to {LogLimits.MaxName} characters, none of them a control character")
        : null;

    private async Task DoAsync(HttpContext context, RequestKeys keys, KeyedRequest request)
    {
        var body = context.Response.Body;
        using var held = new MemoryStream();
        context.Response.Body = held;
        try
        {
            await next(context);
            await context.Response.BodyWriter.FlushAsync(CancellationToken.None);
        }
        catch (Exception fault) when (IsKnownToChangeNothing(fault))
        {
            await keys.ForgetAsync(request);
            throw;
        }
        finally
        {
            context.Response.Body = body;
        }
        var answer = KeptAnswer.Of(context.Response, held.ToArray());
        if (answer.Status is >= StatusCodes.Status200OK and < StatusCodes.Status300MultipleChoices and not StatusCodes.Status202Accepted) await keys.EndAsync(request, answer.ToBytes());
        else await keys.ForgetAsync(request);
        if (answer.Body.Length > 0) await body.WriteAsync(answer.Body, context.RequestAborted);
    }

    // Anything else may have been half done: then the key stays begun, and asking again is answered so.
    private static bool IsKnownToChangeNothing(Exception fault) => fault is BadHttpRequestException or Engine.Storage.DiskIsFullException;

    private static async Task<KeyedRequest> ReadAsync(HttpContext context, string key, Caller caller)
    {
        var request = context.Request;
        request.EnableBuffering();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"{request.Method} {request.Path}{request.QueryString}\n"));
        var buffer = new byte[16 << 10];
        while (await request.Body.ReadAsync(buffer, context.RequestAborted) is > 0 and var read) hash.AppendData(buffer, 0, read);
        request.Body.Position = 0;
        return new(key, context.RouteName(), hash.GetHashAndReset(), request.Headers.Authorization.ToString(), caller.Actor);
    }
}

/// <summary>An answer as it was given.</summary>
internal sealed record KeptAnswer(int Status, string ContentType, string Location, string ETag, byte[] Body)
{
    public static KeptAnswer Of(HttpResponse response, byte[] body) =>
        new(response.StatusCode, response.ContentType ?? "", response.Headers.Location.ToString(), response.Headers.ETag.ToString(), body);

    public static KeptAnswer Read(byte[] bytes)
    {
        using var reader = new BinaryReader(new MemoryStream(bytes, writable: false));
        return new(reader.ReadInt32(), reader.ReadString(), reader.ReadString(), reader.ReadString(), reader.ReadBytes(bytes.Length));
    }

    public byte[] ToBytes()
    {
        using var bytes = new MemoryStream();
        using (var writer = new BinaryWriter(bytes))
        {
            writer.Write(Status);
            writer.Write(ContentType);
            writer.Write(Location);
            writer.Write(ETag);
            writer.Write(Body);
        }
        return bytes.ToArray();
    }

    public Task WriteAsync(HttpContext context)
    {
        var response = context.Response;
        response.StatusCode = Status;
        if (ContentType.Length > 0) response.ContentType = ContentType;
        if (Location.Length > 0) response.Headers.Location = Location;
        if (ETag.Length > 0) response.Headers.ETag = ETag;
        return response.Body.WriteAsync(Body, context.RequestAborted).AsTask();
    }
}
