using System.Net;
using Emend.Engine.Storage;
using Emend.Server.Operating;
using Emend.TestKit;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Emend.Server.Tests.Operating;

public class Telling_whether_it_is_ready
{
    private const string Decision = """{"id":"d-1","occurredAt":"2026-01-05T08:00:00Z","agent":"router","proposed":{"action":"parcel_status"}}""";

    [Fact]
    public async Task it_is_without_a_key_and_with_no_word_about_the_data()
    {
        await using var server = await ServerFixture.StartAsync();
        Assert.Equal("""{"status":"ok","reasons":[]}""", await server.Anonymous.GetStringAsync("/healthz"));
        Assert.Equal("""{"status":"ok","reasons":[]}""", await server.Anonymous.GetStringAsync("/readyz"));
    }

    [Fact, Trait("Fault", "F16")]
    public async Task a_writer_that_stalls_makes_it_not_ready_and_ready_again_when_it_goes_on()
    {
        await using var server = await ServerFixture.StartAsync(static options => options with { Operating = options.Operating with { ReadyWithin = TimeSpan.FromMilliseconds(200) } });
        var engine = await server.EngineAsync();
        using var stall = new ManualResetEventSlim();
        var stalled = engine.Store.WriteAsync(_ => stall.Wait(TimeSpan.FromMinutes(2)), CancellationToken.None);
        var answer = await server.Anonymous.GetAsync("/readyz");
        var health = await server.Anonymous.GetAsync("/healthz");
        // Reading does not wait for the writer.
        var metrics = await server.Client("olu", Engine.Access.Role.Operator).GetAsync("/metrics");
        stall.Set();
        await stalled;

        Assert.Equal((HttpStatusCode.ServiceUnavailable, HttpStatusCode.OK, HttpStatusCode.OK), (answer.StatusCode, health.StatusCode, metrics.StatusCode));
        Assert.Contains("writer-stalled", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        await UntilReadyAsync(server);
    }

    [Fact, Trait("Fault", "F06")]
    public async Task a_disk_that_failed_under_a_write_ends_the_server_which_acknowledges_nothing_more()
    {
        await using var server = await ServerFixture.StartAsync();
        var desk = server.Service();
        Assert.Equal(HttpStatusCode.Created, (await desk.PostAsync("/v1/decisions", ServerFixture.Json(Decision))).StatusCode);
        var engine = await server.EngineAsync();
        await Assert.ThrowsAsync<StoreHasFailedException>(() => engine.Store.WriteAsync<int>(static _ => throw new SqliteException("disk I/O error", 10, 1034), CancellationToken.None));

        var refused = await desk.PostAsync("/v1/decisions", ServerFixture.Json(Decision.Replace("d-1", "d-2", StringComparison.Ordinal)));
        var answer = await server.Anonymous.GetAsync("/readyz");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        Assert.True(refused.Headers.RetryAfter?.Delta > TimeSpan.Zero);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);

        var watch = server.Server.Services.GetRequiredService<FailureWatch>();
        await watch.RoundAsync(CancellationToken.None);
        Assert.True(watch.HasFailed);
        Assert.True(server.Server.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.IsCancellationRequested);
        await server.Server.WaitAsync();
        Assert.True(server.Server.HasFailed);
    }

    [Theory]
    // By triggers: whatever is appended meanwhile would put these right again.
    [InlineData("projections-behind", "CREATE TRIGGER behind AFTER UPDATE ON projection WHEN NEW.name = 'alerts' BEGIN UPDATE projection SET next = 0 WHERE name = 'alerts'; END; UPDATE projection SET next = 0 WHERE name = 'alerts'", "DROP TRIGGER behind; UPDATE projection SET next = (SELECT size FROM tree WHERE id = 1) WHERE name = 'alerts'")]
    [InlineData("sequencer", "CREATE TRIGGER ahead AFTER UPDATE ON tree BEGIN UPDATE tree SET size = size + 1; END; UPDATE tree SET size = size", "DROP TRIGGER ahead; UPDATE tree SET size = size - 1")]
    [InlineData("unreadable", "ALTER TABLE tree RENAME TO tree_away", "ALTER TABLE tree_away RENAME TO tree")]
    [InlineData("disk-full", "CREATE TABLE ballast (x BLOB); CREATE TEMP TRIGGER fill AFTER UPDATE ON probe BEGIN INSERT INTO ballast VALUES (zeroblob(4000000)); END", "DROP TRIGGER fill")]
    public async Task each_cause_is_named_and_gone_once_it_is(string code, string breaks, string mends)
    {
        await using var server = await ServerFixture.StartAsync();
        var engine = await server.EngineAsync();
        await server.Service().PostAsync("/v1/decisions", ServerFixture.Json(Decision));
        await UntilReadyAsync(server);
        await RunAsync(breaks);
        if (code == "disk-full")
        {
            var pages = await engine.Store.WriteAsync(static work => (long)work.Command("PRAGMA page_count").ExecuteScalar()!, CancellationToken.None);
            await RunAsync($"PRAGMA max_page_count = {pages + 4}");
        }

        // An answer serves everybody for a second: the news takes up to one.
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        HttpResponseMessage answer;
        while ((answer = await server.Anonymous.GetAsync("/readyz", limit.Token)).StatusCode == HttpStatusCode.OK) answer.Dispose();
        Assert.Contains($"\"code\":\"{code}\"", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await server.Anonymous.GetAsync("/healthz")).StatusCode);

        await RunAsync(mends);
        await UntilReadyAsync(server);

        Task<int> RunAsync(string sql) => engine.Store.WriteAsync(work => work.Command(sql).ExecuteNonQuery(), CancellationToken.None);
    }

    [Fact]
    public async Task one_that_is_ending_says_so_as_long_as_somebody_can_ask()
    {
        await using var server = await ServerFixture.StartAsync(static options => options with { DrainFor = TimeSpan.FromMinutes(1) });
        Assert.Equal(HttpStatusCode.OK, (await server.Anonymous.GetAsync("/readyz")).StatusCode);
        var desk = server.Service();
        Assert.Equal(HttpStatusCode.OK, (await desk.GetAsync("/v1/bundles/keys")).StatusCode);
        server.Server.Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();

        using var ready = await server.Anonymous.GetAsync("/readyz");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        Assert.Contains("\"code\":\"stopping\"", await ready.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await server.Anonymous.GetAsync("/healthz")).StatusCode);
        using var refused = await desk.PostAsync("/v1/decisions", ServerFixture.Json(Decision));
        Assert.Equal((HttpStatusCode.ServiceUnavailable, true, true), (refused.StatusCode, refused.Headers.RetryAfter?.Delta > TimeSpan.Zero, refused.Headers.ConnectionClose));
    }

    [SmallDiskFact, Trait("Fault", "F07")]
    public async Task a_full_disk_is_answered_with_507_while_reading_goes_on_and_ends_when_there_is_room()
    {
        using var folder = new TemporaryFolder();
        Assert.True(SmallDiskFactAttribute.Run("mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", folder.Path));
        try
        {
            await using var server = await ServerFixture.StartAsync(data: Path.Combine(folder.Path, "data"));
            var (desk, olu) = (server.Service(), server.Client("olu", Engine.Access.Role.Operator));
            Assert.Equal(HttpStatusCode.Created, (await desk.PostAsync("/v1/decisions", ServerFixture.Json(Decision))).StatusCode);
            var filler = Path.Combine(folder.Path, "filler");
            Fill(filler);
            HttpResponseMessage refused;
            var number = 1;
            do refused = await desk.PostAsync("/v1/decisions", ServerFixture.Json(Big(++number)));
            while (refused.StatusCode == HttpStatusCode.Created);
            var acknowledged = number - 1;

            Assert.Equal(HttpStatusCode.InsufficientStorage, refused.StatusCode);
            Assert.True(refused.Headers.RetryAfter?.Delta > TimeSpan.Zero);
            Assert.Equal(HttpStatusCode.OK, (await olu.GetAsync("/v1/alerts")).StatusCode);

            File.Delete(filler);
            Assert.Equal(HttpStatusCode.Created, (await desk.PostAsync("/v1/decisions", ServerFixture.Json(Big(number)))).StatusCode);
            await UntilReadyAsync(server);
            var engine = await server.EngineAsync();
            Assert.All(Enumerable.Range(1, acknowledged + 1), i => Assert.NotNull(engine.Decisions.Find($"d-{i}")));
        }
        finally
        {
            SmallDiskFactAttribute.Run("umount", folder.Path);
        }

        static string Big(int number) => Decision.Replace("d-1", $"d-{number}", StringComparison.Ordinal).Replace("""{"id""", $$"""{"input":"{{new string('x', 60_000)}}","id""", StringComparison.Ordinal);
    }

    private static void Fill(string path)
    {
        var block = new byte[64 << 10];
        try
        {
            // Unbuffered: what cannot be flushed would keep the file open.
            using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0);
            while (true) file.Write(block);
        }
        catch (IOException)
        {
            // Full, as it should be.
        }
    }

    // An answer is good for a second, so the news takes up to one; the probe waits for the writer.
    private static async Task UntilReadyAsync(ServerFixture server)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while ((await server.Anonymous.GetAsync("/readyz", limit.Token)).StatusCode != HttpStatusCode.OK) limit.Token.ThrowIfCancellationRequested();
    }
}
