using System.Diagnostics;
using Emend.Engine.Messaging;

namespace Emend.Server.Operating;

/// <summary>Looking after a server: logs, metrics, traces, health, the workers that watch. What is watched is in the engine; here it is only called.</summary>
internal static class OperatingModule
{
    /// <summary>Header with the id of the trace that a request belongs to; the journal has it as the correlation of what the request wrote.</summary>
    public const string TraceHeader = "Trace-Id";

    public static void AddOperating(this IHostApplicationBuilder builder, ServerOptions options)
    {
        var operating = options.Operating;
        builder.Logging.ClearProviders().SetMinimumLevel(operating.LogLevel);
        // The framework logs paths and queries of requests, which hold ids; below warnings it says nothing that our own log does not.
        builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning).AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);
        if (operating.LogIsJson) builder.Logging.AddJsonConsole(static console => console.UseUtcTimestamp = true);
        else builder.Logging.AddSimpleConsole(static console => console.SingleLine = true);
        builder.Services
            .AddSingleton<MetricStore>()
            .AddSingleton<TraceIds>()
            .AddSingleton<Readiness>()
            .AddSingleton<ServerGauges>()
            .AddSingleton<Verifications>()
            .AddSingleton(services => new WebhookSender(operating.Webhooks, services.GetRequiredService<TimeProvider>()))
            .AddWorker<Draining>()
            .AddWorker<WatchWorker>()
            .AddWorker<OutboxWorker>()
            .AddWorker<VerifyWorker>()
            .AddWorker<FailureWatch>();
        if (operating.OtlpEndpoint is null) return;
        builder.Services.AddHostedService(_ => new OtlpExport(operating));
        OtlpExport.AddLogs(builder.Logging, operating);
    }

    public static void UseOperating(this WebApplication app)
    {
        // Made now, so that they count from the first request on.
        app.Services.GetRequiredService<MetricStore>();
        app.Services.GetRequiredService<ServerGauges>();
        app.Services.GetRequiredService<TraceIds>();
        app.Use(static (context, next) =>
        {
            if (Activity.Current is { IdFormat: ActivityIdFormat.W3C } activity) context.Response.Headers[TraceHeader] = activity.TraceId.ToHexString();
            return next(context);
        });
        app.MapHealth(app.Services.GetRequiredService<ServerOptions>().Operating);
    }

    private static IServiceCollection AddWorker<T>(this IServiceCollection services) where T : class, IHostedService =>
        services.AddSingleton<T>().AddHostedService(static provider => provider.GetRequiredService<T>());
}
