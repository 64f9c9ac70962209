namespace Emend.Server.Access;

/// <summary>Names of routes as documents write them.</summary>
internal static class RouteNames
{
    /// <summary>Method and pattern of the route that a request goes to, e.g. <c>GET /v1/decisions/{id}</c>: never with ids in it.</summary>
    public static string RouteName(this HttpContext context) => $"{context.Request.Method} /{(context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText?.Trim('/')}";
}
