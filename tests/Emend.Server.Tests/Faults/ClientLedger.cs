using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text.Json;
using Emend.Engine;
using Emend.Engine.Journal;
using Emend.Engine.Normalizing;
using Emend.TestKit;

namespace Emend.Server.Tests.Faults;

/// <summary>What clients know: every request, whether it was acknowledged and with which receipts, refused, or nobody knows.</summary>
internal sealed class ClientLedger
{
    private const int Clients = 6;

    private readonly ConcurrentQueue<Request> _open;
    private int _acknowledged, _unknown, _found, _refused;

    /// <param name="requests">How many there are to send, an even number.</param>
    public ClientLedger(int requests)
    {
        // Corrections of a decision may go out before it: half of the pairs are turned round.
        All = [.. Enumerable.Range(0, requests / 2).SelectMany(static n => n % 2 == 0 ? new[] { Request.Decisions(n), Request.Corrections(n) } : [Request.Corrections(n), Request.Decisions(n)])];
        _open = new(All);
    }

    public IReadOnlyList<Request> All { get; }

    public int Acknowledged => All.Count(static r => r.Receipts.Count > 0);

    /// <summary>Requests whose answer was lost.</summary>
    public int Unknown => _unknown;

    /// <summary>Of these, how many turned out to have been written.</summary>
    public int FoundAgain => _found;

    /// <summary>Requests that were refused with 503 and told when to come again.</summary>
    public int Refused => _refused;

    /// <summary>Several clients send what is open until nothing is, or the server does not want more.</summary>
    /// <param name="server">Where to.</param>
    /// <param name="after">After so many acknowledgements…</param>
    /// <param name="then">…this is done to the server. Null: nothing happens to it, and nothing may go wrong.</param>
    public async Task SendAsync(HttpClient server, int after = 0, Action? then = null)
    {
        _acknowledged = 0;
        await Task.WhenAll(Enumerable.Range(0, Clients).Select(_ => Task.Run(() => RunAsync(server, after, then))));
    }

    /// <summary>Whoever asks again is told the same, however often the server ended in between; the same key with other content is another matter.</summary>
    public async Task AskAgainAsync(HttpClient server)
    {
        foreach (var request in All.Where(static (_, i) => i % 7 == 0))
        {
            var again = (await request.SendAsync(server))!;
            Assert.Equal(request.Receipts, again.Select(static one => (one.Entry, one.Position)));
            Assert.All(again, static one => Assert.Equal("duplicate", one.Status));
        }
        using var conflict = await server.PostAsync("/v1/decisions", ServerFixture.Json(All.First(static r => r.IsOfDecisions).FirstItem.Replace("\"a\"", "\"b\"", StringComparison.Ordinal)));
        Assert.Equal(HttpStatusCode.Conflict, conflict.StatusCode);
    }

    /// <summary>
    /// The effect counter: everything acknowledged is in the journal exactly once and where its receipt says, nothing else is, the journal verifies,
    /// and read models built anew are the ones there were.
    /// </summary>
    public async Task CheckAsync(string data)
    {
        await using var engine = await EmendEngine.OpenAsync(new() { DataDirectory = data }, CancellationToken.None);
        var records = engine.Store.Entries().Where(static e => e.Type is DecisionRecord.Type or CorrectionRecord.Type)
            .SelectMany(static e => e.Records.Select((r, i) => (r.Id, Place: (e.Index, i)))).ToList();
        Assert.Equal(All.Count * Request.Items, records.Count);
        Assert.Equal(records.Count, records.Select(static r => r.Id).Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(All.SelectMany(static r => r.Receipts).Order(), records.Select(static r => (r.Place.Index, r.Place.i)).Order());
        Assert.Empty(VerifyJournal.Run(engine.Store, null, CancellationToken.None).Findings);
        var live = StateDigest.Of(engine.Store);
        await RebuildProjections.RunAsync(engine.Store, null, CancellationToken.None);
        Assert.Equal(live, StateDigest.Of(engine.Store));
    }

    private async Task RunAsync(HttpClient server, int after, Action? then)
    {
        while (_open.TryDequeue(out var request))
        {
            try
            {
                if (await request.SendAsync(server) is not { } items)
                {
                    Assert.NotNull(then);
                    Interlocked.Increment(ref _refused);
                    _open.Enqueue(request);
                    return;
                }
                if (request.IsUnknown && items.TrueForAll(static one => one.Status == "duplicate")) Interlocked.Increment(ref _found);
                request.Receipts = items.ConvertAll(static one => (one.Entry, one.Position));
                if (Interlocked.Increment(ref _acknowledged) == after) then?.Invoke();
            }
            catch (Exception lost) when (then is not null && lost is HttpRequestException or IOException or TaskCanceledException)
            {
                // Sent, and nobody knows: it is sent again, to whatever comes up next. Nobody there to connect to is no such case.
                if (lost is not HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError })
                {
                    request.IsUnknown = true;
                    Interlocked.Increment(ref _unknown);
                }
                _open.Enqueue(request);
                return;
            }
        }
    }

    /// <summary>A batch that is sent until it is acknowledged.</summary>
    internal sealed class Request(string path, IReadOnlyList<string> items)
    {
        public const int Items = 5;

        public bool IsOfDecisions => path == "/v1/decisions";
        public string FirstItem => items[0];
        public bool IsUnknown { get; set; }
        public List<(long Entry, int Position)> Receipts { get; set; } = [];

        public static Request Decisions(int n) => new("/v1/decisions", [.. Enumerable.Range(0, Items).Select(i =>
            string.Create(CultureInfo.InvariantCulture, $$"""{"id":"d-{{n}}-{{i}}","occurredAt":"2026-01-05T08:00:00Z","agent":"router","input":"where is it {{n}}","proposed":{"action":"a"},"subject":"cust-{{n % 9}}"}"""))]);

        public static Request Corrections(int n) => new("/v1/corrections", [.. Enumerable.Range(0, Items).Select(i =>
            string.Create(CultureInfo.InvariantCulture, $$"""{"decisionId":"d-{{n}}-{{i}}","verdict":"modify","action":"b","comment":"not there","by":"rosa","at":"2026-01-05T09:00:00Z","idempotencyKey":"k-{{n}}-{{i}}"}"""))]);

        /// <summary>Sends it; null when the server says that it ends, and when to come again.</summary>
        public async Task<List<(string Status, long Entry, int Position)>?> SendAsync(HttpClient client)
        {
            using var answer = await client.PostAsync(path, ServerFixture.Json($$"""{"items":[{{string.Join(',', items)}}]}"""));
            var body = await answer.Content.ReadAsStringAsync();
            if (answer.StatusCode == HttpStatusCode.ServiceUnavailable)
            {
                Assert.True(answer.Headers.RetryAfter?.Delta > TimeSpan.Zero, body);
                return null;
            }
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
