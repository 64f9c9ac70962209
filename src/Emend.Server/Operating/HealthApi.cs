using System.Collections.Immutable;
using System.Text.Json;
using Emend.Engine.Access;
using Emend.Server.Access;

namespace Emend.Server.Operating;

/// <summary>What machines ask that look after the server.</summary>
internal static class HealthApi
{
    public static void MapHealth(this IEndpointRouteBuilder routes, OperatingOptions options)
    {
        routes.MapGet("/healthz", static context => WriteAsync(context, []))
            .WithTags("Operating").WithName("GetHealth").WithSummary("Whether the process lives.").IsOpen("a supervisor asks before it has a key; the answer says nothing but that somebody answers");
        routes.MapGet("/readyz", static async context => await WriteAsync(context, await context.RequestServices.GetRequiredService<Readiness>().CheckAsync(context.RequestAborted)))
            .WithTags("Operating").WithName("GetReadiness").WithSummary("Whether work should be sent here; the reasons when not.").IsOpen("a load balancer asks without a key; reasons are codes and name no workspace");
        var metrics = routes.MapGet("/metrics", static (MetricStore metrics) => TypedResults.Text(metrics.Text(), PrometheusText.ContentType))
            .WithTags("Operating").WithName("GetMetrics").WithSummary("Metrics in the text format of Prometheus.").Produces<string>(StatusCodes.Status200OK, "text/plain");
        if (options.MetricsAreOpen) metrics.IsOpen("the operator opened it (metrics.open): counts, no content");
        else metrics.Needs(Permission.OpsPause, Permission.AuditRead, Permission.LogicRead);
    }

    private static async Task WriteAsync(HttpContext context, ImmutableArray<NotReady> reasons)
    {
        context.Response.StatusCode = reasons.IsEmpty ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        context.Response.ContentType = "application/json; charset=utf-8";
        context.Response.Headers.CacheControl = "no-store";
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            json.WriteString("status", reasons.IsEmpty ? "ok" : "not-ready");
            json.WriteStartArray("reasons");
            foreach (var reason in reasons)
            {
                json.WriteStartObject();
                json.WriteString("code", reason.Code);
                json.WriteString("message", reason.Message);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        await context.Response.Body.WriteAsync(bytes.ToArray(), context.RequestAborted);
    }
}
