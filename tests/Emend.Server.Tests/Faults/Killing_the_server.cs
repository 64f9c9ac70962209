using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text.Json;
using Emend.Engine;
using Emend.Engine.Access;
using Emend.Engine.Journal;
using Emend.Engine.Normalizing;
using Emend.TestKit;
using Xunit.Abstractions;

namespace Emend.Server.Tests.Faults;

/// <summary>
/// F01, F02, F22: the server is killed under load whenever a chosen number of requests was acknowledged, and started again. 1,000
/// times with EMEND_SOAK=1.
/// </summary>
public class Killing_the_server(ITestOutputHelper output)
{
    private const int ItemsOfRequest = 5, Clients = 6, MostAcknowledged = 30;
    private static readonly int Kills = Soak.Trials(4, 1_000);

    [Fact]
    public async Task loses_nothing_acknowledged_and_does_nothing_twice()
    {
        var random = Seed.Next();
        using var folder = new TemporaryFolder();
        string key;
        await using (var first = await ServerFixture.StartAsync(data: folder.Path)) key = first.Key("helpdesk", [Role.Agent, Role.Submitter], isService: true).Text;

        var ledger = new ClientLedger(Kills * (MostAcknowledged + Clients) + 40);
        for (var kill = 0; kill < Kills; kill++)
        {
            using var server = await ServerProcess.StartAsync(folder.Path, key);
            await ledger.SendAsync(server, killAfter: random.Next(1, MostAcknowledged));
            await server.GoneAsync();
        }
        using (var last = await ServerProcess.StartAsync(folder.Path, key))
        {
            await ledger.SendAsync(last, killAfter: null);
            output.WriteLine($"{ledger.Unknown} answers were lost on the way, {ledger.FoundAgain} of these requests had been written");
            Assert.Equal(ledger.Requests, ledger.Acknowledged);

            // Whoever asks again is told the same, however often the server died in between.
            foreach (var request in ledger.All.Where(static (_, i) => i % 7 == 0))
            {
                var again = await request.SendAsync(last.Client);
                Assert.Equal(request.Receipts, again.Select(static one => (one.Entry, one.Position)));
                Assert.All(again, static one => Assert.Equal("duplicate", one.Status));
            }
            // The same key with other content is another matter.
            using var conflict = await last.Client.PostAsync("/v1/decisions", ServerFixture.Json(ledger.All.First(static r => r.IsOfDecisions).FirstItem.Replace("\"a\"", "\"b\"", StringComparison.Ordinal)));
            Assert.Equal(HttpStatusCode.Conflict, conflict.StatusCode);
            last.Kill();
            await last.GoneAsync();
        }

        await using var engine = await EmendEngine.OpenAsync(new() { DataDirectory = folder.Path }, CancellationToken.None);
        var records = engine.Store.Entries().Where(static e => e.Type is DecisionRecord.Type or CorrectionRecord.Type)
            .SelectMany(static e => e.Records.Select((r, i) => (r.Id, Place: (e.Index, i)))).ToList();
        // The effect counter: each exactly once, and where its receipt says.
        Assert.Equal(ledger.Requests * ItemsOfRequest, records.Count);
        Assert.Equal(records.Count, records.Select(static r => r.Id).Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(ledger.All.SelectMany(static r => r.Receipts).Order(), records.Select(static r => (r.Place.Index, r.Place.i)).Order());
        Assert.Empty(VerifyJournal.Run(engine.Store, null, CancellationToken.None).Findings);
        var live = StateDigest.Of(engine.Store);
        await RebuildProjections.RunAsync(engine.Store, null, CancellationToken.None);
        Assert.Equal(live, StateDigest.Of(engine.Store));
    }

    /// <summary>What the clients know: every request, whether it was acknowledged, and with which receipts.</summary>
    private sealed class ClientLedger
    {
        private readonly ConcurrentQueue<Request> _open;
        private int _acknowledged, _unknown, _found;

        public ClientLedger(int requests)
        {
            // Corrections of a decision may go out before it: half of the pairs are turned round.
            All = [.. Enumerable.Range(0, requests / 2).SelectMany(static n => n % 2 == 0 ? new[] { Request.Decisions(n), Request.Corrections(n) } : [Request.Corrections(n), Request.Decisions(n)])];
            _open = new(All);
        }

        public IReadOnlyList<Request> All { get; }
        public int Requests => All.Count;
        public int Acknowledged => All.Count(static r => r.Receipts.Count > 0);
        /// <summary>Requests whose answer was lost.</summary>
        public int Unknown => _unknown;
        /// <summary>Of these, how many turned out to have been written.</summary>
        public int FoundAgain => _found;

        /// <summary>Several clients send what is open until nothing is, or the server is gone.</summary>
        public async Task SendAsync(ServerProcess server, int? killAfter)
        {
            _acknowledged = 0;
            await Task.WhenAll(Enumerable.Range(0, Clients).Select(_ => Task.Run(() => RunAsync(server, killAfter))));
        }

        private async Task RunAsync(ServerProcess server, int? killAfter)
        {
            while (_open.TryDequeue(out var request))
            {
                try
                {
                    var items = await request.SendAsync(server.Client);
                    if (request.IsUnknown && items.All(static one => one.Status == "duplicate")) Interlocked.Increment(ref _found);
                    request.Receipts = items.ConvertAll(static one => (one.Entry, one.Position));
                    if (Interlocked.Increment(ref _acknowledged) == killAfter) server.Kill();
                }
                catch (Exception lost) when (killAfter is not null && lost is HttpRequestException or IOException or TaskCanceledException)
                {
                    // Sent, and nobody knows: it is sent again, to whatever comes up next.
                    request.IsUnknown = true;
                    Interlocked.Increment(ref _unknown);
                    _open.Enqueue(request);
                    return;
                }
            }
        }
    }

    private sealed class Request(string path, IReadOnlyList<string> items)
    {
        public bool IsOfDecisions => path == "/v1/decisions";
        public string FirstItem => items[0];
        public bool IsUnknown { get; set; }
        public List<(long Entry, int Position)> Receipts { get; set; } = [];

        public static Request Decisions(int n) => new("/v1/decisions", [.. Enumerable.Range(0, ItemsOfRequest).Select(i =>
            string.Create(CultureInfo.InvariantCulture, $$"""{"id":"d-{{n}}-{{i}}","occurredAt":"2026-01-05T08:00:00Z","agent":"router","input":"where is it {{n}}","proposed":{"action":"a"},"subject":"cust-{{n % 9}}"}"""))]);

        public static Request Corrections(int n) => new("/v1/corrections", [.. Enumerable.Range(0, ItemsOfRequest).Select(i =>
            string.Create(CultureInfo.InvariantCulture, $$"""{"decisionId":"d-{{n}}-{{i}}","verdict":"modify","action":"b","comment":"not there","by":"rosa","at":"2026-01-05T09:00:00Z","idempotencyKey":"k-{{n}}-{{i}}"}"""))]);

        public async Task<List<(string Status, long Entry, int Position)>> SendAsync(HttpClient client)
        {
            using var answer = await client.PostAsync(path, ServerFixture.Json($$"""{"items":[{{string.Join(',', items)}}]}"""));
            var body = await answer.Content.ReadAsStringAsync();
            Assert.True(answer.IsSuccessStatusCode, $"{path}: {(int)answer.StatusCode} {body}");
            using var json = JsonDocument.Parse(body);
            return [.. json.RootElement.GetProperty("items").EnumerateArray().Select(static one =>
            {
                var status = one.GetProperty("status").GetString()!;
                Assert.True(status is "accepted" or "parked" or "duplicate", one.GetRawText());
                return (status, one.GetProperty("entry").GetInt64(), one.GetProperty("position").GetInt32());
            })];
        }
    }
}
