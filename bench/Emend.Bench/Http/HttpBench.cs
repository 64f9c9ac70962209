using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Emend.Engine.Access;
using Emend.TestKit;

namespace Emend.Bench.Http;

/// <summary>Corrections over HTTP in batches, against what the engine alone does in the same run; a server at rest.</summary>
public sealed class HttpBench : IBench
{
    private const int Batch = Workload.Batch;
    private static TimeSpan s_processor;

    /// <inheritdoc/>
    public string Name => "http";

    /// <inheritdoc/>
    public string What => "corrections over HTTP in batches against the engine alone, start and memory [COUNT, default 60000]";

    /// <inheritdoc/>
    public async Task<int> RunAsync(string[] args)
    {
        var count = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 60_000;
        var corrected = Math.Min(count / 3, 40_000) / Batch * Batch;
        using var folder = new TemporaryFolder();
        var wrong = 0;
        await using (var server = await ServerFixture.StartAsync(static options => options with { RequestsPerSecond = 1_000_000 }, folder.Path))
        {
            var engine = await server.EngineAsync();
            var key = server.Key("bench-service", [Role.Agent, Role.Submitter], isService: true).Text;
            var watch = Stopwatch.StartNew();
            await Workload.DecideAsync(engine, count);
            Rate("decisions loaded by the engine", count, watch, null);

            // Each share of the decisions is corrected once, by another way.
            await Workload.CorrectAsync(engine, Enumerable.Range(2 * corrected, Math.Min(2_000, corrected)));
            Processor();
            watch.Restart();
            await Workload.CorrectAsync(engine, Enumerable.Range(0, corrected));
            var alone = watch.Elapsed;
            Rate("corrections, engine alone, batches of 100", corrected, alone, null);

            var batches = Enumerable.Range(corrected, corrected).Chunk(Batch).Select(chunk => RawClient.Request("POST", "/v1/corrections", key, $"{{\"items\":[{string.Join(',', chunk.Select(static i => Workload.Line(i, "b")))}]}}")).ToArray();
            Processor();
            var (time, _, bad) = await LoadAsync(server.Address, batches, 8, null);
            wrong += bad;
            Rate("corrections, HTTP, batches of 100", corrected, time, alone);

            var half = Enumerable.Range(0, Math.Min(corrected, 20_000)).Chunk(Batch).Select(chunk => RawClient.Request("POST", "/v1/corrections", key, $"{{\"items\":[{string.Join(',', chunk.Select(static i => Workload.Line(i, "h")))}]}}")).ToArray();
            var pace = time / corrected * Batch * 2;
            (_, var latencies, bad) = await LoadAsync(server.Address, half, 8, pace);
            wrong += bad;
            Latency("  a batch, at half of that load", latencies);
        }
        await RestAsync(folder.Path, $"with {count:N0} decisions");
        using var empty = new TemporaryFolder();
        await RestAsync(empty.Path, "empty");
        return wrong == 0 ? 0 : 1;
    }

    // Closed loop without a pace; with one, requests are due at fixed times and waiting counts as latency.
    private static async Task<(TimeSpan Time, double[] Millis, int Wrong)> LoadAsync(Uri address, byte[][] requests, int connections, TimeSpan? pace)
    {
        var latencies = new ConcurrentBag<double>();
        var (next, wrong) = (-1, 0);
        var clients = await Task.WhenAll(Enumerable.Range(0, connections).Select(_ => RawClient.ConnectAsync(address)));
        var start = Stopwatch.GetTimestamp();
        await Task.WhenAll(clients.Select(client => Task.Run(async () =>
        {
            while (Interlocked.Increment(ref next) is var i && i < requests.Length)
            {
                var due = pace is { } each ? start + (long)(each.TotalSeconds * i * Stopwatch.Frequency) : Stopwatch.GetTimestamp();
                if (pace is not null && Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), due) is var wait && wait > TimeSpan.Zero) await Task.Delay(wait);
                var begun = pace is null ? due : Math.Max(due, start);
                var (status, body) = await client.SendAsync(requests[i]);
                latencies.Add(Stopwatch.GetElapsedTime(begun).TotalMilliseconds);
                if (status >= 300 && Interlocked.Increment(ref wrong) == 1) Console.WriteLine(body);
            }
        })));
        var time = Stopwatch.GetElapsedTime(start);
        foreach (var client in clients) client.Dispose();
        return (time, [.. latencies.Order()], wrong);
    }

    private static async Task RestAsync(string data, string what)
    {
        var program = Path.Combine(AppContext.BaseDirectory, "..", "..", "Emend.Server", "release", "emend-server");
        if (!File.Exists(program))
        {
            Console.WriteLine($"server {what}: build src/Emend.Server in Release to measure it");
            return;
        }
        var watch = Stopwatch.StartNew();
        using var process = Process.Start(new ProcessStartInfo(program, ["--data", data, "--urls", "http://127.0.0.1:0"]) { RedirectStandardOutput = true, UseShellExecute = false })!;
        try
        {
            var line = await process.StandardOutput.ReadLineAsync() ?? throw new IOException("the server said nothing");
            using var client = new HttpClient { BaseAddress = new Uri(line[(line.LastIndexOf(' ') + 1)..]) };
            (await client.GetAsync("/openapi.json")).EnsureSuccessStatusCode();
            watch.Stop();
            await Task.Delay(TimeSpan.FromSeconds(3));
            var resident = (await File.ReadAllLinesAsync($"/proc/{process.Id}/status")).First(static status => status.StartsWith("VmRSS", StringComparison.Ordinal));
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"server {what}: answers after {watch.Elapsed.TotalSeconds:F2} s; at rest {resident["VmRSS:".Length..].Trim()}"));
        }
        finally
        {
            process.Kill();
            await process.WaitForExitAsync();
        }
    }

    private static void Rate(string what, long count, Stopwatch watch, TimeSpan? baseline) => Rate(what, count, watch.Elapsed, baseline);

    // Processor time tells what one costs (the load generator's share included) even where other processes take the processor away.
    private static void Rate(string what, long count, TimeSpan time, TimeSpan? baseline) => Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture, $"{what,-48} {count / time.TotalSeconds,10:N0}/s  {Processor() / count,6:F0} us of processor{(baseline is { } alone ? $"  {100 * alone / time,5:F0} % of the engine alone" : "")}"));

    private static double Processor()
    {
        var (before, now) = (s_processor, Environment.CpuUsage.TotalTime);
        s_processor = now;
        return (now - before).TotalMicroseconds;
    }

    private static void Latency(string what, double[] millis) => Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture, $"{what,-60} p50 {millis[millis.Length / 2],7:F2} ms   p99 {millis[millis.Length * 99 / 100],7:F2} ms   max {millis[^1],7:F2} ms"));
}
