using System.Globalization;
using Emend.Engine;
using Emend.Engine.Access;
using Emend.Server.Api;

namespace Emend.Server.Access;

/// <summary>Lets a request through to its route when its key may use it. Everything is refused that no rule allows.</summary>
internal sealed class AccessGate(RequestDelegate next, ApiKeys keys, Workspaces workspaces, RateLimits limits)
{
    private const string Scheme = "Bearer ";

    public async Task InvokeAsync(HttpContext context)
    {
        // No endpoint: the path is unknown. No route: the method is. Neither does anything, so neither needs a key.
        if (context.GetEndpoint() is not RouteEndpoint route || route.Metadata.GetMetadata<RouteIsOpen>() is not null)
        {
            await next(context);
            return;
        }
        if (Credential(context, out var ended) is not { } key)
        {
            if (!limits.TakeFailure(context.Connection.RemoteIpAddress?.ToString() ?? "-", out var pause)) await TooManyAsync(context, pause);
            else
            {
                // No key, no workspace: the first one's journal says that somebody knocked, how often and where.
                (await workspaces.OfAsync(EngineOptions.UsualWorkspace)).Access.Refused("anonymous", "access.no-credential", context.RouteName());
                await ApiProblems.WriteAsync(context, new CredentialIsMissing());
            }
            return;
        }
        if (!limits.Take(key.Id, out var wait))
        {
            await TooManyAsync(context, wait);
            return;
        }
        var caller = new Caller(key.Actor, key.Workspace, await workspaces.OfAsync(key.Workspace), key.Id, ended) { Roles = key.Roles };
        if (caller.Actor.Lacks((route.Metadata.GetMetadata<RouteNeeds>()?.AnyOf ?? []).AsSpan()) is { } refusal)
        {
            await ApiProblems.WriteAsync(context, refusal, caller);
            return;
        }
        context.Features.Set(caller);
        if (route.Metadata.GetMetadata<RouteRunsLong>() is null)
        {
            await next(context);
            return;
        }
        using var both = caller.MayRunLong(context);
        await next(context);
    }

    // The place for other credentials: tokens of an identity provider are told apart by their form and give an actor like a key does.
    private ApiKey? Credential(HttpContext context, out CancellationToken ended)
    {
        ended = default;
        return context.Request.Headers.Authorization is [{ } header] && header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
            ? keys.Check(header.AsSpan(Scheme.Length).Trim(), out ended)
            : null;
    }

    private static Task TooManyAsync(HttpContext context, TimeSpan wait)
    {
        context.Response.Headers.RetryAfter = Math.Max(1, Math.Ceiling(wait.TotalSeconds)).ToString("0", CultureInfo.InvariantCulture);
        return ApiProblems.WriteAsync(context, new TooManyRequests());
    }
}

internal sealed record CredentialIsMissing()
    : Refusal("access.no-credential", "this takes a key that is good now: send it as  Authorization: Bearer emk_…  (`emend keys add` issues one); it may be missing, wrong, revoked or over");

internal sealed record TooManyRequests()
    : Refusal("http.too-many-requests", "more requests came than this caller may make; wait as long as Retry-After says, and send batches");
