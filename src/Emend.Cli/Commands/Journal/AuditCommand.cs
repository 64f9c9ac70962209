using System.CommandLine;
using Emend.Cli.Output;
using Emend.Engine.Journal;
using Emend.Engine.Reviewing;

namespace Emend.Cli.Commands.Journal;

/// <summary><c>emend audit</c>: proof that nothing was lost, changed or slipped in.</summary>
internal static class AuditCommand
{
    private static readonly Argument<string> Id = new("ID") { Description = "A decision or a correction." };
    private static readonly Option<string[]> Disclose = new("--disclose") { Description = "Field to show in the receipt, e.g. proposed.action; may be given several times.", HelpName = "PATH", AllowMultipleArgumentsPerToken = true };
    private static readonly Option<FileInfo?> ReceiptFile = new("--receipt") { Description = "Verify this receipt instead of the journal; needs the public key only.", HelpName = "FILE" };
    private static readonly Option<FileInfo?> Key = new("--key") { Description = "Public key of the journal (journal.vkey). Default: that of --data.", HelpName = "FILE" };
    private static readonly Option<FileInfo?> To = new("--to") { Description = "File to write. Default: stdout.", HelpName = "FILE" };

    public static Command Build() => Noun.Of(
        "audit",
        "Prove that nothing was lost, changed or slipped in.",
        new Verb("verify", "Recompute the whole journal offline: every commitment, leaf and signature. Or verify one receipt.", "emend audit verify").OnStore().With(ReceiptFile).With(Key).Does(VerifyAsync),
        new Verb("checkpoint", "Sign the journal's present state. Keep it where the operator cannot reach it.", "emend audit checkpoint --to checkpoint.txt").OnStore().With(To).Does(CheckpointAsync),
        new Verb("receipt", "Proof that a decision or correction is in the journal, verifiable offline.", "emend audit receipt sd-0001 --disclose action --to receipt.txt").OnStore().With(Id).With(Disclose).With(To).Does(ReceiptAsync),
        new Verb("digest", "Digest of the state: equal for equal sets of events, whatever their order of arrival.", "emend audit digest").OnStore().Does(DigestAsync),
        new Verb("rebuild", "Rebuild all read models from the journal.", "emend audit rebuild").OnStore().Does(RebuildAsync));

    private static async Task<ExitCode> VerifyAsync(Invocation run, CancellationToken cancel)
    {
        if (run.Get(ReceiptFile) is { } receipt) return await VerifyReceiptAsync(run, receipt, cancel);
        var engine = await run.EngineAsync(cancel);
        var audit = await run.Terminal.ProgressAsync("Verifying", share => Task.Run(() => VerifyJournal.Run(engine.Store, (done, all) => share.Report((double)done / Math.Max(1, all)), cancel), cancel));
        run.Terminal.Json(json =>
        {
            json.WriteStartObject();
            json.WriteBoolean("sound", audit.IsSound);
            json.WriteNumber("entries", audit.Entries);
            json.WriteNumber("records", audit.Records);
            json.WriteNumber("erasedRecords", audit.ErasedRecords);
            json.WriteNumber("checkpoints", audit.Checkpoints);
            json.WriteString("root", Convert.ToBase64String(audit.Root));
            if (audit.FirstBadIndex is { } bad) json.WriteNumber("firstBadIndex", bad);
            json.WriteStartArray("findings");
            foreach (var finding in audit.Findings) json.WriteStringValue(finding.Index is { } index ? $"entry {index}: {finding.What}" : finding.What);
            json.WriteEndArray();
            json.WriteEndObject();
        });
        Show(run.Terminal, audit);
        return audit.IsSound ? ExitCode.Done : ExitCode.DoesNotVerify;
    }

    /// <summary>One line when all is well, else what is wrong.</summary>
    public static void Show(Terminal terminal, JournalAudit audit)
    {
        if (audit.IsSound)
        {
            terminal.Markup($"[green]The journal verifies[/]: {Format.Number(audit.Entries)} entries, {Format.Number(audit.Records)} records{(audit.ErasedRecords > 0 ? $" ({Format.Number(audit.ErasedRecords)} with erased fields)" : "")}, {audit.Checkpoints} signed checkpoint{(audit.Checkpoints == 1 ? "" : "s")}.");
            return;
        }
        terminal.Markup($"[red]The journal does not verify[/]{(audit.FirstBadIndex is { } bad ? $": the first bad entry is {bad}" : "")}.");
        foreach (var finding in audit.Findings) terminal.Line($"  {(finding.Index is { } index ? $"entry {index}: " : "")}{finding.What}");
        if (audit.HasMore) terminal.Line("  and more");
    }

    private static async Task<ExitCode> VerifyReceiptAsync(Invocation run, FileInfo receipt, CancellationToken cancel)
    {
        var keyFile = run.Get(Key)?.FullName ?? Path.Combine(run.Get(CommonOptions.Data).FullName, "workspaces", run.Get(CommonOptions.Workspace), "journal.vkey");
        try
        {
            var key = VerifierKey.Parse((await File.ReadAllTextAsync(keyFile, cancel)).Trim());
            var proven = Receipt.Verify(await File.ReadAllTextAsync(receipt.FullName, cancel), key);
            run.Terminal.Json(json =>
            {
                json.WriteStartObject();
                json.WriteBoolean("verifies", true);
                json.WriteNumber("entry", proven.Index);
                json.WriteNumber("position", proven.Position);
                json.WriteString("record", proven.RecordId);
                json.WriteNumber("treeSize", proven.Checkpoint.Size);
                json.WriteStartObject("disclosed");
                foreach (var field in proven.Disclosed)
                {
                    json.WritePropertyName(field.Path);
                    json.WriteRawValue(field.Json ?? "null");
                }
                json.WriteEndObject();
                json.WriteEndObject();
            });
            run.Terminal.Markup($"[green]The receipt verifies[/]: record {Terminal.Escape(proven.RecordId)} is number {proven.Position} of entry {proven.Index}, in the journal of {Format.Number(proven.Checkpoint.Size)} entries that {Terminal.Escape(proven.Checkpoint.Origin)} signed.");
            foreach (var field in proven.Disclosed) run.Terminal.Line($"  {field.Path} = {field.Json}");
            return ExitCode.Done;
        }
        catch (JournalFormatException fault)
        {
            run.Terminal.Json(json =>
            {
                json.WriteStartObject();
                json.WriteBoolean("verifies", false);
                json.WriteString("why", fault.Message);
                json.WriteEndObject();
            });
            run.Terminal.Problem($"the receipt does not verify: {fault.Message}", "make sure that the receipt is complete and that --key is the key of the journal that issued it");
            return ExitCode.DoesNotVerify;
        }
    }

    private static async Task<ExitCode> CheckpointAsync(Invocation run, CancellationToken cancel) =>
        await WriteAsync(run, await SignCheckpoint.SignAsync((await run.EngineAsync(cancel)).Store, cancel), "checkpoint", cancel);

    private static async Task<ExitCode> ReceiptAsync(Invocation run, CancellationToken cancel)
    {
        var engine = await run.EngineAsync(cancel);
        var id = run.Get(Id);
        RecordAt at;
        if (engine.Decisions.Find(id) is { } decision) at = decision.At;
        else if (engine.Corrections.Find(id) is { } correction) at = correction.At;
        else throw Failure.NotFound("decision or correction", id, "check the id");
        var disclose = run.Get(Disclose) ?? [];
        var readable = engine.Store.Record(at.Entry, at.Position).Fields.Where(static f => f.Json is not null).Select(static f => f.Path).ToList();
        if (Array.Find(disclose, path => !readable.Contains(path, StringComparer.Ordinal)) is { } missing)
            throw new Failure(ExitCode.BadInput, $"the record of '{id}' has no field '{missing}' that can be read", $"its fields are: {string.Join(", ", readable)}");
        return await WriteAsync(run, await Receipt.IssueAsync(engine.Store, at.Entry, at.Position, disclose, cancel), "receipt", cancel);
    }

    private static async Task<ExitCode> DigestAsync(Invocation run, CancellationToken cancel)
    {
        var digest = StateDigest.Of((await run.EngineAsync(cancel)).Store);
        run.Terminal.Json(json => json.WriteStringValue(digest));
        run.Terminal.Line(digest);
        return ExitCode.Done;
    }

    private static async Task<ExitCode> RebuildAsync(Invocation run, CancellationToken cancel)
    {
        var engine = await run.EngineAsync(cancel);
        var before = StateDigest.Of(engine.Store);
        await run.Terminal.ProgressAsync("Rebuilding", async share =>
        {
            await RebuildProjections.RunAsync(engine.Store, (done, all) => share.Report((double)done / Math.Max(1, all)), cancel);
            return true;
        });
        var after = StateDigest.Of(engine.Store);
        var isSame = string.Equals(before, after, StringComparison.Ordinal);
        run.Terminal.Json(json =>
        {
            json.WriteStartObject();
            json.WriteString("before", before);
            json.WriteString("after", after);
            json.WriteBoolean("same", isSame);
            json.WriteEndObject();
        });
        run.Terminal.Line(isSame ? $"Rebuilt: the same state, {after}" : $"Rebuilt: the state was {before} and is {after} now; the read models had drifted from the journal");
        return isSame ? ExitCode.Done : ExitCode.DoesNotVerify;
    }

    private static async Task<ExitCode> WriteAsync(Invocation run, string text, string what, CancellationToken cancel)
    {
        if (run.Get(To) is { } file)
        {
            await File.WriteAllTextAsync(file.FullName, text, cancel);
            run.Terminal.Json(json =>
            {
                json.WriteStartObject();
                json.WriteString("file", file.FullName);
                json.WriteEndObject();
            });
            run.Terminal.Say($"{what} written to {Terminal.Escape(file.FullName)}");
        }
        else if (run.Terminal.IsJson) run.Terminal.Json(json => json.WriteStringValue(text));
        else run.Terminal.Raw(text);
        return ExitCode.Done;
    }
}
