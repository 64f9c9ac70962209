using System.CommandLine;
using System.Text.Json;
using Emend.Cli.Output;
using Emend.Engine.Learning.Features;
using Emend.Logic;
using Emend.Logic.Conditions;
using Spectre.Console;

namespace Emend.Cli.Commands.Learning;

/// <summary><c>emend features</c>: views over what was decided, corrected and became of it, the same for training and for serving.</summary>
internal static class FeaturesCommand
{
    private static readonly Argument<FileInfo> File = new("FILE") { Description = "The definition, JSON (docs/guide/features.md)." };
    private static readonly Option<bool> NewVersion = new("--new-version") { Description = "Make a new version where the change is not compatible; the old one stays." };
    private static readonly Argument<string> View = new("VIEW") { Description = "A view: NAME, its newest version, or NAME@VERSION." };
    private static readonly Option<string[]> Key = new("--key") { Description = "A part of the key, e.g. subject=cust-9; once for each part.", HelpName = "PART=VALUE" };
    private static readonly Option<string?> AsOf = new("--as-of") { Description = "As it was known at this instant (with zone). Default: the latest value.", HelpName = "INSTANT" };
    private static readonly Argument<FileInfo> Rows = new("ROWS") { Description = "Rows, one JSON object a line: \"asOf\" and the parts of the view's key; what else it holds is kept." };
    private static readonly Option<FileInfo?> To = new("--to") { Description = "File to write; replaced when complete. Default: stdout.", HelpName = "FILE" };

    public static Command Build() => Noun.Of(
        "features",
        "Feature views: counts, rates, means and last values over the journal, the same for training and for serving.",
        new Verb("define", "Define a view, or add features to one. It takes in everything that came before.", "emend features define desk-week.json --as ada").OnStore().With(File).With(NewVersion).Does(DefineAsync),
        new Verb("list", "All views and their features.", "emend features list").OnStore().Does(ListAsync),
        new Verb("show", "One view: what it counts, by what, over which window.", "emend features show desk_week@1").OnStore().With(View).Does(ShowAsync),
        new Verb("get", "The values of a view for a key: the latest, or as they were known at an instant.", "emend features get desk_week --key proposed.action=refund").OnStore().With(View).With(Key).With(AsOf).Does(GetAsync),
        new Verb("join", "Put the values that were known at each row's instant beside the row: no row sees the future.", "emend features join desk_week rows.jsonl --to joined.jsonl").OnStore().With(View).With(Rows).With(To).Does(JoinAsync));

    private static async Task<ExitCode> DefineAsync(Invocation run, CancellationToken cancel)
    {
        var engine = await run.EngineAsync(cancel);
        var asked = Invocation.Take(FeatureViewJson.Read(await System.IO.File.ReadAllTextAsync(run.Get(File).FullName, cancel)));
        var view = Invocation.Take(await run.Terminal.ProgressAsync("taking in what came before", progress => engine.DefineFeatures.HandleAsync(
            new DefineFeatureView(asked, run.Actor) { NewVersion = run.Get(NewVersion) }, (done, of) => progress.Report((double)done / Math.Max(of, 1)), cancel)));
        run.Terminal.Json(json => json.WriteRawValue(FeatureViewJson.Write(view)));
        run.Terminal.Line($"{view.Reference}: {view.Features.Length} features of {FeatureViewJson.Name(view.Of)}");
        run.Terminal.Line($"Next: emend features get {view.Name}{string.Concat(view.Key.Select(static part => $" --key {part}=…"))}");
        return ExitCode.Done;
    }

    private static async Task<ExitCode> ListAsync(Invocation run, CancellationToken cancel)
    {
        var engine = await run.EngineAsync(cancel);
        var views = engine.FeatureViews.All();
        run.Terminal.Json(json =>
        {
            json.WriteStartArray();
            foreach (var known in views) Write(json, known, engine.Ledger.NameOf(known.Author));
            json.WriteEndArray();
        });
        var table = Terminal.Table("view", "of", "key", "window", "features", "defined by", "about");
        foreach (var known in views)
        {
            var view = known.Definition;
            table.AddRow(
                Terminal.Escape(view.Reference), FeatureViewJson.Name(view.Of), Terminal.Escape(string.Join(", ", view.Key)), view.Window is { } window ? Duration.Text(window) : "for ever",
                Terminal.Escape(string.Join(", ", view.Features.Select(static feature => feature.Name))), Terminal.Escape(engine.Ledger.NameOf(known.Author)), Terminal.Escape(view.About));
        }
        if (views.Count == 0) run.Terminal.Line("There are no feature views: emend features define FILE");
        else run.Terminal.Show(table);
        return ExitCode.Done;
    }

    private static async Task<ExitCode> ShowAsync(Invocation run, CancellationToken cancel)
    {
        var engine = await run.EngineAsync(cancel);
        var known = Invocation.Take(engine.FeatureViews.Find(run.Get(View)));
        var view = known.Definition;
        var author = engine.Ledger.NameOf(known.Author);
        run.Terminal.Json(json => Write(json, known, author));
        var t = run.Terminal;
        t.Line($"view       {view.Reference}{(view.About.Length > 0 ? $": {view.About}" : "")}");
        t.Line($"defined    {Format.Instant(known.DefinedAt)} by {author}{(known.IsReady ? "" : $", {Format.Number(known.Filled)} of {Format.Number(known.Since)} entries before it taken in")}");
        t.Line($"of         {FeatureViewJson.Name(view.Of)}{(view.Where == Condition.Always ? "" : $" where {ConditionText.Format(view.Where)}")}");
        t.Line($"key        {(view.Key.IsEmpty ? "(the whole workspace)" : string.Join(", ", view.Key))}");
        t.Line($"window     {(view.Window is { } window ? $"{Duration.Text(window)}, moved by {Duration.Text(view.Grain)}" : "for ever")}{(view.TimeToLive is { } life ? $"; no value after {Duration.Text(life)} without an event" : "")}");
        var table = Terminal.Table("feature", "measure", "over");
        foreach (var feature in view.Features)
            table.AddRow(Terminal.Escape($"{view.Name}.{feature.Name}"), FeatureViewJson.Name(feature.Measure), Terminal.Escape(feature.Hit is { } hit ? ConditionText.Format(hit) : feature.Value ?? ""));
        t.Show(table);
        return ExitCode.Done;
    }

    private static async Task<ExitCode> GetAsync(Invocation run, CancellationToken cancel)
    {
        var engine = await run.EngineAsync(cancel);
        var known = Invocation.Take(engine.FeatureViews.Find(run.Get(View)));
        var key = (run.Get(Key) ?? []).ToDictionary(
            static part => part.IndexOf('=', StringComparison.Ordinal) is > 0 and var at ? part[..at] : throw new Failure(ExitCode.BadInput, $"--key: '{part}' is not PART=VALUE", "write e.g. --key subject=cust-9"),
            static part => Part(part[(part.IndexOf('=', StringComparison.Ordinal) + 1)..]),
            StringComparer.Ordinal);
        IReadOnlyList<Feature> values;
        if (run.Get(AsOf) is { } text)
        {
            if (!CanonicalJson.TryInstant(text, out var at)) throw new Failure(ExitCode.BadInput, $"--as-of: '{text}' is not an instant", "write e.g. 2026-03-01T12:00:00Z");
            var joined = Invocation.Take(engine.FeaturesAsOf.OfAll(known, [Invocation.Take(engine.FeaturesAsOf.Ask(known, key, at))], cancel));
            values = [.. known.View.Series.Select((series, i) => new Feature(series.Feature.Name, joined[i][0]))];
        }
        else values = Invocation.Take(engine.LatestFeatures.Of(known, key));
        run.Terminal.Json(json =>
        {
            json.WriteStartObject();
            foreach (var (name, value) in values)
            {
                json.WritePropertyName($"{known.Definition.Name}.{name}");
                json.WriteRawValue(CanonicalJson.Text(value));
            }
            json.WriteEndObject();
        });
        var table = Terminal.Table("feature", ">value");
        foreach (var (name, value) in values) table.AddRow(Terminal.Escape($"{known.Definition.Name}.{name}"), value.Kind == FeatureKind.Missing ? "-" : Terminal.Escape(value.ToString()));
        run.Terminal.Show(table);
        return ExitCode.Done;
    }

    private static async Task<ExitCode> JoinAsync(Invocation run, CancellationToken cancel)
    {
        var engine = await run.EngineAsync(cancel);
        var known = Invocation.Take(engine.FeatureViews.Find(run.Get(View)));
        if (run.Get(To) is null && run.Terminal.IsJson) throw new Failure(ExitCode.BadInput, "joined rows are JSON Lines, not one JSON value", "leave out --json, or write a file with --to and get the count");
        await using var rows = System.IO.File.OpenRead(run.Get(Rows).FullName);
        long Join(Stream to) => JoinRows.Run(rows, to, known, engine.FeaturesAsOf, cancel) switch
        {
            Engine.Answer<long>.Granted(var count) => count,
            Engine.Answer<long>.Refused(var why) => throw Failure.Refused(why),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
        if (run.Get(To) is not { } file)
        {
            await using var output = run.Terminal.OpenData();
            Join(output);
            return ExitCode.Done;
        }
        // Written aside and renamed: a reader never sees half a file.
        var aside = file.FullName + ".part";
        long lines;
        await using (var stream = System.IO.File.Create(aside)) lines = Join(stream);
        System.IO.File.Move(aside, file.FullName, overwrite: true);
        run.Terminal.Json(json =>
        {
            json.WriteStartObject();
            json.WriteString("file", file.FullName);
            json.WriteNumber("rows", lines);
            json.WriteEndObject();
        });
        run.Terminal.Say($"{Format.Number(lines)} rows written to {Terminal.Escape(file.FullName)}");
        return ExitCode.Done;
    }

    // A shell knows texts only; what reads as a number or a truth value is one. Quotes make it a text.
    private static FeatureValue Part(string text)
    {
        if (text is "true" or "false") return FeatureValue.Of(text == "true");
        if (double.TryParse(text, System.Globalization.NumberStyles.Float, System.Globalization.CultureInfo.InvariantCulture, out var number) && double.IsFinite(number)) return FeatureValue.Of(number);
        return FeatureValue.Of(text.Length > 1 && text[0] == '"' && text[^1] == '"' ? text[1..^1] : text);
    }

    private static void Write(Utf8JsonWriter json, KnownView known, string author)
    {
        json.WriteStartObject();
        json.WriteString("view", known.Definition.Reference);
        json.WriteString("author", author);
        json.WriteString("definedAt", CanonicalJson.Instant(known.DefinedAt));
        json.WriteBoolean("ready", known.IsReady);
        json.WritePropertyName("definition");
        json.WriteRawValue(FeatureViewJson.Write(known.Definition));
        json.WriteEndObject();
    }
}
