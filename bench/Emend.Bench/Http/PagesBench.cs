using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Emend.Bench.Capturing;
using Emend.Engine.Access;
using Emend.TestKit;

namespace Emend.Bench.Http;

/// <summary>
/// List and detail pages of a long-lived workspace, and how soon a server is ready on it: COUNT decisions of five agents, one in ten
/// corrected. Baseline in the same run: the same pages with a hundredth of the decisions.
/// </summary>
public sealed class PagesBench : IBench
{
    private const int Agents = 5, CorrectedEvery = 10, Asked = 400, Depth = 40;

    /// <inheritdoc/>
    public string Name => "http-pages";

    /// <inheritdoc/>
    public string What => "list and detail pages, and readiness, at COUNT decisions against a hundredth of them [COUNT, default 1000000]";

    /// <inheritdoc/>
    public async Task<int> RunAsync(string[] args)
    {
        var count = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 1_000_000;
        var few = await MeasureAsync(Math.Max(1_000, count / 100), null);
        await MeasureAsync(count, few);
        return 0;
    }

    private static async Task<Dictionary<string, double>> MeasureAsync(int count, Dictionary<string, double>? few)
    {
        using var folder = new TemporaryFolder();
        var watch = Stopwatch.StartNew();
        await using (var server = await ServerFixture.StartAsync(data: folder.Path))
        {
            var engine = await server.EngineAsync();
            await Workload.DecideAsync(engine, count, static i => DeskSignals.Decision(i) with { Agent = AgentOf(i) });
            await Workload.CorrectAsync(engine, Enumerable.Range(0, count / CorrectedEvery).Select(static i => i * CorrectedEvery));
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{count:N0} decisions and {count / CorrectedEvery:N0} corrections in {engine.Store.Size:N0} entries, {new FileInfo(engine.Store.Files.Journal).Length >> 20} MiB, written in {watch.Elapsed.TotalSeconds:F0} s"));
        }
        watch.Restart();
        await using var again = await ServerFixture.StartAsync(static options => options with { RequestsPerSecond = 1_000_000 }, folder.Path);
        (await again.Anonymous.GetAsync("/readyz")).EnsureSuccessStatusCode();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  ready after {watch.Elapsed.TotalSeconds:F2} s"));

        var key = again.Key("bench-lead", [Role.LeadReviewer]).Text;
        var submitter = again.Key("person-3", [Role.Submitter]).Text;
        var lead = again.With(key);
        var random = new Random(1);
        var measured = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (var (what, list, who) in new (string, string, string)[]
        {
            ("decisions", "/v1/decisions?limit=50", key),
            ("decisions of an agent", $"/v1/decisions?agent={AgentOf(3)}&limit=50", key),
            ("decisions of an agent there is not", "/v1/decisions?agent=nobody&limit=50", key),
            ("corrections", "/v1/corrections?limit=50", key),
            ("corrections of a decision", "/v1/corrections?decision=d-0000010&limit=50", key),
            ("corrections, one's own", "/v1/corrections?limit=50", submitter),
            ("reviews", "/v1/reviews?limit=50", key),
            ("reviews of an agent", $"/v1/reviews?agent={AgentOf(0)}&limit=50", key),
            ("reviews of an agent there is not", "/v1/reviews?agent=nobody&limit=50", key),
            ("parked", "/v1/parked", key),
            ("alerts", "/v1/alerts?all=true", key),
        })
        {
            // Pages from the beginning on, and far behind it: a cursor of this list's own with another place in it.
            var pages = new List<string> { list };
            var client = ReferenceEquals(who, key) ? lead : again.With(who);
            for (var next = list; pages.Count < Depth && await NextAsync(client, next) is { } cursor; pages.Add(next)) next = $"{list}&cursor={cursor}";
            if (pages.Count == Depth) pages.AddRange(Enumerable.Range(1, Depth).Select(i => Deep(pages[1], i, count)));
            Print(what, [.. Enumerable.Range(0, Asked).Select(_ => RawClient.Request("GET", pages[random.Next(pages.Count)], who))]);
        }
        string Any() => string.Create(CultureInfo.InvariantCulture, $"d-{random.Next(count) / CorrectedEvery * CorrectedEvery:d7}");
        Print("a decision", [.. Enumerable.Range(0, Asked).Select(_ => RawClient.Request("GET", "/v1/decisions/" + Any(), key))]);
        Print("its lineage", [.. Enumerable.Range(0, Asked).Select(_ => RawClient.Request("GET", "/v1/lineage/" + Any(), key))]);
        Print("a correction", [.. Enumerable.Range(0, Asked).Select(_ => RawClient.Request("GET", "/v1/corrections/" + DeskSignals.Correction(random.Next(count / CorrectedEvery) * CorrectedEvery, "e").Id, key))]);
        return measured;

        void Print(string what, byte[][] requests)
        {
            // What is compiled meanwhile is no part of a figure.
            LoadThread.Run(again.Address, requests[..(Asked / 4)], 2, static (_, _) => true);
            var before = Environment.CpuUsage.TotalTime;
            var load = LoadThread.Run(again.Address, requests, 2, static (_, answer) => answer.StartsWith("HTTP/1.1 200"u8));
            var micros = (Environment.CpuUsage.TotalTime - before - load.Processor).TotalMicroseconds / requests.Length;
            measured[what] = micros;
            var ratio = few is null ? "" : string.Create(CultureInfo.InvariantCulture, $"  {micros / few[what]:F1} times what it costs with {Math.Max(1_000, count / 100):N0}");
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"  {what,-34} p50 {load.Millis[requests.Length / 2],7:F2} ms  p99 {load.Millis[requests.Length * 99 / 100],7:F2} ms  {micros,7:F0} us of processor{ratio}{(load.Wrong > 0 ? $"  {load.Wrong} WRONG" : "")}"));
        }
    }

    private static string AgentOf(int i) => i % Agents == 0 ? DeskSignals.Agent : "router-" + i % Agents;

    private static async Task<string?> NextAsync(HttpClient client, string page)
    {
        using var json = JsonDocument.Parse(await client.GetStringAsync(page));
        return json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty("next", out var next) ? Uri.EscapeDataString(next.GetString()!) : null;
    }

    // Lists go by time or by number of arrival, and both grow evenly in this workload.
    private static string Deep(string page, int part, int count)
    {
        var at = page.IndexOf("cursor=", StringComparison.Ordinal) + "cursor=".Length;
        var rest = page[at..].Split('.')[1];
        var number = (long)count * part / (Depth + 1);
        var isReview = rest.StartsWith('d');
        var first = isReview ? 1_767_614_400_000_000 + number : 1_767_600_000_000_000 + number * 1_000L;
        return string.Create(CultureInfo.InvariantCulture, $"{page[..at]}{first}.{(isReview ? $"d-{number:d7}" : number.ToString(CultureInfo.InvariantCulture))}");
    }
}
