using System.Text;
using Emend.Engine.Capturing.Logs;
using Emend.Logic;
using Emend.TestKit;

namespace Emend.Engine.Tests.Capturing;

public class Reading_log_files
{
    private static readonly LogLimits Limits = new(InstantOf("2026-01-01T00:00:00Z"));
    private const string GoodDecision = """{"id":"d-1","occurredAt":"2025-11-03T08:02:59Z","agent":"router","taskType":"route","input":"hello","features":{"n":9,"vip":true,"tags":["b","a"]},"proposed":{"action":"verify","args":{"b":1,"a":"x"}},"confidence":0.71,"subject":"cust-9","correlationId":"t-1"}""";

    private static long InstantOf(string text)
    {
        Assert.Null(InstantText.Read(text, out var micros));
        return micros;
    }

    private static List<LogLine<T>> Lines<T>(Func<Stream, string, LogLimits, IEnumerable<LogLine<T>>> read, string text, LogLimits? limits = null) where T : class =>
        Lines(read, Encoding.UTF8.GetBytes(text), limits);

    private static List<LogLine<T>> Lines<T>(Func<Stream, string, LogLimits, IEnumerable<LogLine<T>>> read, byte[] bytes, LogLimits? limits = null) where T : class =>
        [.. read(new MemoryStream(bytes), "log", limits ?? Limits)];

    [Fact]
    public void A_decision_is_read_with_all_it_says()
    {
        var line = Assert.Single(Lines(LogFile.Decisions, GoodDecision));
        var decision = line.Record!;
        Assert.Equal(("d-1", "router", "route", "hello"), (decision.Id, decision.Agent, decision.Context.TaskType, decision.Context.Text));
        Assert.Equal(9, decision.Context["n"].AsNumber);
        Assert.Equal(["a", "b"], decision.Context["tags"].AsSet.ToArray());
        Assert.Equal("""verify{"a":"x","b":1}""", decision.Proposed.ToString());
        Assert.Equal(0.71, decision.Confidence);
        Assert.Equal(("cust-9", "t-1"), (decision.Subject, decision.CorrelationId));
        Assert.Equal("2025-11-03T08:02:59Z", CanonicalJson.Instant(decision.OccurredAt));
    }

    [Fact]
    public void Optional_members_may_be_null_or_absent()
    {
        var lines = Lines(LogFile.Decisions, """
            {"id":"d-1","occurredAt":"2025-11-03T08:02:59Z","agent":"r","input":null,"features":{"x":null},"proposed":{"action":"a","args":null},"confidence":null,"subject":null}
            {"id":"d-2","occurredAt":"2025-11-03T08:02:59Z","agent":"r","proposed":{"action":"a"}}
            """);
        Assert.All(lines, static line => Assert.Null(line.Problem));
        Assert.All(lines, static line => Assert.Empty(line.Record!.Context.Features));
    }

    [Fact]
    public void Byte_order_mark_carriage_returns_and_blank_lines_do_no_harm()
    {
        var lines = Lines(LogFile.Decisions, "\uFEFF" + GoodDecision + "\r\n\r\n   \n" + GoodDecision + "\r");
        Assert.Equal([1, 4], lines.Select(static line => line.Number));
        Assert.All(lines, static line => Assert.NotNull(line.Record));
    }

    [Theory]
    [InlineData("[1]", "wrong-type")]
    [InlineData("nonsense", "not-json")]
    [InlineData("""{"id":"d-1",""", "cut-off")]
    [InlineData("""{"id":"d-1"} {"id":"d-2"}""", "not-json")]
    [InlineData("""{"confidence":NaN}""", "not-a-number")]
    [InlineData("""{"confidence":-Infinity}""", "not-a-number")]
    [InlineData("""{}""", "missing")]
    public void A_line_that_is_no_decision_says_why(string text, string code)
    {
        var problem = Assert.Single(Lines(LogFile.Decisions, text)).Problem!;
        Assert.Equal(code, problem.Code);
        Assert.Equal(1, problem.Line);
    }

    [Theory]
    [InlineData("\"id\":\"d-1\"", "\"id\":17", "id", "wrong-type")]
    [InlineData("\"id\":\"d-1\"", "\"id\":\"\"", "id", "empty")]
    [InlineData("\"id\":\"d-1\"", "\"id\":\"a\\u0000b\"", "id", "control-character")]
    [InlineData("\"id\":\"d-1\"", "\"id\":\"d-1\",\"id\":\"d-2\"", "id", "duplicate-member")]
    [InlineData("2025-11-03T08:02:59Z", "2025-11-03T08:02:59", "occurredAt", "bad-instant")]
    [InlineData("2025-11-03T08:02:59Z", "2025-02-30T08:02:59Z", "occurredAt", "bad-instant")]
    [InlineData("2025-11-03T08:02:59Z", "03/11/2025", "occurredAt", "bad-instant")]
    [InlineData("2025-11-03T08:02:59Z", "2031-11-03T08:02:59Z", "occurredAt", "future")]
    [InlineData("\"taskType\"", "\"task_type\"", "task_type", "unknown-member")]
    [InlineData("\"vip\":true", "\"vip\":{\"deep\":1}", "features.vip", "wrong-type")]
    [InlineData("\"vip\":true", "\"vip\":[1]", "features.vip", "wrong-type")]
    [InlineData("\"vip\":true", "\"n\":8", "features.n", "duplicate-member")]
    [InlineData("\"n\":9", "\"n\":1e999", "features.n", "out-of-range")]
    [InlineData("\"features\":{", "\"features\":[],\"f\":{", "features", "wrong-type")]
    [InlineData("\"action\":\"verify\"", "\"action\":null", "proposed.action", "missing")]
    [InlineData("\"b\":1", "\"b\":1,\"b\":2", "proposed.args", "bad-value")]
    [InlineData("\"b\":1", "\"b\":-1e999", "proposed.args", "bad-value")]
    [InlineData("\"a\":\"x\"", "\"a\":\"\\ud800\"", "proposed.args", "bad-value")]
    [InlineData("0.71", "1.5", "confidence", "out-of-range")]
    [InlineData("0.71", "\"high\"", "confidence", "wrong-type")]
    [InlineData("\"hello\"", "\"\\udc00 half\"", "input", "unpaired-surrogate")]
    [InlineData("\"hello\"", "7", "input", "wrong-type")]
    public void A_bad_member_is_named(string good, string bad, string path, string code)
    {
        Assert.Contains(good, GoodDecision, StringComparison.Ordinal);
        var line = Assert.Single(Lines(LogFile.Decisions, GoodDecision.Replace(good, bad, StringComparison.Ordinal)));
        Assert.Null(line.Record);
        Assert.Contains(line.Problem!.Flaws, flaw => flaw.Path == path && flaw.Code == code);
    }

    [Fact]
    public void All_flaws_of_a_line_are_listed_with_what_to_do()
    {
        var problem = Assert.Single(Lines(LogFile.Decisions, """{"id":1,"timestamp":"x","agent":"r","proposed":{"action":"a"}}""")).Problem!;
        Assert.Equal(["wrong-type", "unknown-member", "missing"], problem.Flaws.Select(static flaw => flaw.Code));
        Assert.Contains("log:1:7: id is a number, not text; put it in quotes", problem.ToString(), StringComparison.Ordinal);
        Assert.Contains("did you mean 'occurredAt'?", problem.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Bytes_that_are_not_UTF8_are_refused_where_they_stand()
    {
        var bytes = Encoding.UTF8.GetBytes(GoodDecision);
        bytes[7] = 0xff;
        var flaw = Assert.Single(Lines(LogFile.Decisions, bytes)).Problem!.Flaws[0];
        Assert.Equal(("invalid-utf8", 8), (flaw.Code, flaw.Column));
    }

    [Fact]
    public void Deep_nesting_is_refused()
    {
        var deep = GoodDecision.Replace("\"b\":1", "\"b\":" + new string('[', 5000) + new string(']', 5000), StringComparison.Ordinal);
        Assert.Equal("too-deep", Assert.Single(Lines(LogFile.Decisions, deep)).Problem!.Code);
    }

    [Fact]
    public void A_line_of_10_MB_costs_its_line_only_and_little_memory()
    {
        var huge = "{\"input\":\"" + new string('x', 10_000_000) + "\"}\n" + GoodDecision + "\n";
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(huge));
        var before = GC.GetAllocatedBytesForCurrentThread();
        var lines = LogFile.Decisions(stream, "log", Limits).ToList();
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 6_000_000);
        Assert.Equal("line-too-long", lines[0].Problem!.Code);
        Assert.Equal(2, lines[1].Number);
        Assert.NotNull(lines[1].Record);
    }

    [Theory]
    [InlineData(-2), InlineData(-1), InlineData(0), InlineData(1), InlineData(2), InlineData(400)]
    public void The_longest_allowed_line_is_read_and_one_byte_more_is_not(int more)
    {
        var bytes = Encoding.UTF8.GetByteCount(GoodDecision);
        foreach (var end in new[] { "\n", "\r\n", "" })
        {
            var lines = Lines(LogFile.Decisions, GoodDecision + end + (end.Length > 0 ? GoodDecision : ""), Limits with { MaxLineBytes = bytes + more });
            Assert.All(lines, line => Assert.Equal(more >= 0, line.Record is not null));
            Assert.Equal(end.Length > 0 ? 2 : 1, lines.Count);
        }
    }

    [Theory]
    [InlineData("""{"decisionId":"d","verdict":"modify","by":"r","at":"2025-11-03T08:10:00Z"}""", "action", "missing")]
    [InlineData("""{"decisionId":"d","verdict":"confirm","action":"x","by":"r","at":"2025-11-03T08:10:00Z"}""", "action", "not-for-verdict")]
    [InlineData("""{"decisionId":"d","verdict":"modfy","action":"x","by":"r","at":"2025-11-03T08:10:00Z"}""", "verdict", "unknown-verdict")]
    [InlineData("""{"decisionId":"d","verdict":"reject","by":"","at":"2025-11-03T08:10:00Z"}""", "by", "empty")]
    public void A_bad_correction_says_why(string text, string path, string code)
    {
        var flaw = Assert.Single(Assert.Single(Lines(LogFile.Corrections, text)).Problem!.Flaws);
        Assert.Equal((path, code), (flaw.Path, flaw.Code));
    }

    [Theory]
    [InlineData("""{"decisionId":"d","metric":"truth","value":1,"action":"x","at":"2025-11-03T08:10:00Z"}""", "value", "not-for-metric")]
    [InlineData("""{"decisionId":"d","metric":"truth","at":"2025-11-03T08:10:00Z"}""", "action", "missing")]
    [InlineData("""{"decisionId":"d","metric":"csat","value":true,"at":"2025-11-03T08:10:00Z"}""", "value", "wrong-type")]
    [InlineData("""{"decisionId":"d","metric":"csat","action":"x","value":1,"at":"2025-11-03T08:10:00Z"}""", "action", "not-for-metric")]
    public void A_bad_outcome_says_why(string text, string path, string code)
    {
        var flaw = Assert.Single(Assert.Single(Lines(LogFile.Outcomes, text)).Problem!.Flaws);
        Assert.Equal((path, code), (flaw.Path, flaw.Code));
    }

    [Fact]
    public void The_same_signal_has_the_same_id_and_another_another()
    {
        const string keyed = """{"decisionId":"d","verdict":"reject","by":"r","at":"2025-11-03T08:10:00Z","idempotencyKey":"k"}""";
        var unkeyed = keyed.Replace(",\"idempotencyKey\":\"k\"", "", StringComparison.Ordinal);
        var ids = Lines(LogFile.Corrections, string.Join('\n', keyed, keyed.Replace("reject", "confirm", StringComparison.Ordinal), unkeyed, unkeyed, unkeyed.Replace("\"r\"", "\"s\"", StringComparison.Ordinal)))
            .ConvertAll(static line => line.Record!.Id);
        Assert.Equal(ids[0], ids[1]);
        Assert.Equal(ids[2], ids[3]);
        Assert.Equal(3, ids.Distinct(StringComparer.Ordinal).Count());
    }

    [Theory]
    [InlineData("2025-11-03T08:02:59.1234567Z", "2025-11-03T08:02:59.123456Z")]
    [InlineData("2025-11-03T08:02:59,5+01:00", "2025-11-03T07:02:59.5Z")]
    [InlineData("2025-11-03T08:02:59-0530", "2025-11-03T13:32:59Z")]
    [InlineData("1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999Z")]
    [InlineData("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z")]
    public void Instants_with_a_zone_become_UTC(string text, string utc) => Assert.Equal(utc, CanonicalJson.Instant(InstantOf(text)));

    [SharedDataFact("demo/decisions.jsonl")]
    public void Real_logs_are_read_without_a_problem()
    {
        foreach (var set in new[] { "demo", "banking77", "bank_support_llm", "tau_retail", "bank_marketing" })
        {
            Assert.All(LogFile.Decisions(SharedData.Path(set, "decisions.jsonl")!, Limits), static line => Assert.Null(line.Problem));
            Assert.All(LogFile.Outcomes(SharedData.Path(set, "outcomes.jsonl")!, Limits), static line => Assert.Null(line.Problem));
        }
        Assert.Equal(90, LogFile.Corrections(SharedData.Path("demo", "corrections.jsonl")!, Limits).Count(static line => line.Record is not null));
    }
}
