using System.CommandLine;
using System.Text.Json;
using Emend.Cli.Output;
using Emend.Engine.Learning.Models;
using Emend.Logic;
using Spectre.Console;

namespace Emend.Cli.Commands.Learning;

/// <summary><c>emend models</c>: trained correctors, and the exact data set behind each.</summary>
internal static class ModelsCommand
{
    private static readonly Option<string?> Agent = new("--agent") { Description = "Only of this agent.", HelpName = "AGENT" };
    private static readonly Argument<string> Digest = new("DIGEST") { Description = "The model: its digest, or enough of its first digits." };

    public static Command Build() => Noun.Of(
        "models",
        "Trained correctors, and what each was trained from.",
        new Verb("list", "All models, newest first.", "emend models list --agent support-router").OnStore().With(Agent).Does(ListAsync),
        new Verb("show", "One model: the bundles that hold it and the data set it was trained from.", "emend models show 1f2e3d4c").OnStore().With(Digest).Does(ShowAsync));

    private static async Task<ExitCode> ListAsync(Invocation run, CancellationToken cancel)
    {
        var engine = await run.EngineAsync(cancel);
        var models = engine.Models.All(run.Get(Agent));
        run.Terminal.Json(json =>
        {
            json.WriteStartArray();
            foreach (var model in models) Write(json, model);
            json.WriteEndArray();
        });
        var table = Terminal.Table("model", "agent", ">bytes", "trained from", "in bundle", "state", "built");
        foreach (var model in models)
        {
            var newest = model.Versions[^1].Bundle;
            table.AddRow(Format.Digest(model.Digest), Terminal.Escape(model.Agent), Format.Number(model.Size), model.DataSet is { } set ? Format.Digest(set) : "-", Format.Digest(newest.Digest), Format.Words(newest.State), Format.Instant(newest.BuiltAt));
        }
        if (models.Count == 0) run.Terminal.Line("No bundle holds a corrector yet: one is trained when there are rulings enough (emend candidates build AGENT)");
        else run.Terminal.Show(table);
        return ExitCode.Done;
    }

    private static async Task<ExitCode> ShowAsync(Invocation run, CancellationToken cancel)
    {
        var engine = await run.EngineAsync(cancel);
        var model = Invocation.Take(engine.Models.Find(run.Get(Digest)));
        run.Terminal.Json(json => Write(json, model));
        run.Terminal.Line($"model      {model.Digest}, {Format.Number(model.Size)} bytes");
        run.Terminal.Line($"agent      {model.Agent}");
        var table = Terminal.Table("bundle", "state", "built", "by", "data set", ">rulings");
        foreach (var (bundle, set) in model.Versions)
            table.AddRow(Format.Digest(bundle.Digest), Format.Words(bundle.State), Format.Instant(bundle.BuiltAt), Terminal.Escape(engine.Ledger.NameOf(bundle.Author)), set is null ? "-" : Format.Digest(set), Format.Number(bundle.Records));
        run.Terminal.Show(table);
        if (model.DataSet is { } from) run.Terminal.Line($"Next: emend datasets show {Format.Digest(from)}");
        return ExitCode.Done;
    }

    private static void Write(Utf8JsonWriter json, Model model)
    {
        json.WriteStartObject();
        json.WriteString("digest", model.Digest);
        json.WriteString("agent", model.Agent);
        json.WriteNumber("bytes", model.Size);
        json.WriteString("dataSet", model.DataSet);
        json.WriteStartArray("bundles");
        foreach (var (bundle, set) in model.Versions)
        {
            json.WriteStartObject();
            json.WriteString("digest", bundle.Digest);
            json.WriteString("state", Format.Words(bundle.State));
            json.WriteString("builtAt", CanonicalJson.Instant(bundle.BuiltAt));
            json.WriteString("dataSet", set);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
