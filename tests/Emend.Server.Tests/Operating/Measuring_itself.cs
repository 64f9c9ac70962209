using System.Diagnostics.Metrics;
using System.Globalization;
using System.Net;
using Emend.Engine.Access;
using Emend.Server.Operating;
using Emend.TestKit;

namespace Emend.Server.Tests.Operating;

public class Measuring_itself
{
    private const string Planted = "Rosa-Planted-4711";

    private const string Decision = $$$"""{"id":"d-{{{Planted}}}","occurredAt":"2026-01-05T08:00:00Z","agent":"router","input":"{{{Planted}}}","proposed":{"action":"parcel_status"},"subject":"{{{Planted}}}"}""";

    [Fact]
    public async Task needs_a_key_unless_the_operator_opened_it()
    {
        await using var server = await ServerFixture.StartAsync();
        Assert.Equal(HttpStatusCode.Unauthorized, (await server.Anonymous.GetAsync("/metrics")).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await server.Client("sam", Role.Submitter).GetAsync("/metrics")).StatusCode);
        await using var open = await ServerFixture.StartAsync(static options => options with { Operating = options.Operating with { MetricsAreOpen = true } });
        Assert.Equal(HttpStatusCode.OK, (await open.Anonymous.GetAsync("/metrics")).StatusCode);
    }

    [Fact]
    public async Task counts_what_happens_and_names_nobody()
    {
        await using var server = await ServerFixture.StartAsync();
        await server.Client(Planted, "default", isService: true, Role.Agent, Role.Submitter).PostAsync("/v1/decisions", ServerFixture.Json(Decision));
        var text = await server.Client("olu", Role.Operator).GetStringAsync("/metrics");

        var lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Contains(lines, static line => line.StartsWith("emend_journal_appends_total ", StringComparison.Ordinal));
        Assert.Contains(lines, static line => line.StartsWith("emend_journal_commit_time_milliseconds_bucket{le=\"+Inf\"} ", StringComparison.Ordinal));
        Assert.Contains("""emend_operating_projection_lag{workspace="default"} 0""", lines);
        Assert.Contains("""emend_operating_alerts_open{kind="disk-low",severity="page",workspace="default"} 0""", lines);
        Assert.DoesNotContain(Planted, text, StringComparison.Ordinal);
        // As a scraper reads it: a comment, or a name with labels and a number.
        Assert.All(lines, static line => Assert.Matches(@"^(# (HELP|TYPE) [a-z_][a-zA-Z0-9_]* ?.*|[a-zA-Z_][a-zA-Z0-9_]*(\{([a-zA-Z_][a-zA-Z0-9_]*=""(\\.|[^""\\])*"",?)*\})? (-?[0-9.E+-]+|NaN|[+-]Inf))$", line));
    }

    [Fact]
    public void keeps_no_more_series_than_it_may_and_no_tag_it_does_not_know()
    {
        using var meter = new Meter("Emend.Test." + nameof(keeps_no_more_series_than_it_may_and_no_tag_it_does_not_know));
        using var store = new MetricStore();
        var counter = meter.CreateCounter<long>("emend.test.flood");
        for (var i = 0; i < 2 * MetricStore.MaxSeries; i++) counter.Add(1, new("agent", "a-" + i.ToString(CultureInfo.InvariantCulture)), new("person", Planted));
        var lines = store.Text().Split('\n').Where(static line => line.StartsWith("emend_test_flood_total{", StringComparison.Ordinal)).ToList();
        Assert.InRange(lines.Count, MetricStore.MaxSeries, MetricStore.MaxSeries + 1);
        Assert.Contains($$"""emend_test_flood_total{overflow="true"} {{MetricStore.MaxSeries}}""", lines);
        Assert.DoesNotContain(Planted, string.Join('\n', lines), StringComparison.Ordinal);
    }

    [Fact]
    public void writes_histograms_gauges_and_odd_texts_as_the_format_wants_them()
    {
        using var meter = new Meter("Emend.Test." + nameof(writes_histograms_gauges_and_odd_texts_as_the_format_wants_them));
        using var store = new MetricStore();
        var time = meter.CreateHistogram<double>("emend.test.time", "s", "Time.\nTwo \\ lines");
        time.Record(0.003, new KeyValuePair<string, object?>("kind", "a \"b\"\n\\"));
        time.Record(7);
        time.Record(5_000);
        meter.CreateObservableGauge("emend.test.level", static () => 2.5);
        var text = store.Text();
        Assert.Contains("# HELP emend_test_time_seconds Time.\\nTwo \\\\ lines\n# TYPE emend_test_time_seconds histogram\n", text, StringComparison.Ordinal);
        Assert.Contains("emend_test_time_seconds_bucket{kind=\"a \\\"b\\\"\\n\\\\\",le=\"0.005\"} 1\n", text, StringComparison.Ordinal);
        Assert.Contains("emend_test_time_seconds_bucket{le=\"10\"} 1\n", text, StringComparison.Ordinal);
        Assert.Contains("emend_test_time_seconds_bucket{le=\"+Inf\"} 2\nemend_test_time_seconds_sum 5007\nemend_test_time_seconds_count 2\n", text, StringComparison.Ordinal);
        Assert.Contains("# TYPE emend_test_level gauge\nemend_test_level 2.5\n", text, StringComparison.Ordinal);
    }

    [Fact, Trait("Fault", "F36")]
    public async Task a_collector_that_hangs_keeps_no_request_waiting_and_the_end_neither()
    {
        await using var tarpit = new Receiver(static _ => null);
        var server = await ServerFixture.StartAsync(options => options with { Operating = options.Operating with { OtlpEndpoint = new Uri($"http://127.0.0.1:{tarpit.Port}") } });
        var desk = server.Service();
        for (var i = 0; i < 50; i++)
            Assert.Equal(HttpStatusCode.Created, (await desk.PostAsync("/v1/decisions", ServerFixture.Json(Decision.Replace("d-", $"d-{i}-", StringComparison.Ordinal)))).StatusCode);
        await server.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task what_goes_to_the_collector_names_nobody()
    {
        await using var collector = new Receiver(static _ => "200 OK");
        await using (var server = await ServerFixture.StartAsync(options => options with { Operating = options.Operating with { OtlpEndpoint = new Uri($"http://127.0.0.1:{collector.Port}"), LogLevel = Microsoft.Extensions.Logging.LogLevel.Information } }))
        {
            var desk = server.Client(Planted, "default", isService: true, Role.Agent, Role.Submitter);
            await desk.PostAsync("/v1/decisions", ServerFixture.Json(Decision));
            await desk.PostAsync("/v1/decisions?secret=" + Planted, ServerFixture.Json("{\"id\":\"" + Planted));
            await desk.GetAsync("/v1/nowhere/" + Planted);
        }
        // Ending flushes: what was measured has arrived.
        Assert.Contains(collector.All, static got => got.Path == "/v1/traces");
        Assert.Contains(collector.All, static got => got.Path == "/v1/metrics");
        Assert.All(collector.All, static got => Assert.Equal(-1, got.Body.AsSpan().IndexOf(System.Text.Encoding.UTF8.GetBytes(Planted))));
    }

    [Fact]
    public async Task the_journal_leads_to_the_trace()
    {
        await using var server = await ServerFixture.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/decisions") { Content = ServerFixture.Json(Decision) };
        request.Headers.TryAddWithoutValidation("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
        var answer = await server.Service().SendAsync(request);
        Assert.Equal("4bf92f3577b34da6a3ce929d0e0e4736", Assert.Single(answer.Headers.GetValues(OperatingModule.TraceHeader)));
        var engine = await server.EngineAsync();
        Assert.Equal("4bf92f3577b34da6a3ce929d0e0e4736", engine.Store.Entries().Single(static entry => entry.Type == "decisions.accepted").CorrelationId);
    }
}
