using System.Collections.Immutable;
using Emend.Engine.Access;

namespace Emend.Server.Access;

/// <summary>A route needs one of these permissions.</summary>
internal sealed record RouteNeeds(ImmutableArray<Permission> AnyOf);

/// <summary>A route that needs no key, and why that is right.</summary>
internal sealed record RouteIsOpen(string Because);

/// <summary>A route that may run for long: it ends when its key does, and no time-out ends it.</summary>
internal sealed record RouteRunsLong;

/// <summary>Says who may use a route. Every route says it: <see cref="Check"/> refuses to start otherwise.</summary>
internal static class RouteAccess
{
    /// <summary>The route needs a key that holds one of these permissions.</summary>
    public static TBuilder Needs<TBuilder>(this TBuilder route, params Permission[] anyOf) where TBuilder : IEndpointConventionBuilder =>
        route.WithMetadata(new RouteNeeds([.. anyOf]));

    /// <summary>The route needs no key.</summary>
    public static TBuilder IsOpen<TBuilder>(this TBuilder route, string because) where TBuilder : IEndpointConventionBuilder => route.WithMetadata(new RouteIsOpen(because));

    /// <summary>The route streams.</summary>
    public static TBuilder RunsLong<TBuilder>(this TBuilder route) where TBuilder : IEndpointConventionBuilder => route.WithMetadata(new RouteRunsLong());

    /// <summary>Makes sure that every route says who may use it.</summary>
    /// <exception cref="InvalidOperationException">Some do not.</exception>
    public static void Check(IEnumerable<Endpoint> endpoints)
    {
        var silent = endpoints.Where(static endpoint => endpoint.Metadata.GetMetadata<RouteNeeds>() is null && endpoint.Metadata.GetMetadata<RouteIsOpen>() is null)
            .Select(static endpoint => endpoint.DisplayName).ToList();
        if (silent.Count > 0)
            throw new InvalidOperationException($"these routes do not say who may use them; add Needs(Permission) or IsOpen(\"why\"): {string.Join(", ", silent)}");
    }
}
