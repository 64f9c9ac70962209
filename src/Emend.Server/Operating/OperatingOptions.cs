using Emend.Engine.Messaging;
using Emend.Engine.Observing.Alerts;

namespace Emend.Server.Operating;

/// <summary>How a server is watched and looked after.</summary>
internal sealed record OperatingOptions
{
    /// <summary>Where traces, metrics and logs go over OTLP (http/protobuf); null: nowhere.</summary>
    public Uri? OtlpEndpoint { get; init; }
    /// <summary>Headers of OTLP requests, <c>name=value,name=value</c>: usually a token.</summary>
    public string? OtlpHeaders { get; init; }
    /// <summary>Whether /metrics answers without a key. Default false.</summary>
    public bool MetricsAreOpen { get; init; }
    /// <summary>Whether the console's log is JSON. Default false.</summary>
    public bool LogIsJson { get; init; }
    /// <summary>What is logged. Default warnings and worse.</summary>
    public LogLevel LogLevel { get; init; } = LogLevel.Warning;
    /// <summary>How long the journal may take to write before the server says that it is not ready. Default 2 s.</summary>
    public TimeSpan ReadyWithin { get; init; } = TimeSpan.FromSeconds(2);
    /// <summary>How often alerts are looked for. Default 10 s.</summary>
    public TimeSpan WatchEvery { get; init; } = TimeSpan.FromSeconds(10);
    /// <summary>How often the whole journal is verified. Default one day.</summary>
    public TimeSpan VerifyEvery { get; init; } = TimeSpan.FromDays(1);
    /// <summary>When something is worth an alert.</summary>
    public AlertPolicy Alerts { get; init; } = new();
    /// <summary>What webhooks may reach.</summary>
    public WebhookOptions Webhooks { get; init; } = new();
}
