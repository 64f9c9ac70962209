using System.CommandLine;
using System.Text.Json;
using Emend.Cli.Output;
using Emend.Engine;
using Emend.Engine.Journal;
using Emend.Engine.Learning.DataSets;
using Emend.Logic;
using Emend.Logic.Conditions;
using Spectre.Console;

namespace Emend.Cli.Commands.Learning;

/// <summary><c>emend datasets</c>: the exact rulings something is trained from, named by their content, and their way out for fine-tuning.</summary>
internal static class DataSetsCommand
{
    private static readonly Argument<string> Agent = new("AGENT") { Description = "The agent." };
    private static readonly Option<string?> Where = new("--where") { Description = "Only of decisions that this holds of, e.g. taskType == \"refund\".", HelpName = "CONDITION" };
    private static readonly Argument<string> Digest = new("DIGEST") { Description = "The data set: its digest, or enough of its first digits." };
    private static readonly Option<string> Kind = new("--format") { Description = "jsonl, csv, sft, pairs, trl-pairs or unpaired. Default jsonl.", HelpName = "FORMAT", DefaultValueFactory = static _ => "jsonl" };
    private static readonly Option<FileInfo?> To = new("--to") { Description = "File to write; a manifest and the ids behind each row are put beside it. Default: rows on stdout.", HelpName = "FILE" };
    private static readonly Option<string> Reveal = new("--reveal") { Description = "Fields up to this class: internal (default), personal (texts, arguments, subjects) or sensitive.", HelpName = "CLASS", DefaultValueFactory = static _ => "internal" };
    private static readonly Option<string?> Why = new("--why") { Description = "Why personal fields are needed; recorded.", HelpName = "TEXT" };
    private static readonly Option<string?> Split = new("--split") { Description = "Cut into parts by a hash; all about one subject falls into one part.", HelpName = "train=0.8,test=0.2" };
    private static readonly Option<string> Salt = new("--salt") { Description = "Another salt cuts otherwise.", HelpName = "TEXT", DefaultValueFactory = static _ => "" };
    private static readonly Option<string?> System_ = new("--system") { Description = "What a model is told before every case (formats for fine-tuning).", HelpName = "TEXT" };

    public static Command Build() => Noun.Of(
        "datasets",
        "The exact rulings something is trained from, named by their content.",
        new Verb("create", "Fix what was ruled of an agent so far. The same rulings give the same digest.", "emend datasets create support-router --as ada").OnStore().With(Agent).With(Where).Does(CreateAsync),
        new Verb("list", "All data sets, newest first; those candidates were built from are among them.", "emend datasets list").OnStore().Does(ListAsync),
        new Verb("show", "One data set, and whether it is still whole.", "emend datasets show 1f2e3d4c").OnStore().With(Digest).Does(ShowAsync),
        new Verb("export", "Write a data set as rows, a table, or for fine-tuning. What was withdrawn or erased since is not in it.", "emend datasets export 1f2e3d4c --format sft --reveal personal --why \"fine-tuning of the router\" --split train=0.9,test=0.1 --to router.jsonl --as ada")
            .OnStore().With(Digest).With(Kind).With(To).With(Reveal).With(Why).With(Split).With(Salt).With(System_).Does(ExportAsync));

    private static async Task<ExitCode> CreateAsync(Invocation run, CancellationToken cancel)
    {
        var engine = await run.EngineAsync(cancel);
        var agent = Normalizing.AgentsCommand.Known(engine, run.Get(Agent));
        var where = Condition.Always;
        try
        {
            if (run.Get(Where) is { } text) where = ConditionText.Parse(text, agent.Schema.IsOpen ? null : [.. agent.Schema.Features.Select(static f => f.Name)]);
        }
        catch (FormatException fault)
        {
            throw new Failure(ExitCode.BadInput, $"--where: {fault.Message}", "write e.g. taskType == \"refund\" and confidence < 0.9");
        }
        var total = Math.Max(1, engine.Decisions.Count(agent.Id));
        var (set, counts) = Invocation.Take(await run.Terminal.ProgressAsync("reading rulings", progress => Task.Run(
            () => engine.FixDataSet.HandleAsync(new FixDataSet(agent.Id, where, run.Actor), read => progress.Report(Math.Min(1, (double)read / total)), cancel), cancel)));
        run.Terminal.Json(json =>
        {
            json.WriteStartObject();
            json.WriteString("digest", set.Digest);
            json.WriteNumber("rows", set.Rows);
            json.WriteStartObject("leftOut");
            foreach (var (reason, count) in counts.LeftOut) json.WriteNumber(reason, count);
            json.WriteEndObject();
            json.WriteEndObject();
        });
        run.Terminal.Line($"{set.Digest}: {Format.Number(set.Rows)} rulings of {set.Agent.Id}");
        foreach (var (reason, count) in counts.LeftOut) run.Terminal.Line($"  left out, {reason}: {Format.Number(count)}");
        run.Terminal.Line($"Next: emend datasets export {Format.Digest(set.Digest)} --format jsonl");
        return ExitCode.Done;
    }

    private static async Task<ExitCode> ListAsync(Invocation run, CancellationToken cancel)
    {
        var engine = await run.EngineAsync(cancel);
        var sets = engine.DataSets.All();
        run.Terminal.Json(json =>
        {
            json.WriteStartArray();
            foreach (var set in sets) Write(json, set, engine, null);
            json.WriteEndArray();
        });
        var table = Terminal.Table("data set", "agent", ">rulings", "fixed", "by", "bundles built from it");
        foreach (var set in sets)
            table.AddRow(Format.Digest(set.Digest), Terminal.Escape(set.Agent.Id), Format.Number(set.Rows), Format.Instant(set.FixedAt), Terminal.Escape(engine.Ledger.NameOf(set.Author)), string.Join(", ", set.Bundles.Select(Format.Digest)));
        if (sets.Count == 0) run.Terminal.Line("There are no data sets: emend datasets create AGENT, or build a candidate");
        else run.Terminal.Show(table);
        return ExitCode.Done;
    }

    private static async Task<ExitCode> ShowAsync(Invocation run, CancellationToken cancel)
    {
        var engine = await run.EngineAsync(cancel);
        var set = Invocation.Take(engine.DataSets.Find(run.Get(Digest)));
        var (counts, digest) = (new RowCounts(), new DataSetDigest());
        foreach (var row in engine.DataSets.Rows(set.Agent, set.Where, set.UpTo, counts)) digest.Add(row);
        var now = (Rows: digest.Count, Digest: digest.Done());
        run.Terminal.Json(json => Write(json, set, engine, now));
        var t = run.Terminal;
        t.Line($"data set   {set.Digest}");
        t.Line($"agent      {set.Agent.Id}{(set.Where == Condition.Always ? "" : $" where {ConditionText.Format(set.Where)}")}");
        t.Line($"rulings    {Format.Number(set.Rows)}, everything before journal entry {Format.Number(set.UpTo)}");
        t.Line($"fixed      {Format.Instant(set.FixedAt)} by {engine.Ledger.NameOf(set.Author)}");
        t.Line(now.Digest == set.Digest ? "now        whole" : $"now        {Format.Number(now.Rows)} rulings: some were withdrawn or erased since");
        foreach (var bundle in set.Bundles) t.Line($"built      {bundle}");
        return ExitCode.Done;
    }

    private static async Task<ExitCode> ExportAsync(Invocation run, CancellationToken cancel)
    {
        if (ExportFormats.Of(run.Get(Kind)) is not { } format) throw new Failure(ExitCode.BadInput, $"--format: '{run.Get(Kind)}' is none", $"use one of {string.Join(", ", ExportFormats.All)}");
        FieldClass? revealed = run.Get(Reveal) switch { "internal" => FieldClass.Internal, "personal" => FieldClass.Personal, "sensitive" => FieldClass.Sensitive, _ => null };
        if (revealed is null) throw new Failure(ExitCode.BadInput, $"--reveal: '{run.Get(Reveal)}' is no class", "use internal, personal or sensitive");
        if (revealed >= FieldClass.Personal && string.IsNullOrWhiteSpace(run.Get(Why))) throw new Failure(ExitCode.BadInput, "personal fields are shown for a reason only", "give it with --why; it is recorded");
        var split = run.Get(Split) is { } plan ? Invocation.Take(SplitPlan.Read(plan, run.Get(Salt))) : SplitPlan.Whole;
        if (run.Get(To) is null && (split.IsSplit || run.Terminal.IsJson)) throw new Failure(ExitCode.BadInput, split.IsSplit ? "parts are files" : "an export is many lines, not one JSON value", "write files with --to");

        var engine = await run.EngineAsync(cancel);
        var set = Invocation.Take(engine.DataSets.Find(run.Get(Digest)));
        if (revealed >= FieldClass.Personal) await engine.Access.UnmaskedAsync($"data set {set.Digest}", run.Get(Why)!, run.Actor, cancel);
        var options = new ExportOptions(format) { Revealed = revealed.Value, Split = split, System = run.Get(System_) };
        if (run.Get(To) is not { } file)
        {
            await using var output = run.Terminal.OpenData();
            Invocation.Take(engine.ExportDataSet.Write(set, options, run.Actor, _ => output, null, null, cancel));
            return ExitCode.Done;
        }
        var files = new ExportFiles(file);
        ExportManifest manifest;
        using (files)
        {
            manifest = Invocation.Take(await run.Terminal.ProgressAsync("writing", progress => Task.Run(
                () => engine.ExportDataSet.Write(set, options, run.Actor, files.Part, files.Provenance, read => progress.Report(Math.Min(1, (double)read / set.Rows)), cancel), cancel)));
            manifest = files.Finish(manifest);
        }
        run.Terminal.Json(manifest.Write);
        foreach (var part in manifest.Parts) run.Terminal.Line($"{Format.Number(part.Rows)} rows written to {part.File}");
        foreach (var (reason, count) in manifest.Counts.LeftOut) run.Terminal.Line($"  left out, {reason}: {Format.Number(count)}");
        if (!manifest.IsWhole) run.Terminal.Line($"  {Format.Number(set.Rows - manifest.Rulings)} rulings of the data set were withdrawn or erased since it was fixed");
        return ExitCode.Done;
    }

    private static void Write(Utf8JsonWriter json, DataSet set, EmendEngine engine, (int Rows, string Digest)? now)
    {
        json.WriteStartObject();
        json.WriteString("digest", set.Digest);
        json.WriteString("agent", set.Agent.Id);
        json.WriteNumber("rows", set.Rows);
        json.WriteNumber("upTo", set.UpTo);
        json.WriteString("fixedAt", CanonicalJson.Instant(set.FixedAt));
        json.WriteString("author", engine.Ledger.NameOf(set.Author));
        if (set.Where != Condition.Always) json.WriteString("where", ConditionText.Format(set.Where));
        json.WriteStartArray("bundles");
        foreach (var bundle in set.Bundles) json.WriteStringValue(bundle);
        json.WriteEndArray();
        if (now is var (rows, digest))
        {
            json.WriteBoolean("whole", digest == set.Digest);
            json.WriteNumber("rowsNow", rows);
        }
        json.WriteEndObject();
    }
}
