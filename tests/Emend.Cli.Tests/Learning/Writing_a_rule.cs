using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Emend.Logic;

namespace Emend.Cli.Tests.Learning;

public class Writing_a_rule
{
    private static readonly string[] ToVips = ["rules", "add", "support-router", "--when", "vip == true", "--then", "escalate", "--because", "the desk lead calls them", "--as", "greta"];

    [Fact]
    public async Task makes_it_part_of_the_next_candidate_which_its_author_does_not_approve_and_lineage_names_them()
    {
        using var desk = await SampleDesk.ImportedAsync();
        var rule = (await desk.RunAsync([.. ToVips, "--json"])).Ends().Json[0].GetProperty("id").GetString()!;
        Assert.StartsWith("w-", rule, StringComparison.Ordinal);

        var digest = (await desk.JsonAsync("candidates build support-router --as ada")).GetProperty("digest").GetString()!;
        Assert.Contains(rule, RulesOf(await desk.JsonAsync($"rules list support-router --candidate {digest}")));
        await desk.JsonAsync($"candidates evaluate {digest} --as ada");
        Assert.Contains("candidate.approver-wrote-a-rule", (await desk.RunAsync($"candidates approve {digest} --why x --accept-unproven --as greta")).Ends(ExitCode.Refused).Error, StringComparison.Ordinal);

        await desk.ReleaseNextAsync();
        Assert.Equal(digest, desk.Candidate);
        var decided = desk.Decided.First(d => d.TryGetProperty("rule", out var by) && by.GetString() == rule);
        var lineage = (await desk.RunAsync($"lineage {decided.GetProperty("decisionId").GetString()}")).Ends().Output;
        Assert.Contains("greta", lineage, StringComparison.Ordinal);
        Assert.Contains("greta", (await desk.RunAsync($"rules show support-router {rule}")).Ends().Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task changes_no_byte_of_what_is_built_once_it_was_removed()
    {
        using var desk = await SampleDesk.ImportedAsync();
        var without = (await desk.JsonAsync("candidates build support-router --as ada")).GetProperty("digest").GetString();
        var rule = (await desk.RunAsync([.. ToVips, "--json"])).Ends().Json[0].GetProperty("id").GetString();
        Assert.NotEqual(without, (await desk.JsonAsync("candidates build support-router --as ada")).GetProperty("digest").GetString());
        Assert.Single((await desk.JsonAsync("rules list support-router --written")).EnumerateArray());

        (await desk.RunAsync($"rules remove support-router {rule} --why moved --as greta")).Ends();
        Assert.Empty((await desk.JsonAsync("rules list support-router --written")).EnumerateArray());
        Assert.Equal(without, (await desk.JsonAsync("candidates build support-router --as ada")).GetProperty("digest").GetString());
        Assert.Contains("rule.unknown", (await desk.RunAsync($"rules remove support-router {rule} --why moved")).Ends(ExitCode.NotFound).Error, StringComparison.Ordinal);
        var rebuilt = await desk.JsonAsync("audit rebuild");
        Assert.True(rebuilt.GetProperty("same").GetBoolean());
    }

    [Fact]
    public async Task takes_a_list_from_a_file_all_or_none()
    {
        using var desk = await SampleDesk.ImportedAsync();
        var good = """{"when":"vip == true","effect":"escalate","because":"they are called"}""";
        var bad = """{"when":"proposed.action == \"complaint\"","effect":"override","action":"no_such_queue","because":"x"}""";
        var refused = (await desk.RunAsync($"rules add support-router --file {desk.Write("rules.json", $"[{good},{bad}]")}")).Ends(ExitCode.BadInput);
        Assert.Contains("rule 2: action 'no_such_queue' is not in the catalogue", refused.Error.ReplaceLineEndings(" "), StringComparison.Ordinal);
        Assert.Empty((await desk.JsonAsync("rules list support-router --written")).EnumerateArray());
        (await desk.RunAsync($"rules add support-router --file {desk.Write("rules.json", $"[{good}]")}")).Ends();
        Assert.Contains("rule.stands-already", (await desk.RunAsync($"rules add support-router --file {desk.Write("rules.json", good)}")).Ends(ExitCode.Refused).Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("vip == ", "escalate", "x", "--when")]
    [InlineData("vip == true", "nowhere", "x", "catalogue")]
    [InlineData("vip == true", "patch", "x", "a patch needs args")]
    [InlineData("vip == true", "block", "  ", "say why")]
    public async Task says_what_is_wrong_with_it(string when, string then, string because, string problem)
    {
        using var desk = await SampleDesk.ImportedAsync();
        var refused = (await desk.RunAsync("rules", "add", "support-router", "--when", when, "--then", then, "--because", because)).Ends(ExitCode.BadInput);
        Assert.Contains(problem, refused.Error.ReplaceLineEndings(" "), StringComparison.Ordinal);
    }

    [Fact]
    public async Task shows_in_the_exported_registry_entry_which_stands_by_itself()
    {
        using var desk = await SampleDesk.ImportedAsync();
        (await desk.RunAsync(ToVips)).Ends();
        var digest = (await desk.JsonAsync("candidates build support-router --as ada")).GetProperty("digest").GetString()!;
        await desk.JsonAsync($"candidates evaluate {digest} --as ada");
        await desk.JsonAsync($"candidates approve {digest} --why x --accept-unproven --as lead-mira");
        await desk.JsonAsync($"candidates export {digest} --to {desk.At("entry.json")}");

        using var file = JsonDocument.Parse(await File.ReadAllBytesAsync(desk.At("entry.json")));
        var (root, entry) = (file.RootElement, file.RootElement.GetProperty("entry"));
        Assert.Equal(digest, BundleDigest.Of(BundleDigest.Verify(Encoding.UTF8.GetBytes(CanonicalJson.Of(root.GetProperty("bundle"))), digest)));
        Assert.Equal(entry.GetProperty("evaluation").GetProperty("report").GetString(), "sha256:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(CanonicalJson.Of(root.GetProperty("report"))))));
        Assert.Equal(root.GetProperty("bundle").GetProperty("manifest").GetProperty("digest").GetString(), entry.GetProperty("dataSet").GetString());
        Assert.Equal("lead-mira", entry.GetProperty("approvals")[0].GetProperty("by").GetString());
        Assert.Equal("greta", root.GetProperty("writtenRules")[0].GetProperty("authors")[0].GetString());
        Assert.Equal("support-router", root.GetProperty("builtFrom").GetProperty("agent").GetProperty("id").GetString());
    }

    private static List<string> RulesOf(JsonElement bundle) => [.. bundle.GetProperty("rules").EnumerateArray().Select(static r => r.GetProperty("id").GetString()!)];
}
