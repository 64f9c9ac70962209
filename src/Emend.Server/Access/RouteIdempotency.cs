namespace Emend.Server.Access;

/// <summary>A route whose requests are done once for each <c>Idempotency-Key</c>.</summary>
internal sealed record RouteTakesKey;

/// <summary>A POST that needs no idempotency key, and why that is right.</summary>
internal sealed record RouteNeedsNoKey(string Because);

/// <summary>Says of every POST what asking twice does: <see cref="Check"/> refuses to start otherwise.</summary>
internal static class RouteIdempotency
{
    /// <summary>With an <c>Idempotency-Key</c> it is done once, and asking again gives the first answer.</summary>
    public static TBuilder TakesKey<TBuilder>(this TBuilder route) where TBuilder : IEndpointConventionBuilder => route.WithMetadata(new RouteTakesKey());

    /// <summary>Asking twice does no harm by itself.</summary>
    public static TBuilder NeedsNoKey<TBuilder>(this TBuilder route, string because) where TBuilder : IEndpointConventionBuilder => route.WithMetadata(new RouteNeedsNoKey(because));

    /// <summary>Makes sure that every POST says it.</summary>
    /// <exception cref="InvalidOperationException">Some do not.</exception>
    public static void Check(IEnumerable<Endpoint> endpoints)
    {
        var silent = endpoints
            .Where(static endpoint => endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods.Contains(HttpMethods.Post, StringComparer.OrdinalIgnoreCase) == true
                && endpoint.Metadata.GetMetadata<RouteTakesKey>() is null && endpoint.Metadata.GetMetadata<RouteNeedsNoKey>() is null)
            .Select(static endpoint => endpoint.DisplayName).ToList();
        if (silent.Count > 0)
            throw new InvalidOperationException($"these routes do not say what asking twice does; add TakesKey() or NeedsNoKey(\"why\"): {string.Join(", ", silent)}");
    }
}
