using System.Net;
using Emend.Engine;
using Emend.Engine.Access;
using Emend.Engine.Journal;
using Emend.TestKit;

namespace Emend.Server.Tests.Faults;

/// <summary>The machine's clock is set forward a day, back an hour, back a week, under a server that goes on.</summary>
public class A_clock_that_jumps
{
    [Fact, Trait("Fault", "F30")]
    public async Task never_makes_the_journal_go_back_and_locks_nobody_out()
    {
        var clock = new ManualClock();
        await using var server = await ServerFixture.StartAsync(options => options with { Clock = clock, RequestsPerSecond = 5 });
        var desk = server.Service();
        var engine = await server.EngineAsync();
        var number = 0;
        foreach (var jump in new[] { TimeSpan.FromDays(1), TimeSpan.FromHours(-1), TimeSpan.FromMinutes(5), TimeSpan.FromDays(-7), TimeSpan.FromSeconds(3), TimeSpan.FromDays(8) })
        {
            clock.Move(jump);
            // Two at each stop: the bucket of requests is refilled by time, and time that went back must not empty it.
            for (var i = 0; i < 2; i++) Assert.Equal(HttpStatusCode.Created, await SendAsync(number++));
            clock.Move(TimeSpan.FromSeconds(1));
        }
        var entries = engine.Store.Entries().ToList();
        Assert.Equal(entries.Select(static e => e.RecordedAt).Order(), entries.Select(static e => e.RecordedAt));
        Assert.True(VerifyJournal.Run(engine.Store, null, CancellationToken.None).IsSound);
        Assert.Equal(HttpStatusCode.OK, (await server.Anonymous.GetAsync("/readyz")).StatusCode);

        async Task<HttpStatusCode> SendAsync(int i)
        {
            using var answer = await desk.PostAsync("/v1/decisions", ServerFixture.Json($$"""{"id":"d-{{i}}","occurredAt":"2025-01-01T08:00:00Z","agent":"router","proposed":{"action":"a"} }"""));
            return answer.StatusCode;
        }
    }

    [Fact, Trait("Fault", "F30")]
    public async Task does_not_bring_back_a_key_that_ended_even_over_a_restart()
    {
        var clock = new ManualClock();
        using var folder = new TemporaryFolder();
        string old;
        await using (var server = await ServerFixture.StartAsync(data: folder.Path, clock: clock))
        {
            var issued = server.Key("rosa", [Role.Submitter]);
            old = issued.Text;
            Assert.IsType<Answer<IssuedKey>.Granted>(server.Keys.Rotate(issued.Key.Id, TimeSpan.FromMinutes(5), new("olu")));
            Assert.Equal(HttpStatusCode.OK, (await server.With(old).GetAsync("/v1/corrections")).StatusCode);
            clock.Move(TimeSpan.FromMinutes(5));
            Assert.Equal(HttpStatusCode.Unauthorized, (await server.With(old).GetAsync("/v1/corrections")).StatusCode);
            // The successor works; that much time is known to have passed.
            Assert.Equal(HttpStatusCode.OK, (await server.Client("bo", Role.Submitter).GetAsync("/v1/corrections")).StatusCode);
            clock.Move(TimeSpan.FromHours(-1));
            Assert.Equal(HttpStatusCode.Unauthorized, (await server.With(old).GetAsync("/v1/corrections")).StatusCode);
        }
        await using var again = await ServerFixture.StartAsync(data: folder.Path, clock: clock);
        Assert.Equal(HttpStatusCode.Unauthorized, (await again.With(old).GetAsync("/v1/corrections")).StatusCode);
    }

    [Fact, Trait("Fault", "F30")]
    public async Task does_not_bring_back_a_key_that_was_revoked()
    {
        var clock = new ManualClock();
        await using var server = await ServerFixture.StartAsync(options => options with { Clock = clock });
        var issued = server.Key("rosa", [Role.Submitter]);
        var rosa = server.With(issued.Text);
        Assert.Equal(HttpStatusCode.OK, (await rosa.GetAsync("/v1/corrections")).StatusCode);
        server.Keys.Revoke(issued.Key.Id, new("olu"));
        foreach (var jump in new[] { TimeSpan.FromHours(-1), TimeSpan.FromDays(-1), TimeSpan.FromDays(2) })
        {
            clock.Move(jump);
            Assert.Equal(HttpStatusCode.Unauthorized, (await rosa.GetAsync("/v1/corrections")).StatusCode);
        }
    }
}
