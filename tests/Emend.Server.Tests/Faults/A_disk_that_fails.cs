using System.Net;
using Emend.Engine;
using Emend.Engine.Access;
using Emend.Engine.Journal;
using Emend.Engine.Normalizing;
using Emend.Engine.Storage;
using Emend.Server.Operating;
using Emend.TestKit;
using Microsoft.Extensions.DependencyInjection;

namespace Emend.Server.Tests.Faults;

/// <summary>Flushes that fail, and space that runs out, under a server that is asked for more.</summary>
public class A_disk_that_fails
{
    [LinuxFact, Trait("Fault", "F06")]
    public async Task under_a_flush_gets_no_acknowledgement_while_serving_goes_on_and_the_server_ends_as_failed()
    {
        using var folder = new TemporaryFolder();
        string journal;
        await using (var server = await ServerFixture.StartAsync(static options => options with { Operating = options.Operating with { WatchEvery = TimeSpan.FromDays(1) } }, data: folder.Path))
        {
            var desk = server.Service();
            var engine = await server.EngineAsync();
            await engine.AgentHandler.HandleAsync(new RegisterAgent(new() { Id = "router" }, Actor.Policy("test")), CancellationToken.None);
            for (var i = 0; i < 10; i++) Assert.Equal(HttpStatusCode.Created, await SendAsync(desk, $"good-{i}"));
            using var manifest = await desk.GetAsync("/v1/bundles/router/manifest");
            journal = engine.Store.Files.Journal;
            await server.SettleAsync();
            // Readers find everything in the file: what breaks from here on is the writer's log.
            using (var connection = SqliteFile.Open(journal, Microsoft.Data.Sqlite.SqliteOpenMode.ReadWrite)) SqliteFile.Execute(connection, "PRAGMA wal_checkpoint(PASSIVE)");

            BrokenFlush.Break(journal + "-wal");
            var refused = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => SendAsync(desk, $"lost-{i}")));

            Assert.All(refused, static status => Assert.Equal(HttpStatusCode.ServiceUnavailable, status));
            // What agents live on needs no write.
            using var still = await desk.GetAsync("/v1/bundles/router/manifest");
            Assert.Equal((HttpStatusCode.OK, manifest.Headers.ETag), (still.StatusCode, still.Headers.ETag));
            Assert.Equal(HttpStatusCode.OK, (await server.Client("mira", Role.LeadReviewer).GetAsync("/v1/decisions/good-3")).StatusCode);
            Assert.Contains("journal-failed", await (await server.Anonymous.GetAsync("/readyz")).Content.ReadAsStringAsync(), StringComparison.Ordinal);
            await server.Server.Services.GetRequiredService<FailureWatch>().RoundAsync(CancellationToken.None);
            await server.Server.WaitAsync();
            Assert.True(server.Server.HasFailed); // the program turns this into exit code 1
        }
        await using var again = await EmendEngine.OpenAsync(new() { DataDirectory = folder.Path }, CancellationToken.None);
        Assert.Equal(Enumerable.Range(0, 10).Select(static i => $"good-{i}"), again.Store.Entries().Where(static e => e.Type == DecisionRecord.Type).SelectMany(static e => e.Records).Select(static r => r.Id));
        Assert.True(VerifyJournal.Run(again.Store, null, CancellationToken.None).IsSound);
    }

    [Fact, Trait("Fault", "F07")]
    public async Task by_being_full_is_answered_with_507_and_forgotten_once_there_is_room()
    {
        await using var server = await ServerFixture.StartAsync();
        var desk = server.Service();
        var engine = await server.EngineAsync();
        Assert.Equal(HttpStatusCode.Created, await SendAsync(desk, "d-0"));
        // The file may not grow beyond a few pages more: what SQLite then reports is what it reports on a full disk.
        var pages = await engine.Store.WriteAsync(static work => (long)work.Command("PRAGMA page_count").ExecuteScalar()!, CancellationToken.None);
        await PragmaAsync($"PRAGMA max_page_count = {pages + 40}");
        var acknowledged = 1;
        HttpStatusCode status;
        while ((status = await SendAsync(desk, $"d-{acknowledged}", size: 20_000)) == HttpStatusCode.Created) acknowledged++;

        Assert.Equal(HttpStatusCode.InsufficientStorage, status);
        Assert.Equal(HttpStatusCode.OK, (await server.Client("mira", Role.LeadReviewer).GetAsync("/v1/decisions/d-0")).StatusCode);
        Assert.Equal(acknowledged, engine.Store.Entries().Count(static e => e.Type == DecisionRecord.Type));
        Assert.True(VerifyJournal.Run(engine.Store, null, CancellationToken.None).IsSound);

        await PragmaAsync("PRAGMA max_page_count = 1000000");
        Assert.Equal(HttpStatusCode.Created, await SendAsync(desk, $"d-{acknowledged}", size: 20_000));
        Assert.Equal(HttpStatusCode.OK, await SendAsync(desk, "d-0"));
        for (var i = 0; i <= acknowledged; i++) Assert.NotNull(engine.Decisions.Find($"d-{i}"));

        Task<object?> PragmaAsync(string pragma) => engine.Store.WriteAsync(work => work.Command(pragma).ExecuteScalar(), CancellationToken.None);
    }

    private static async Task<HttpStatusCode> SendAsync(HttpClient desk, string id, int size = 20)
    {
        using var answer = await desk.PostAsync("/v1/decisions", ServerFixture.Json(
            $$"""{"id":"{{id}}","occurredAt":"2026-01-05T08:00:00Z","agent":"router","input":"{{new string('x', size)}}","proposed":{"action":"a"} }"""));
        if (answer.StatusCode is HttpStatusCode.ServiceUnavailable or HttpStatusCode.InsufficientStorage) Assert.True(answer.Headers.RetryAfter?.Delta > TimeSpan.Zero);
        return answer.StatusCode;
    }
}
