using System.Text.Json;
using Emend.TestKit;

namespace Emend.Cli.Tests;

public class Answering_machines
{
    /// <summary>The demo and the server have tests of their own.</summary>
    private static readonly string[] Elsewhere = ["demo", "serve"];

    [Fact]
    public async Task every_command_prints_one_JSON_value_and_nothing_else_on_stdout()
    {
        using var desk = await SampleDesk.ReleasedAsync();
        var correction = await Reviewing.Withdrawing_a_correction.EvidenceAsync(desk);
        var rule = (await desk.JsonAsync("rules list support-router")).GetProperty("rules")[0].GetProperty("id").GetString();
        var other = desk.Write("other.json", """{"id":"other","actions":["x","y"]}""");
        var decision = desk.Write("d.jsonl", """{"id":"d-1","occurredAt":"2026-03-27T08:00:00Z","agent":"other","proposed":{"action":"x"}}""");
        var said = desk.Write("c.jsonl", """{"decisionId":"d-1","verdict":"modify","action":"y","by":"bo","at":"2026-03-27T09:00:00Z"}""");
        var truth = desk.Write("o.jsonl", """{"decisionId":"d-1","metric":"truth","action":"y","at":"2026-03-27T10:00:00Z"}""");

        var done = new List<string>();
        await Run($"agents add {other}");
        await Run($"agents change {other}");
        await Run("agents list");
        await Run("agents show other");
        await Run($"import decisions {decision}");
        await Run($"import corrections {said}");
        await Run($"import outcomes {truth}");
        foreach (var kind in new[] { "decisions", "corrections", "outcomes" }) await Run($"export {kind} --to {desk.At(kind)}");
        await Run("corrections list");
        await Run("corrections parked");
        await Run("reviews list");
        await Run("reviews audits");
        await Run("reviews rule d-1 --verdict modify --action y --why x --as lead-mira");
        var written = (await Run("rules add support-router --when \"vip == true\" --then escalate --because x --as greta"))[0].GetProperty("id").GetString();
        await Run("rules list support-router --written");
        await Run($"rules remove support-router {written} --why x --as greta");
        var item = (await Run("guidance add support-router --text \"Say which queue.\" --when \"vip == true\" --advise complaint --as greta")).GetProperty("id").GetString();
        await Run("guidance list support-router --written");
        await Run($"guidance show support-router {item}");
        await Run("guidance get support-router --input invoice --draft complaint --unit cust-9");
        await Run($"guidance remove support-router {item} --why x --as greta");
        await Run("guidance value support-router");
        var candidate = (await Run("candidates build support-router --as ada --rash")).GetProperty("digest").GetString();
        await Run("candidates list");
        await Run($"candidates show {candidate}");
        await Run($"candidates export {candidate}");
        await Run($"candidates export {candidate} --to {desk.At("entry.json")}");
        await Run($"candidates evaluate {candidate} --as ada", ExitCode.Refused);
        await Run($"candidates reject {candidate} --why x --as lead-mira");
        await Run("trust list");
        await Run("trust show bo");
        await Run($"trust influence {candidate} --people 1");
        await Run("trust quarantine bo --preview");
        await Run("trust quarantine bo --why x --as lead-mira");
        await Run("trust release bo --why x --as lead-mira");
        await Run("trust gold add sd-0003 --answer order_cancellation --why x --as lead-mira");
        await Run("trust gold list");
        await Run("trust gold remove sd-0003 --why x --as lead-mira");
        await Run("rules list support-router");
        await Run($"rules show support-router {rule}");
        await Run($"features define {desk.Write("view.json", """{"name":"queue","of":"corrections","key":["proposed.action"],"window":"90d","features":{"said":{"measure":"count"},"fixed":{"measure":"rate","hit":"event.verdict == \"modify\""}}}""")} --as ada");
        await Run("features list");
        await Run("features show queue");
        await Run("features get queue --key proposed.action=complaint");
        await Run("features get queue --key proposed.action=complaint --as-of 2026-03-20T00:00:00Z");
        await Run($"features join queue {desk.Write("rows.jsonl", """{"asOf":"2026-03-20T00:00:00Z","key":{"proposed.action":"complaint"}}""")} --to {desk.At("joined.jsonl")}");
        var set = (await Run("datasets create support-router --as ada")).GetProperty("digest").GetString();
        await Run("datasets list");
        await Run($"datasets show {set}");
        await Run($"datasets export {set} --format sft --reveal personal --why x --split train=0.8,test=0.2 --to {desk.At("sft.jsonl")} --as ada");
        await Run("models list");
        done.Add("models show");
        (await CliRun.OfAsync($"models show 0000 --data {desk.Data} --json")).Ends(ExitCode.NotFound);
        await Run("golden add sd-0003 --expect order_cancellation --why x --as lead-mira");
        await Run("golden list support-router");
        await Run("golden remove support-router sd-0003 --why x --as lead-mira");
        await Run("guardrails add support-router g --when \"vip == true\" --because x");
        await Run("guardrails list support-router");
        await Run("guardrails remove support-router g");
        await Run($"guardrails check {desk.Candidate}");
        await Run($"decide {decision}");
        await Run("lineage sd-0412");
        await Run("explain sd-0412");
        await Run($"corrections withdraw {correction} --preview");
        await Run("release status support-router");
        await Run("release show support-router");
        await Run($"release suspend support-router {rule} --why x --as olu");
        await Run($"release restore support-router {rule} --why x --as olu");
        await Run("release kill-switch support-router on --why x --as olu");
        await Run("release kill-switch support-router off --why x --as olu");
        await Run("release rollback support-router --why x --as olu");
        await Run("drift show support-router");
        await Run("drift check");
        await Run("drift accept support-router --why x --as olu");
        await Run("alerts list");
        var alert = (await Run("alerts check")).GetProperty("alerts")[0].GetProperty("id").GetString();
        await Run($"alerts ack {alert} --as olu");
        await using (var receiver = new Receiver())
        {
            var webhook = (await Run($"webhooks add {receiver.Url} --allow-network 127.0.0.0/8 --as olu")).GetProperty("id").GetString();
            await Run("webhooks list");
            await Run($"webhooks test {webhook} --allow-network 127.0.0.0/8");
            await Run($"webhooks rotate {webhook} --as olu");
            await Run("webhooks dead");
            await Run("webhooks replay --all");
            await Run($"webhooks remove {webhook} --as olu");
            Assert.Single(receiver.All);
        }
        await Run($"candidates evaluate {desk.Candidate} --as ada");
        await Run($"candidates approve {desk.Candidate} --why x --accept-unproven --as lead-mira");
        await Run($"release start support-router {desk.Candidate} --soak 0 --min-exposed 1 --as olu");
        await Run("release show support-router --guard reopened");
        await Run("release pause support-router --why x --as olu");
        await Run("release resume support-router --as olu");
        await Run($"decide {desk.Write("new.jsonl", """{"id":"d-2","occurredAt":"2026-03-27T08:00:00Z","agent":"support-router","proposed":{"action":"complaint"}}""")}");
        await Run("release advance support-router --as olu");
        await Run("release rollback support-router --why x --as olu");
        await Run("release resume support-router --as olu");
        await Run("release auto support-router");
        await Run("subjects erase cust-0091 --why x --yes --as noor");
        var key = (await Run("keys add bot --service --role agent --as olu")).GetProperty("id").GetString();
        await Run("keys list");
        var next = (await Run($"keys rotate {key} --as olu")).GetProperty("id").GetString();
        await Run($"keys revoke {next} --as olu");
        await Run("audit verify");
        await Run("audit checkpoint");
        await Run("audit receipt sd-0002");
        await Run($"audit receipt sd-0002 --to {desk.At("receipt")}");
        await Run($"audit verify --receipt {desk.At("receipt")}");
        await Run("audit digest");
        await Run("audit rebuild");
        await Run($"backup {desk.At("backup.tar")}");
        await Run("config show");
        done.Add("restore");
        Assert.Equal(JsonValueKind.Object, (await CliRun.OfAsync($"restore {desk.At("backup.tar")} --data {desk.At("restored")} --erasures {desk.Data} --json")).Ends().Json.ValueKind);
        (await CliRun.OfAsync($"restore {desk.At("backup.tar")} --data {desk.At("restored-2")}")).Ends(ExitCode.BadInput);
        done.Add("backtest");
        Assert.Equal(JsonValueKind.Object, (await CliRun.OfAsync($"backtest --decisions {SampleDesk.Sample("decisions.jsonl")} --outcomes {SampleDesk.Sample("outcomes.jsonl")} --catalogue {SampleDesk.Sample("catalogue.json")} --json")).Ends().Json.ValueKind);

        // A verb nobody listed here is a verb nobody tried.
        Assert.All(Reading_the_help.All().Select(static v => v.Typed).Except(Elsewhere), typed => Assert.Contains(done, line => line.StartsWith(typed, StringComparison.Ordinal)));

        async Task<JsonElement> Run(string line, ExitCode code = ExitCode.Done)
        {
            done.Add(line);
            return await desk.JsonAsync(line, code);
        }
    }

    [Fact]
    public async Task the_program_itself_behaves_so_too()
    {
        using var desk = await SampleDesk.ImportedAsync();
        var (code, output, error) = await ProcessAsync("export", "decisions", "--data", desk.Data);
        Assert.Equal((0, ""), (code, error));
        Assert.Equal((await desk.RunAsync("export decisions")).Output, output);
        (code, output, error) = await ProcessAsync("lineage", "nope", "--json", "--data", desk.Data);
        Assert.Equal((4, ""), (code, output));
        Assert.Contains("lineage.nothing-to-trace", error, StringComparison.Ordinal);
    }

    [SharedDataFact("demo", "decisions.jsonl")]
    public async Task a_backtest_of_real_decisions_never_does_worse_than_the_agent()
    {
        var folder = SharedData.Path("demo")!;
        var report = (await CliRun.OfAsync($"backtest --decisions {Path.Combine(folder, "decisions.jsonl")} --outcomes {Path.Combine(folder, "outcomes.jsonl")} --catalogue {Path.Combine(folder, "catalogue.json")} --review-rate 1 --json")).Ends().Json;
        Assert.True(report.GetProperty("emendErrors").GetInt32() <= report.GetProperty("agentErrors").GetInt32());
        Assert.True(report.GetProperty("breaks").GetInt32() <= 0.15 * report.GetProperty("fixes").GetInt32());
    }

    private static async Task<(int Code, string Output, string Error)> ProcessAsync(params string[] args)
    {
        using var process = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("dotnet", [typeof(ExitCode).Assembly.Location, .. args]) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output, await error);
    }
}
