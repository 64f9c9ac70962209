using System.Text;
using System.Text.Json;
using Emend.Engine.Access;
using Emend.Engine.Journal;
using Emend.Engine.Learning.DataSets;
using Emend.Engine.Normalizing;
using Emend.Engine.Tests.Learning.Features;
using Emend.Logic;

namespace Emend.Engine.Tests.Learning.DataSets;

public class Exporting_a_data_set
{
    private static readonly ExportOptions Clear = new(ExportFormat.Jsonl) { Revealed = FieldClass.Personal };

    [Fact]
    public async Task shows_what_is_not_personal_unless_more_is_asked_for()
    {
        await using var world = await DeskAsync();
        var (masked, _) = await WriteAsync(world, new(ExportFormat.Jsonl));
        Assert.DoesNotContain("money", masked[""], StringComparison.Ordinal);
        Assert.DoesNotContain("cust-", masked[""], StringComparison.Ordinal);
        Assert.DoesNotContain("secret", masked[""], StringComparison.Ordinal);
        Assert.Contains("\"channel\":\"chat\"", masked[""], StringComparison.Ordinal);
        var (clear, _) = await WriteAsync(world, Clear);
        Assert.Contains("where is my money wrong", clear[""], StringComparison.Ordinal);
        Assert.Contains("cust-1", clear[""], StringComparison.Ordinal);
        Assert.Contains("{\"note\":\"secret\"}", clear[""], StringComparison.Ordinal);
        foreach (var line in Lines(clear[""])) Assert.Equal(JsonValueKind.Object, JsonDocument.Parse(line).RootElement.ValueKind);
    }

    [Theory]
    [InlineData((int)ExportFormat.Jsonl)]
    [InlineData((int)ExportFormat.Csv)]
    [InlineData((int)ExportFormat.Sft)]
    [InlineData((int)ExportFormat.Pairs)]
    [InlineData((int)ExportFormat.TrlPairs)]
    [InlineData((int)ExportFormat.Unpaired)]
    public async Task drops_nothing_without_counting_it(int format)
    {
        await using var world = await DeskAsync();
        foreach (var revealed in new[] { FieldClass.Internal, FieldClass.Personal })
        {
            var (files, manifest) = await WriteAsync(world, Clear with { Format = (ExportFormat)format, Revealed = revealed });
            Assert.Equal(manifest.Counts.Judged, manifest.Counts.Used + manifest.Counts.LeftOut.Values.Sum());
            Assert.Equal(6, manifest.Counts.Judged);
            Assert.Equal(1, manifest.Counts.LeftOut[DataSetRegistry.NotRuled]);
            Assert.Equal(manifest.Rows + (format == (int)ExportFormat.Csv ? 1 : 0), Lines(files[""]).Length);
            Assert.Equal(manifest.Parts[0].Sha256, Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(files[""]))));
            Assert.True(manifest.IsWhole);
        }
    }

    [Fact]
    public async Task teaches_by_what_people_ruled_and_in_the_shapes_trainers_read()
    {
        await using var world = await DeskAsync();
        Assert.Equal(
            [
                """{"messages":[{"role":"system","content":"route it"},{"role":"user","content":"where is my money wrong"},{"role":"assistant","content":"cards"}]}""",
                """{"messages":[{"role":"system","content":"route it"},{"role":"user","content":"where is my money args"},{"role":"assistant","content":"{\"action\":\"cards\",\"args\":{\"note\":\"secret\"}}"}]}""",
            ],
            Lines((await WriteAsync(world, Clear with { Format = ExportFormat.Sft, System = "route it" })).Files[""]));
        Assert.Contains(
            """{"input":{"messages":[{"role":"user","content":"where is my money wrong"}]},"preferred_output":[{"role":"assistant","content":"cards"}],"non_preferred_output":[{"role":"assistant","content":"billing"}]}""",
            Lines((await WriteAsync(world, Clear with { Format = ExportFormat.Pairs })).Files[""]));
        Assert.Contains(
            """{"prompt":[{"role":"user","content":"where is my money wrong"}],"chosen":[{"role":"assistant","content":"cards"}],"rejected":[{"role":"assistant","content":"billing"}]}""",
            Lines((await WriteAsync(world, Clear with { Format = ExportFormat.TrlPairs })).Files[""]));
        var unpaired = Lines((await WriteAsync(world, Clear with { Format = ExportFormat.Unpaired })).Files[""]);
        Assert.Equal(
            [
                """{"prompt":[{"role":"user","content":"where is my money right"}],"completion":[{"role":"assistant","content":"billing"}],"label":true}""",
                """{"prompt":[{"role":"user","content":"where is my money wrong"}],"completion":[{"role":"assistant","content":"cards"}],"label":true}""",
                """{"prompt":[{"role":"user","content":"where is my money wrong"}],"completion":[{"role":"assistant","content":"billing"}],"label":false}""",
                """{"prompt":[{"role":"user","content":"where is my money rejected"}],"completion":[{"role":"assistant","content":"billing"}],"label":false}""",
            ],
            unpaired[..4]);
        // No text: what the agent saw is its features.
        Assert.Contains("""{"prompt":[{"role":"user","content":"{\"channel\":\"chat\"}"}],"completion":[{"role":"assistant","content":"billing"}],"label":true}""", unpaired);
    }

    [Fact]
    public async Task leaves_out_what_cannot_be_shown_and_says_why()
    {
        await using var world = await DeskAsync();
        var (files, manifest) = await WriteAsync(world, new(ExportFormat.Sft));
        Assert.Equal("", files[""]);
        Assert.Equal((2, 2, 1), (manifest.Counts.LeftOut[TrainingRows.Masked], manifest.Counts.LeftOut[TrainingRows.NothingToTeach], manifest.Counts.LeftOut[TrainingRows.NoTruth]));

        await world.EraseAsync("cust-1");
        var (after, erased) = await WriteAsync(world, Clear with { Format = ExportFormat.Unpaired }, await SetAsync(world));
        Assert.DoesNotContain("money wrong", after[""], StringComparison.Ordinal);
        Assert.Equal(1, erased.Counts.LeftOut[DataSetRegistry.Erased]);
    }

    [Fact]
    public async Task puts_the_ids_behind_each_row_beside_it()
    {
        await using var world = await DeskAsync();
        var set = await SetAsync(world);
        var (rows, ids) = (new MemoryStream(), new MemoryStream());
        Assert.IsType<Answer<ExportManifest>.Granted>(world.Engine.ExportDataSet.Write(set, Clear with { Format = ExportFormat.Unpaired }, FeatureWorld.Ada, _ => rows, _ => ids, null, default));
        var (lines, provenance) = (Lines(Encoding.UTF8.GetString(rows.ToArray())), Lines(Encoding.UTF8.GetString(ids.ToArray())));
        Assert.Equal(lines.Length, provenance.Length);
        Assert.Equal("wrong", JsonDocument.Parse(provenance[1]).RootElement.GetProperty("decision").GetString());
        Assert.Equal("wrong", JsonDocument.Parse(provenance[2]).RootElement.GetProperty("decision").GetString());
        Assert.Equal(2, JsonDocument.Parse(provenance[1]).RootElement.GetProperty("row").GetInt32());
        Assert.StartsWith("c-", JsonDocument.Parse(provenance[1]).RootElement.GetProperty("corrections")[0].GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task in_clear_is_for_who_may_read_in_clear()
    {
        await using var world = await DeskAsync();
        var set = await SetAsync(world);
        var engineer = new Actor("ed") { Rights = Roles.Of(Role.ModelEngineer) };
        Assert.IsType<Answer<ExportManifest>.Granted>(world.Engine.ExportDataSet.Write(set, new(ExportFormat.Csv), engineer, static _ => new MemoryStream(), null, null, default));
        Assert.IsType<Answer<ExportManifest>.Refused>(world.Engine.ExportDataSet.Write(set, Clear, engineer, static _ => new MemoryStream(), null, null, default));
        Assert.IsType<Answer<ExportManifest>.Refused>(world.Engine.ExportDataSet.Write(set, new(ExportFormat.Csv), new Actor("bot") { Rights = Roles.Of(Role.Agent) }, static _ => new MemoryStream(), null, null, default));
    }

    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("", "")]
    [InlineData("a,b", "\"a,b\"")]
    [InlineData("say \"hi\"", "\"say \"\"hi\"\"\"")]
    [InlineData("two\nlines", "\"two\nlines\"")]
    [InlineData("=1+1", "'=1+1")]
    [InlineData("=HYPERLINK(\"http://x\",\"y\")", "\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\"")]
    [InlineData("+cmd|'/c calc'!A0", "'+cmd|'/c calc'!A0")]
    [InlineData("-2+3", "'-2+3")]
    [InlineData("@SUM(A1)", "'@SUM(A1)")]
    [InlineData("  =1+1", "'  =1+1")]
    [InlineData("\t=1", "'\t=1")]
    [InlineData("＝1+1", "'＝1+1")]
    [InlineData("-2.5", "-2.5")]
    [InlineData("+12", "+12")]
    public void as_a_table_never_becomes_a_formula(string value, string cell) => Assert.Equal(cell, RulingRow.Cell(value));

    [Fact]
    public async Task as_a_table_reads_back_cell_by_cell()
    {
        await using var world = await DeskAsync();
        await world.GiveAsync(FeatureWorld.Decision("nasty", "billing", world.Now, "=cmd()", "s \"q\", z") with { Context = Context.Of([new("channel", FeatureValue.Of("=cmd()"))], null, "a \"quoted\", text\r\nover lines") });
        await world.GiveAsync(FeatureWorld.Correction("nasty", CorrectionVerdict.Modify, "cards", "ann", world.Now));
        var (files, manifest) = await WriteAsync(world, Clear with { Format = ExportFormat.Csv });
        var table = Table(files[""]);
        Assert.Equal(manifest.Rows + 1, table.Count);
        Assert.All(table, row => Assert.Equal(table[0].Count, row.Count));
        var nasty = table.Single(static row => row[0] == "nasty");
        Assert.Equal("a \"quoted\", text\r\nover lines", nasty[table[0].IndexOf("input")]);
        Assert.Equal("'=cmd()", nasty[table[0].IndexOf("feature.channel")]);
        Assert.EndsWith("\r\n", files[""], StringComparison.Ordinal);
    }

    [Fact]
    public async Task cuts_it_so_that_no_part_knows_a_person_from_another()
    {
        await using var world = await FeatureWorld.OpenAsync();
        var random = new Random(1);
        for (var i = 0; i < 120; i++) await Fixing_a_data_set.TellAsync(world, "d-" + i, "cards", subject: i % 3 == 0 ? null : "s-" + random.Next(25));
        var set = await SetAsync(world);
        var split = Assert.IsType<Answer<SplitPlan>.Granted>(SplitPlan.Read("train=0.5,validation=0.25,test=0.25", "x")).Value;
        var (files, manifest) = await WriteAsync(world, Clear with { Split = split }, set);
        Assert.Equal(120, manifest.Rows);
        Assert.All(manifest.Parts, static part => Assert.InRange(part.Rows, 10, 90));
        var subjects = files.ToDictionary(static file => file.Key, static file => Lines(file.Value).Select(static line => JsonDocument.Parse(line).RootElement)
            .Where(static row => row.TryGetProperty("subject", out _)).Select(static row => row.GetProperty("subject").GetString()).ToHashSet());
        Assert.Empty(subjects["train"].Intersect(subjects["test"]).Concat(subjects["train"].Intersect(subjects["validation"])).Concat(subjects["validation"].Intersect(subjects["test"])));
        // Again: the same; with more data each keeps its part; with another salt not.
        Assert.Equal(files["test"], (await WriteAsync(world, Clear with { Split = split }, set)).Files["test"]);
        Assert.NotEqual(files["test"], (await WriteAsync(world, Clear with { Split = split with { Salt = "y" } }, set)).Files["test"]);
    }

    [Theory]
    [InlineData("train")]
    [InlineData("train=1")]
    [InlineData("train=0.8,test=0.1")]
    [InlineData("train=0.8,train=0.2")]
    [InlineData("tr/ain=0.8,test=0.2")]
    [InlineData("train=0.8,test=-0.2")]
    public void refuses_a_split_that_does_not_add_up(string plan) => Assert.Equal("dataset.split-wrong", Assert.IsType<Answer<SplitPlan>.Refused>(SplitPlan.Read(plan, "")).Why.Code);

    // One of each: confirmed, corrected, rejected, corrected with arguments, confirmed without a text, escalated.
    private static async Task<FeatureWorld> DeskAsync()
    {
        var world = await FeatureWorld.OpenAsync();
        await GiveAsync("right", CorrectionVerdict.Confirm, null);
        await GiveAsync("wrong", CorrectionVerdict.Modify, new("cards"), "cust-1");
        await GiveAsync("rejected", CorrectionVerdict.Reject, null);
        await GiveAsync("args", CorrectionVerdict.Modify, new("cards", ActionArgs.Parse("""{"note":"secret"}""")));
        await world.GiveAsync(FeatureWorld.Decision("silent", "billing", world.Now) with { Context = Context.Of([new("channel", FeatureValue.Of("chat"))]) });
        await world.GiveAsync(FeatureWorld.Correction("silent", CorrectionVerdict.Confirm, null, "ann", world.Now));
        await GiveAsync("escalated", CorrectionVerdict.Escalate, null);
        return world;

        async Task GiveAsync(string id, CorrectionVerdict verdict, AgentAction? action, string? subject = null)
        {
            await world.GiveAsync(FeatureWorld.Decision(id, "billing", world.Now, subject: subject));
            await world.GiveAsync(CorrectionId.Sign(FeatureWorld.Correction(id, verdict, null, "ann", world.Now) with { Action = action }));
            // A rejection leaves no truth and waits for a person.
            if (verdict == CorrectionVerdict.Reject)
                Assert.IsType<Answer<Engine.Reviewing.Standing>.Granted>(await world.Engine.Rulings.HandleAsync(new(id, CorrectionVerdict.Reject, null, "nobody knows better", new("lead")), default));
            world.Clock.Move(TimeSpan.FromMinutes(1));
        }
    }

    private static async Task<DataSet> SetAsync(FeatureWorld world) => (await Fixing_a_data_set.FixAsync(world)).Set;

    private static async Task<(Dictionary<string, string> Files, ExportManifest Manifest)> WriteAsync(FeatureWorld world, ExportOptions options, DataSet? set = null)
    {
        var files = new Dictionary<string, MemoryStream>(StringComparer.Ordinal);
        var manifest = Assert.IsType<Answer<ExportManifest>.Granted>(
            world.Engine.ExportDataSet.Write(set ?? await SetAsync(world), options, FeatureWorld.Ada, name => files[name] = new MemoryStream(), null, null, default)).Value;
        return (files.ToDictionary(static file => file.Key, static file => Encoding.UTF8.GetString(file.Value.ToArray()), StringComparer.Ordinal), manifest);
    }

    private static string[] Lines(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    // RFC 4180, read by hand.
    private static List<List<string>> Table(string text)
    {
        var (rows, row, cell, isQuoted) = (new List<List<string>>(), new List<string>(), new StringBuilder(), false);
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (isQuoted)
            {
                if (c != '"') cell.Append(c);
                else if (i + 1 < text.Length && text[i + 1] == '"') cell.Append(text[++i]);
                else isQuoted = false;
            }
            else if (c == '"') isQuoted = true;
            else if (c is ',' or '\n')
            {
                row.Add(cell.ToString());
                cell.Clear();
                if (c == ',') continue;
                rows.Add(row);
                row = [];
            }
            else if (c != '\r') cell.Append(c);
        }
        return rows;
    }
}
