using System.Text;
using Emend.Engine.Capturing;
using Emend.Engine.Normalizing;
using Emend.Engine.Reviewing;
using Emend.Engine.Storage;
using Emend.TestKit;

namespace Emend.Engine.Tests.Capturing;

public class Importing_and_exporting_logs
{
    private static readonly LogKind[] Kinds = [LogKind.Decisions, LogKind.Corrections, LogKind.Outcomes];

    private const string Decision = """{"id":"d-1","occurredAt":"2025-11-03T08:02:59.5Z","agent":"r","taskType":"t","input":"żółć \"quoted\" \n 😀","features":{"a":[],"b":["x","y"],"n":1e+21,"s":"2025-01-01T00:00:00Z","t":true},"proposed":{"action":"x","args":{"a":[1,{"b":null}],"c":"é"}},"confidence":0.1,"subject":"cust","correlationId":"tr"}""";
    private const string Correction = """{"decisionId":"d-1","verdict":"modify","action":"y","args":{"z":1},"reason":"why","comment":"<b>&'+","by":"ann","at":"2025-11-03T08:10:00Z","idempotencyKey":"k"}""";

    private static async Task<ImportReport> ImportAsync(IWorkspaceStore store, LogKind kind, string text, ImportOptions? options = null)
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, kind.Name() + ".jsonl");
        await File.WriteAllTextAsync(path, text);
        return await new ImportLog(store, new Agents(store), new ManualClock()).RunAsync(kind, path, Desk.Importer, options ?? new(), null, default);
    }

    private static string Export(IWorkspaceStore store, LogKind kind)
    {
        using var to = new MemoryStream();
        new ExportLog(store).Write(kind, to, default);
        return Encoding.UTF8.GetString(to.ToArray());
    }

    private static async Task<MemoryStore> ImportedAsync(Func<LogKind, string> logs)
    {
        var store = new MemoryStore(new ManualClock());
        foreach (var kind in Kinds) Assert.False((await ImportAsync(store, kind, logs(kind))).HasProblems);
        return store;
    }

    [Fact]
    public async Task What_is_exported_is_read_back_to_the_same_bytes()
    {
        await using var store = await ImportedAsync(kind => kind switch
        {
            LogKind.Decisions => Decision,
            LogKind.Corrections => Correction + "\n" + """{"decisionId":"d-1","verdict":"confirm","by":"bo","at":"2025-11-03T08:09:00+00:00"}""",
            _ => """{"decisionId":"d-1","metric":"csat","value":4.50,"at":"2025-11-03T09:00:00Z"}""",
        });
        Assert.Equal(Decision + "\n", Export(store, LogKind.Decisions));
        Assert.EndsWith(Correction + "\n", Export(store, LogKind.Corrections), StringComparison.Ordinal);
        await using var again = await ImportedAsync(kind => Export(store, kind));
        Assert.All(Kinds, kind => Assert.Equal(Export(store, kind), Export(again, kind)));
        Assert.Equal(store.Digest(), again.Digest());
    }

    [Fact]
    public async Task Bad_lines_are_counted_and_the_others_are_taken()
    {
        await using var store = new MemoryStore(new ManualClock());
        var report = await ImportAsync(store, LogKind.Decisions, string.Join('\n', Decision, "nonsense", Decision.Replace("d-1", "d-2", StringComparison.Ordinal), Decision, Decision.Replace("0.1", "0.2", StringComparison.Ordinal)));
        Assert.Equal((2, 1, 1, 1, 5), (report.Accepted, report.Duplicates, report.Conflicts, report.BadLines, report.Lines));
        Assert.Contains(report.Problems, static p => p.Contains("decisions.jsonl:2:2: is not JSON", StringComparison.Ordinal));
        Assert.Contains(report.Problems, static p => p.Contains("decisions.jsonl:5: decision 'd-1'", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_strict_import_writes_nothing_when_a_line_is_bad()
    {
        await using var store = new MemoryStore(new ManualClock());
        var report = await ImportAsync(store, LogKind.Decisions, Decision + "\nnonsense\n", new() { Strict = true });
        Assert.Equal((true, 0L, 1L), (report.Stopped, report.Accepted, report.BadLines));
        Assert.Equal(0, store.Size);
    }

    [SharedDataFact("demo/decisions.jsonl")]
    public async Task Real_logs_survive_a_real_workspace_and_a_rebuild()
    {
        await using var workspace = await WorkspaceFixture.OpenAsync([.. IntakeProjections.Create()]);
        foreach (var set in new[] { "demo", "tau_retail" })
        {
            foreach (var kind in Kinds)
            {
                if (SharedData.Path(set, kind.Name() + ".jsonl") is not { } path) continue;
                var report = await new ImportLog(workspace.Store, new Agents(workspace.Store), workspace.Clock).RunAsync(kind, path, Desk.Importer, new() { BatchSize = 50 }, null, default);
                Assert.False(report.HasProblems, string.Join('\n', report.Problems));
            }
        }
        var exported = Kinds.Select(kind => Export(workspace.Store, kind)).ToArray();
        await using var memory = new MemoryStore(workspace.Clock);
        foreach (var kind in Kinds) await ImportAsync(memory, kind, exported[(int)kind]);
        Assert.Equal(exported, Kinds.Select(kind => Export(memory, kind)));

        var before = Rows(workspace.Store);
        await workspace.ReopenAsync(() =>
        {
            using var connection = SqliteFile.Open(workspace.Store.Files.Journal, Microsoft.Data.Sqlite.SqliteOpenMode.ReadWrite);
            foreach (var projection in IntakeProjections.Create())
                foreach (var table in projection.Tables) SqliteFile.Execute(connection, "DELETE FROM " + table);
            SqliteFile.Execute(connection, "DELETE FROM projection");
        });
        Assert.Equal(before, Rows(workspace.Store));

        var known = new Decisions(workspace.Store).Read("gpt-5.2/v1").ToList();
        Assert.Equal(500, known.Count);
        Assert.Equal(177, known.Count(static d => d.IsWrong == true));
        Assert.Equal(90, new ListReviews(workspace.Store).Waiting("gpt-5.2/v1").Count);
        Assert.True(known.Zip(known.Skip(1)).All(static p => p.First.Decision.OccurredAt <= p.Second.Decision.OccurredAt));
    }

    private static string Rows(SqliteWorkspaceStore store) => string.Join('\n', IntakeProjections.Create().SelectMany(static p => p.DigestQueries).SelectMany(query =>
        store.Read(connection => SignalRows.All(connection, query, null, null, static row =>
        {
            var values = new object[row.FieldCount];
            row.GetValues(values);
            return string.Join('\t', values);
        }))));
}
