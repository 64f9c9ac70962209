using Emend.Server.Access;
using Emend.TestKit;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Emend.Server.Tests.Access;

/// <summary>A route of the running server.</summary>
internal sealed record KnownRoute(string Method, string Pattern, RouteNeeds? Needs)
{
    /// <summary>Whether it is done once for each idempotency key.</summary>
    public bool TakesKey { get; init; }

    /// <summary>Whether it may run for long: it is no page then.</summary>
    public bool RunsLong { get; init; }

    /// <summary>Whether it reads a body.</summary>
    public bool TakesBody { get; init; }

    /// <summary>Why one person may use it alone although its permission is marked for two.</summary>
    public OnePersonSuffices? ForOne { get; init; }

    /// <summary>As documents name it.</summary>
    public string Name => $"{Method} {Pattern}";

    /// <summary>A request to it.</summary>
    /// <param name="fill">What to put in for a parameter of the path.</param>
    /// <param name="body">JSON body of a request that has one.</param>
    public HttpRequestMessage Request(Func<string, string> fill, string body = "{}")
    {
        var path = System.Text.RegularExpressions.Regex.Replace(Pattern, @"\{(?<name>[^}:]+)[^}]*\}", match => Uri.EscapeDataString(fill(match.Groups["name"].Value)), System.Text.RegularExpressions.RegexOptions.None, TimeSpan.FromSeconds(5));
        var request = new HttpRequestMessage(new HttpMethod(Method), path);
        if (Method is not ("GET" or "DELETE")) request.Content = ServerFixture.Json(body);
        return request;
    }
}

/// <summary>The routes of the running server: what is tested is what is there, not what somebody remembered to list.</summary>
internal static class RouteList
{
    /// <summary>All that need a key.</summary>
    public static IReadOnlyList<KnownRoute> Guarded(ServerFixture server) => [.. All(server).Where(static route => route.Needs is not null)];

    /// <summary>All.</summary>
    public static IReadOnlyList<KnownRoute> All(ServerFixture server) => [..
        from endpoint in server.Server.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
        from method in endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? ["GET"]
        let pattern = "/" + endpoint.RoutePattern.RawText!.Trim('/')
        orderby pattern, method
        select new KnownRoute(method, pattern, endpoint.Metadata.GetMetadata<RouteNeeds>())
        {
            TakesKey = endpoint.Metadata.GetMetadata<RouteTakesKey>() is not null,
            RunsLong = endpoint.Metadata.GetMetadata<RouteRunsLong>() is not null,
            TakesBody = endpoint.Metadata.GetMetadata<IAcceptsMetadata>() is not null,
            ForOne = endpoint.Metadata.GetMetadata<OnePersonSuffices>(),
        }];
}
