using System.Net;
using System.Text;
using Emend.TestKit;

namespace Emend.Server.Tests.Capturing;

public class Sending_signals
{
    private const string Decision = """{"id":"d-1","occurredAt":"2026-01-05T08:00:00Z","agent":"router","input":"where is my parcel","proposed":{"action":"parcel_status"},"confidence":0.9,"subject":"cust-1"}""";
    private const string Correction = """{"decisionId":"d-1","verdict":"modify","action":"refund","by":"rosa","at":"2026-01-05T09:00:00Z","idempotencyKey":"k-1"}""";

    [Fact]
    public async Task one_is_accepted_once_and_the_second_answer_names_the_first_receipt()
    {
        await using var server = await ServerFixture.StartAsync();
        var desk = server.Service();

        var first = await desk.PostAsync("/v1/decisions", ServerFixture.Json(Decision));
        var again = await desk.PostAsync("/v1/decisions", ServerFixture.Json(Decision));
        var other = await desk.PostAsync("/v1/decisions", ServerFixture.Json(Decision.Replace("refund", "x", StringComparison.Ordinal).Replace("0.9", "0.8", StringComparison.Ordinal)));

        Assert.Equal((HttpStatusCode.Created, HttpStatusCode.OK, HttpStatusCode.Conflict), (first.StatusCode, again.StatusCode, other.StatusCode));
        var (accepted, duplicate, conflict) = (await ServerFixture.JsonAsync(first), await ServerFixture.JsonAsync(again), await ServerFixture.JsonAsync(other));
        Assert.Equal("accepted", accepted.GetProperty("status").GetString());
        Assert.Equal("duplicate", duplicate.GetProperty("status").GetString());
        Assert.Equal(accepted.GetProperty("entry").GetInt64(), duplicate.GetProperty("entry").GetInt64());
        Assert.Equal("capture.key-taken", conflict.GetProperty("code").GetString());
        Assert.Equal("/problems/capture.key-taken", conflict.GetProperty("type").GetString());
        Assert.Equal("application/problem+json", other.Content.Headers.ContentType?.MediaType);
    }

    [Fact]
    public async Task a_batch_answers_for_each_item_and_takes_the_good_ones()
    {
        await using var server = await ServerFixture.StartAsync();
        var desk = server.Service();
        await desk.PostAsync("/v1/decisions", ServerFixture.Json(Decision));

        var answer = await ServerFixture.JsonAsync(await desk.PostAsync("/v1/corrections", ServerFixture.Json(
            $$"""{"items":[{{Correction}},{"decisionId":"d-1","verdict":"maybe","by":"rosa","at":"2026-01-05T09:00:00Z"},{{Correction}},17,{"decisionId":"d-9","verdict":"confirm","by":"rosa","at":"2026-01-05T09:00:00Z"}]}""")));

        Assert.Equal(["accepted", "bad", "duplicate", "bad", "parked"], answer.GetProperty("items").EnumerateArray().Select(static item => item.GetProperty("status").GetString()!));
        Assert.Equal((2, 1, 2), (answer.GetProperty("accepted").GetInt32(), answer.GetProperty("duplicates").GetInt32(), answer.GetProperty("failed").GetInt32()));
        Assert.Equal("verdict", answer.GetProperty("items")[1].GetProperty("problem").GetProperty("errors")[0].GetProperty("path").GetString());
    }

    [Fact]
    public async Task a_stream_of_lines_is_taken_and_its_bad_lines_are_named()
    {
        await using var server = await ServerFixture.StartAsync();
        var lines = new StringBuilder("\uFEFF");
        for (var i = 0; i < 700; i++) lines.Append(Decision.Replace("d-1", $"d-{i}", StringComparison.Ordinal)).Append(i % 2 == 0 ? "\n" : "\r\n");
        lines.Append("\n{}\n").Append(Decision);

        var answer = await ServerFixture.JsonAsync(await server.Service().PostAsync("/v1/decisions", new StringContent(lines.ToString(), Encoding.UTF8, "application/x-ndjson")));

        Assert.Equal((700, 1, 1), (answer.GetProperty("accepted").GetInt32(), answer.GetProperty("duplicates").GetInt32(), answer.GetProperty("badLines").GetInt32()));
        Assert.Equal(702, answer.GetProperty("problems")[0].GetProperty("line").GetInt32());
        Assert.Equal(700, (await server.EngineAsync()).Decisions.Count("router"));
    }

    [Fact]
    public async Task many_at_once_share_journal_entries_and_none_is_lost()
    {
        await using var server = await ServerFixture.StartAsync();
        var desk = server.Service();
        var before = (await server.EngineAsync()).Store.Size;

        var answers = await Task.WhenAll(Enumerable.Range(0, 200).Select(async i =>
        {
            using var answer = await desk.PostAsync("/v1/decisions", ServerFixture.Json(Decision.Replace("d-1", $"d-{i}", StringComparison.Ordinal)));
            return answer.StatusCode;
        }));

        Assert.All(answers, static status => Assert.Equal(HttpStatusCode.Created, status));
        var engine = await server.EngineAsync();
        Assert.Equal(200, engine.Decisions.Count("router"));
        Assert.InRange(engine.Store.Size - before, 1, 200);
    }

    [Fact]
    public async Task deciding_records_the_decision_and_says_what_to_do()
    {
        await using var server = await ServerFixture.StartAsync();

        var first = await ServerFixture.JsonAsync(await server.Service().PostAsync("/v1/decide", ServerFixture.Json(Decision)));
        var again = await ServerFixture.JsonAsync(await server.Service().PostAsync("/v1/decide", ServerFixture.Json(Decision)));

        Assert.Equal(("keep", "parcel_status", "stable"), (first.GetProperty("disposition").GetString(), first.GetProperty("action").GetString(), first.GetProperty("arm").GetString()));
        Assert.Equal(first.GetRawText(), again.GetRawText());
    }

    [Fact]
    public async Task a_person_speaks_for_themselves_only()
    {
        await using var server = await ServerFixture.StartAsync();

        var own = await server.Client("rosa", Engine.Access.Role.Submitter).PostAsync("/v1/corrections", ServerFixture.Json(Correction));
        var others = await server.Client("bo", Engine.Access.Role.Submitter).PostAsync("/v1/corrections", ServerFixture.Json(Correction));

        Assert.Equal((HttpStatusCode.Created, HttpStatusCode.Forbidden), (own.StatusCode, others.StatusCode));
        Assert.Equal("access.not-on-behalf", (await ServerFixture.JsonAsync(others)).GetProperty("code").GetString());
    }
}
