using System.Net;
using System.Text;
using Emend.TestKit;
using Microsoft.AspNetCore.Builder;

namespace Emend.Server.Tests.Faults;

/// <summary>The connection dies after the commit and before the first byte of the answer: nobody knows, and everybody asks again.</summary>
public class Losing_the_answer
{
    private static readonly (string Path, string Type, string Body)[] Requests =
    [
        ("/v1/decisions", "application/json", """{"id":"d-1","occurredAt":"2026-01-05T08:00:00Z","agent":"router","proposed":{"action":"a"}}"""),
        ("/v1/corrections", "application/json", """{"items":[{"decisionId":"d-1","verdict":"modify","action":"b","by":"rosa","at":"2026-01-05T09:00:00Z"},{"decisionId":"d-2","verdict":"confirm","by":"bo","at":"2026-01-05T09:00:00Z"}]}"""),
        ("/v1/outcomes", "application/x-ndjson", """{"decisionId":"d-1","metric":"reopened","value":1,"at":"2026-01-05T10:00:00Z"}""" + "\n"),
    ];

    [Fact, Trait("Fault", "F02")]
    public async Task between_commit_and_reply_leads_to_the_same_receipt_and_to_no_second_effect()
    {
        var cuts = true;
        await using var server = await ServerFixture.StartAsync(moreRoutes: routes => ((IApplicationBuilder)routes).Use((context, next) =>
        {
            // The handler has done its work when the answer begins.
            if (cuts) context.Response.OnStarting(() =>
            {
                context.Abort();
                return Task.CompletedTask;
            });
            return next(context);
        }));
        var desk = server.Service();
        var engine = await server.EngineAsync();
        foreach (var (path, type, body) in Requests)
        {
            var before = engine.Store.Size;
            await Assert.ThrowsAsync<HttpRequestException>(() => desk.PostAsync(path, new StringContent(body, Encoding.UTF8, type)));
            Assert.True(engine.Store.Size > before, $"{path} was cut before it was written");
        }
        cuts = false;
        var size = engine.Store.Size;
        var answers = new List<string>();
        foreach (var (path, type, body) in Requests)
        {
            using var again = await desk.PostAsync(path, new StringContent(body, Encoding.UTF8, type));
            Assert.Equal(HttpStatusCode.OK, again.StatusCode);
            answers.Add(await again.Content.ReadAsStringAsync());
        }
        Assert.Equal(size, engine.Store.Size);
        Assert.Contains("\"status\":\"duplicate\",\"id\":\"d-1\",\"entry\":", answers[0], StringComparison.Ordinal);
        Assert.Contains("\"duplicates\":2", answers[1], StringComparison.Ordinal);
        Assert.Contains("\"duplicates\":1", answers[2], StringComparison.Ordinal);

        using var other = await desk.PostAsync("/v1/decisions", ServerFixture.Json(Requests[0].Body.Replace("\"a\"", "\"b\"", StringComparison.Ordinal)));
        Assert.Equal(HttpStatusCode.Conflict, other.StatusCode);
    }
}
