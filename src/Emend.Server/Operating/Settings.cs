using System.Collections.Immutable;
using System.Net;
using static Emend.Server.Operating.SettingValue;

namespace Emend.Server.Operating;

/// <summary>Everything that can be configured. What is not in this list cannot.</summary>
internal static class Settings
{
    /// <summary>In the order of the help.</summary>
    public static ImmutableArray<Setting> All { get; } =
    [
        new("data", "data directory, created on first use", static o => o.DataDirectory, static (o, v) => o with { DataDirectory = v }),
        new("urls", "where to listen; port 0 takes a free one", static o => string.Join(';', o.Urls), static (o, v) => o with { Urls = List(v) }),
        new("certificate", "certificate in PEM, for https addresses", static o => o.Certificate ?? "", static (o, v) => o with { Certificate = v }),
        new("certificateKey", "its private key in PEM, when it lies apart", static o => o.CertificateKey ?? "", static (o, v) => o with { CertificateKey = v }),
        new("rateLimit", "requests a second that one key may make", static o => Text(o.RequestsPerSecond), static (o, v) => o with { RequestsPerSecond = Whole(v, 1) }),
        new("maxBody", "largest body of a request in bytes; streams of lines have no limit", static o => Text(o.MaxBodyBytes), static (o, v) => o with { MaxBodyBytes = Whole(v, 1_024) }),
        new("requestTimeout", "longest a request may take", static o => Text(o.RequestTimeout), static (o, v) => o with { RequestTimeout = Span(v) }),
        new("twoPeople", "whether changes marked 2 in the table of roles wait for a second person", static o => Text(o.TwoPeople), static (o, v) => o with { TwoPeople = Flag(v) }),
        new("stop.drain", "once asked to end: how long connections still get a 503 instead of being cut", static o => Text(o.DrainFor), static (o, v) => o with { DrainFor = Span(v) }),
        new("stop.within", "once asked to end: how long what is under way gets before it is cut", static o => Text(o.StopWithin), static (o, v) => o with { StopWithin = Span(v) }),
        new("log.level", "trace, debug, information, warning, error, critical", static o => o.Operating.LogLevel.ToString().ToLowerInvariant(),
            static (o, v) => o with { Operating = o.Operating with { LogLevel = Enum.TryParse<LogLevel>(v, ignoreCase: true, out var level) && !char.IsAsciiDigit(v[0]) ? level : throw new FormatException("one of trace, debug, information, warning, error, critical, none") } }),
        new("log.format", "text or json", static o => o.Operating.LogIsJson ? "json" : "text",
            static (o, v) => o with { Operating = o.Operating with { LogIsJson = v switch { "json" => true, "text" => false, _ => throw new FormatException("text or json") } } }),
        new("metrics.open", "whether /metrics answers without a key", static o => Text(o.Operating.MetricsAreOpen), static (o, v) => o with { Operating = o.Operating with { MetricsAreOpen = Flag(v) } }),
        new("otlp.endpoint", "where traces, metrics and logs go (OTLP, http/protobuf)", static o => o.Operating.OtlpEndpoint?.AbsoluteUri ?? "",
            static (o, v) => o with { Operating = o.Operating with { OtlpEndpoint = Uri.TryCreate(v, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" ? new Uri(v) : throw new FormatException("an http or https address, e.g. http://127.0.0.1:4318") } }),
        new("otlp.headers", "headers of these, NAME=VALUE,NAME=VALUE", static o => o.Operating.OtlpHeaders ?? "", static (o, v) => o with { Operating = o.Operating with { OtlpHeaders = v } }) { IsSecret = true },
        new("ready.within", "how long a write may take before /readyz says no", static o => Text(o.Operating.ReadyWithin), static (o, v) => o with { Operating = o.Operating with { ReadyWithin = Span(v) } }),
        new("watch.every", "how often alerts are looked for", static o => Text(o.Operating.WatchEvery), static (o, v) => o with { Operating = o.Operating with { WatchEvery = Span(v) } }),
        new("verify.every", "how often the whole journal is verified", static o => Text(o.Operating.VerifyEvery), static (o, v) => o with { Operating = o.Operating with { VerifyEvery = Span(v) } }),
        new("alerts.parkedTooLong", "how long a correction may wait for its decision", static o => Text(o.Operating.Alerts.ParkedTooLong), static (o, v) => Alerts(o, o.Operating.Alerts with { ParkedTooLong = Span(v) })),
        new("alerts.canarySilence", "how long a canary may get no decision", static o => Text(o.Operating.Alerts.CanarySilence), static (o, v) => Alerts(o, o.Operating.Alerts with { CanarySilence = Span(v) })),
        new("alerts.canaryDeadline", "after how long without one it is taken back", static o => Text(o.Operating.Alerts.CanaryDeadline), static (o, v) => Alerts(o, o.Operating.Alerts with { CanaryDeadline = Span(v) })),
        new("webhooks.allowedNetworks", "networks webhooks may reach although they are not public", static o => string.Join(';', o.Operating.Webhooks.AllowedNetworks),
            static (o, v) => Webhooks(o, o.Operating.Webhooks with { AllowedNetworks = [.. List(v).Select(static one => IPNetwork.TryParse(one, out var network) ? network : throw new FormatException("networks such as 10.1.0.0/16, with no bit set beyond the prefix"))] })),
        new("webhooks.allowedPorts", "ports webhooks may reach", static o => string.Join(';', o.Operating.Webhooks.AllowedPorts),
            static (o, v) => Webhooks(o, o.Operating.Webhooks with { AllowedPorts = [.. List(v).Select(static one => Whole(one, 1))] })),
        new("webhooks.allowHttp", "whether webhooks may use plain http into allowed networks", static o => Text(o.Operating.Webhooks.AllowHttp), static (o, v) => Webhooks(o, o.Operating.Webhooks with { AllowHttp = Flag(v) })),
    ];

    private static ServerOptions Alerts(ServerOptions options, Engine.Observing.Alerts.AlertPolicy alerts) => options with { Operating = options.Operating with { Alerts = alerts } };

    private static ServerOptions Webhooks(ServerOptions options, Engine.Messaging.WebhookOptions webhooks) => options with { Operating = options.Operating with { Webhooks = webhooks } };
}
