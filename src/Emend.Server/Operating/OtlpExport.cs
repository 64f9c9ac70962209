using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Emend.Server.Operating;

/// <summary>Traces, metrics and logs over OTLP. Everything is batched, bounded and dropped when the collector hangs: no request waits for it.</summary>
internal sealed class OtlpExport(OperatingOptions options) : IHostedService, IDisposable
{
    private static readonly TimeSpan FlushWithin = TimeSpan.FromSeconds(3);

    private TracerProvider? _traces;
    private MeterProvider? _metrics;

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        // Without this switch request spans have no tags at all.
        AppContext.SetSwitch("Microsoft.AspNetCore.Hosting.SuppressActivityOpenTelemetryData", isEnabled: false);
        _traces = Sdk.CreateTracerProviderBuilder()
            .SetResourceBuilder(Resource())
            .AddSource("Emend.*", "Microsoft.AspNetCore")
            .AddProcessor(new RequestNames())
            .AddOtlpExporter(to => Configure(to, "v1/traces"))
            .Build();
        _metrics = Sdk.CreateMeterProviderBuilder()
            .SetResourceBuilder(Resource())
            .AddMeter("Emend.*", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Runtime")
            .SetMaxMetricStreams(1_000)
            .AddOtlpExporter(to => Configure(to, "v1/metrics"))
            .Build();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.Run(
        () =>
        {
            _traces?.Shutdown((int)FlushWithin.TotalMilliseconds);
            _metrics?.Shutdown((int)FlushWithin.TotalMilliseconds);
        },
        cancellationToken);

    public void Dispose()
    {
        _traces?.Dispose();
        _metrics?.Dispose();
    }

    /// <summary>Logs go the same way.</summary>
    public static void AddLogs(ILoggingBuilder logging, OperatingOptions options) => logging.AddOpenTelemetry(logs =>
    {
        logs.SetResourceBuilder(Resource());
        logs.IncludeScopes = false;
        logs.AddOtlpExporter(to => new OtlpExport(options).Configure(to, "v1/logs"));
    });

    private static ResourceBuilder Resource() =>
        ResourceBuilder.CreateEmpty().AddService("emend", serviceVersion: typeof(OtlpExport).Assembly.GetName().Version?.ToString());

    private void Configure(OtlpExporterOptions to, string path)
    {
        to.Protocol = OtlpExportProtocol.HttpProtobuf;
        to.Endpoint = new Uri(options.OtlpEndpoint!.AbsoluteUri.TrimEnd('/') + "/" + path);
        to.TimeoutMilliseconds = (int)FlushWithin.TotalMilliseconds;
        if (options.OtlpHeaders is { } headers) to.Headers = headers;
    }

    // The host calls every request "Microsoft.AspNetCore.Hosting.HttpRequestIn"; the route tells more, and no more than it should. Paths hold ids.
    private sealed class RequestNames : BaseProcessor<System.Diagnostics.Activity>
    {
        private static readonly string[] Telling = ["url.path", "url.query", "url.full", "user_agent.original", "client.address", "network.peer.address"];

        public override void OnEnd(System.Diagnostics.Activity data)
        {
            if (data.Source.Name != "Microsoft.AspNetCore") return;
            data.DisplayName = $"{data.GetTagItem("http.request.method")} {data.GetTagItem("http.route") ?? "(no route)"}";
            foreach (var tag in Telling) data.SetTag(tag, null);
        }
    }
}
