using System.Collections.Immutable;
using Emend.Engine;
using Emend.Engine.Access;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Timeouts;

namespace Emend.Server.Access;

/// <summary>Who asks, and the one workspace they can reach. A handler has no other way to an engine, so no body or path can name another workspace.</summary>
/// <param name="Actor">Who asks, with the rights of the credential.</param>
/// <param name="Workspace">Name of the workspace.</param>
/// <param name="Engine">Its engine.</param>
/// <param name="Credential">Id of the key, for rate limits and logs.</param>
/// <param name="Ended">Cancelled when the credential is revoked or expires.</param>
internal sealed record Caller(Actor Actor, string Workspace, EmendEngine Engine, string Credential, CancellationToken Ended)
{
    /// <summary>The roles of its key.</summary>
    public ImmutableArray<Role> Roles { get; init; } = [];

    /// <summary>Lets a request run for long: no time-out ends it, but the end of its credential does. Its body is no larger for that. Dispose when it is over.</summary>
    public CancellationTokenSource MayRunLong(HttpContext context)
    {
        context.Features.Get<IHttpRequestTimeoutFeature>()?.DisableTimeout();
        var both = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, Ended);
        context.RequestAborted = both.Token;
        return both;
    }

    /// <summary>Lets a request stream its body in: as <see cref="MayRunLong"/>, and no size ends it. Only for who reads it piece by piece.</summary>
    public CancellationTokenSource MayStreamIn(HttpContext context)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size) size.MaxRequestBodySize = null;
        return MayRunLong(context);
    }

    /// <summary>How minimal APIs hand it to a handler; the gate has put it there.</summary>
    public static ValueTask<Caller> BindAsync(HttpContext context) =>
        ValueTask.FromResult(context.Features.Get<Caller>() ?? throw new InvalidOperationException($"{context.GetEndpoint()?.DisplayName} is open and therefore has no caller"));
}
