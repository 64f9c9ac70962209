using System.Text;
using System.Text.Json;
using Emend.Contracts.Access;
using Emend.Engine.Access;
using Emend.Logic;
using Emend.Server.Api;

namespace Emend.Server.Access;

/// <summary>A route that one person may use alone although its permission is marked for two, and why that is right.</summary>
internal sealed record OnePersonSuffices(string Because);

/// <summary>
/// Where the table of roles says 2, a change waits for a second person: the first request is written down and answered with 202, and
/// sent again once somebody confirmed it, it is done.
/// </summary>
internal sealed class SecondPersonGate(RequestDelegate next, ServerOptions options)
{
    private const int MostBody = 1 << 20;

    public async Task InvokeAsync(HttpContext context)
    {
        if (!options.TwoPeople || HttpMethods.IsGet(context.Request.Method) || context.Features.Get<Caller>() is not { } caller || Needed(context, caller) is not { } permission)
        {
            await next(context);
            return;
        }
        var (request, subject) = await ReadAsync(context);
        if (request is null)
        {
            await ApiProblems.WriteAsync(context, new BodyIsTooLarge(MostBody));
            return;
        }
        var proposal = await caller.Engine.SecondPerson.HandleAsync(new AskSecondPerson(context.RouteName(), permission, request, subject, caller.Actor), context.RequestAborted);
        if (proposal.UsedAt is not null)
        {
            await next(context);
            return;
        }
        context.Response.StatusCode = StatusCodes.Status202Accepted;
        context.Response.Headers.Location = "/v1/proposals/" + proposal.Id;
        await context.Response.WriteAsJsonAsync(View(caller, proposal), Answers.Wire.ProposalView, cancellationToken: context.RequestAborted);
    }

    /// <summary>Adds what the API needs to say of a proposal.</summary>
    public static ProposalView View(Caller caller, ProposedChange proposal) => new(
        proposal.Id, proposal.What, proposal.Permission, caller.Engine.Ledger.NameOf(proposal.By), CanonicalJson.Instant(proposal.AskedAt), CanonicalJson.Instant(proposal.ExpiresAt),
        proposal.ConfirmedBy is null ? "waiting" : "confirmed")
    {
        ConfirmedBy = proposal.ConfirmedBy is { } second ? caller.Engine.Ledger.NameOf(second) : null,
    };

    // What lets the caller in is decided by the permissions they hold: one that the table gives to one person is enough.
    private static Permission? Needed(HttpContext context, Caller caller)
    {
        var metadata = context.GetEndpoint()?.Metadata;
        if (metadata?.GetMetadata<RouteNeeds>() is not { } needs || metadata.GetMetadata<OnePersonSuffices>() is not null) return null;
        var held = needs.AnyOf.Where(caller.Actor.Rights.Has).ToList();
        return held.Count > 0 && held.TrueForAll(Roles.ForTwoOf(caller.Roles).Has) ? held[0] : null;
    }

    private static async Task<(string? Text, string? Subject)> ReadAsync(HttpContext context)
    {
        var request = context.Request;
        request.EnableBuffering();
        var bytes = new MemoryStream();
        var buffer = new byte[16 << 10];
        while (await request.Body.ReadAsync(buffer, context.RequestAborted) is > 0 and var read)
        {
            if (bytes.Length + read > MostBody) return (null, null);
            bytes.Write(buffer, 0, read);
        }
        request.Body.Position = 0;
        var body = Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length);
        return ($"{request.Method} {request.Path}{request.QueryString}\n{body}", SubjectOf(body));
    }

    // A request that names a data subject is erased with them.
    private static string? SubjectOf(string body)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            return json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty("subject", out var subject) && subject.ValueKind == JsonValueKind.String && subject.GetString() is { Length: > 0 } name ? name : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

internal static class SecondPersonRoutes
{
    /// <summary>One person may use this route alone.</summary>
    public static TBuilder OnePersonSuffices<TBuilder>(this TBuilder route, string because) where TBuilder : IEndpointConventionBuilder => route.WithMetadata(new OnePersonSuffices(because));
}
