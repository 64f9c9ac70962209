using System.CommandLine;
using System.Globalization;
using Emend.Cli.Commands.Normalizing;
using Emend.Cli.Output;
using Emend.Engine;
using Emend.Engine.Learning.Guidance;
using Emend.Engine.Learning.Written;
using Emend.Engine.Normalizing;
using Emend.Engine.Serving;
using Emend.Logic;
using Emend.Logic.Conditions;
using Emend.Logic.Guidance;
using Spectre.Console;

namespace Emend.Cli.Commands.Learning;

/// <summary><c>emend guidance</c>: what an agent that reads prompts is told before it proposes: learned, written, asked for, and what it is worth.</summary>
internal static class GuidanceCommand
{
    private static readonly Argument<string> Agent = new("AGENT") { Description = "The agent." };
    private static readonly Argument<string> Item = new("ITEM") { Description = "The item's id." };
    private static readonly Option<string?> Candidate = new("--candidate") { Description = "Of this candidate instead of what is served.", HelpName = "DIGEST" };
    private static readonly Option<bool> Written = new("--written") { Description = "The items people wrote that the next candidate will bring." };
    private static readonly Option<string> Text = new("--text") { Description = "What the agent should know: one line of plain words, in your own words.", HelpName = "TEXT", Required = true };
    private static readonly Option<string?> When = new("--when") { Description = "Cases it is for, e.g. intent == \"refund\" and amount > 500. Default: all.", HelpName = "CONDITION" };
    private static readonly Option<string?> Advise = new("--advise") { Description = "Action it advises: only uses that follow it count for or against it.", HelpName = "ACTION" };
    private static readonly Option<string> Why = new("--why") { Description = "Why; recorded.", HelpName = "TEXT", Required = true };
    private static readonly Option<string?> Input = new("--input") { Description = "The case's text.", HelpName = "TEXT" };
    private static readonly Option<string?> Features = new("--features") { Description = "The case's features, a JSON object.", HelpName = "JSON" };
    private static readonly Option<string?> Draft = new("--draft") { Description = "What the agent is about to propose.", HelpName = "ACTION" };
    private static readonly Option<string?> Unit = new("--unit") { Description = "Whom the decision is about; one item in ten is withheld, always the same for one unit.", HelpName = "ID" };
    private static readonly Option<string?> Decision = new("--decision") { Description = "Id of the coming decision: what was shown is recorded under it.", HelpName = "ID" };
    private static readonly Option<int> Max = new("--max") { Description = "Items at most.", DefaultValueFactory = static _ => GuidanceQuery.DefaultItems, HelpName = "N" };

    public static Command Build() => Noun.Of(
        "guidance",
        "What an agent is told before it proposes.",
        new Verb("get", "Guidance for one case, as the agent gets it.", "emend guidance get support-router --input \"where is my invoice\"")
            .OnStore().With(Agent).With(Input).With(Features).With(Draft).With(Unit).With(Decision).With(Max).Does(GetAsync),
        new Verb("add", "Write an item. It is part of the next candidate and goes through the same gates; who wrote it does not approve it.", "emend guidance add support-router --when 'vip == true' --text \"Name the account manager before anything else.\" --as rosa")
            .OnStore().With(Agent).With(Text).With(When).With(Advise).Does(AddAsync),
        new Verb("list", "The items, as agents read them.", "emend guidance list support-router").OnStore().With(Agent).With(Candidate).With(Written).Does(ListAsync),
        new Verb("show", "One item: what it says, what it stands on, what it was worth.", "emend guidance show support-router g-1f2e3d4c5b6a").OnStore().With(Agent).With(Item).With(Candidate).Does(ShowAsync),
        new Verb("remove", "Leave a written item out of every candidate built from now on. What is served keeps it until the next release.", "emend guidance remove support-router g-1f2e3d4c5b6a --why \"the desk moved\" --as rosa")
            .OnStore().With(Agent).With(Item).With(Why).Does(RemoveAsync),
        new Verb("value", "What items are worth: agents that read them against agents they were withheld from.", "emend guidance value support-router").OnStore().With(Agent).Does(ValueAsync));

    private static async Task<ExitCode> GetAsync(Invocation run, CancellationToken cancel)
    {
        var engine = await run.EngineAsync(cancel);
        var agent = AgentsCommand.Known(engine, run.Get(Agent));
        if (run.Get(Max) is not (>= 1 and <= GuidanceExposures.MaxItems)) throw new Failure(ExitCode.BadInput, $"--max {run.Get(Max)} is outside 1 to {GuidanceExposures.MaxItems}", "give e.g. --max 6");
        var query = new GuidanceQuery(Context.Of(FeaturesOf(run.Get(Features)), text: run.Get(Input)))
        {
            Draft = run.Get(Draft) is { } draft ? new(draft) : null,
            Unit = run.Get(Unit) ?? run.Get(Decision),
            MaxItems = run.Get(Max),
        };
        var answer = Invocation.Take(await engine.Guide.HandleAsync(new AskForGuidance(agent.Id, query, run.Actor) { Decision = run.Get(Decision) }, cancel));
        run.Terminal.Json(json =>
        {
            json.WriteStartObject();
            json.WriteString("bundle", answer.Exposure.Bundle);
            json.WriteString("text", answer.Text);
            json.WriteStartArray("items");
            foreach (var item in answer.Items) json.WriteRawValue(GuidanceJson.Write(item));
            json.WriteEndArray();
            json.WriteStartArray("withheld");
            foreach (var id in answer.Exposure.Withheld) json.WriteStringValue(id);
            json.WriteEndArray();
            json.WriteEndObject();
        });
        if (!run.Terminal.IsJson) run.Terminal.Raw(answer.Text);
        if (answer.Items.IsEmpty) run.Terminal.Line(engine.Guide.IndexOf(agent.Id, query.Unit) is { Items.IsEmpty: false } ? "No item has to do with this case." : $"{agent.Id} is served no guidance: `emend guidance add`, or \"guidance\": {{\"learn\": true}} in its definition, then a release.");
        if (!answer.Exposure.Withheld.IsEmpty) run.Terminal.Say($"withheld from this unit, to learn what it is worth: {Terminal.Escape(string.Join(", ", answer.Exposure.Withheld))}");
        return ExitCode.Done;
    }

    private static async Task<ExitCode> AddAsync(Invocation run, CancellationToken cancel)
    {
        var engine = await run.EngineAsync(cancel);
        var agent = AgentsCommand.Known(engine, run.Get(Agent));
        var item = new GuidanceItem { Id = "new", Kind = GuidanceKind.Written, Text = run.Get(Text), Scope = run.Get(When) is { } when ? ScopeOf(when, agent) : null, Action = run.Get(Advise) };
        var written = Invocation.Take(await engine.WriteGuidance.HandleAsync(new WriteGuidance(agent.Id, item, run.Actor), cancel));
        run.Terminal.Json(json => json.WriteRawValue(GuidanceJson.Write(written)));
        run.Terminal.Line("Agents will read: " + GuidanceText.Line(written));
        run.Terminal.Line($"Next: emend candidates build {agent.Id}");
        return ExitCode.Done;
    }

    private static async Task<ExitCode> ListAsync(Invocation run, CancellationToken cancel)
    {
        var engine = await run.EngineAsync(cancel);
        var agent = AgentsCommand.Known(engine, run.Get(Agent));
        var items = run.Get(Written) ? engine.WrittenGuidance.AsOf(agent.Id, WrittenTable.Now) : ItemsOf(engine, run, agent.Id).Items;
        run.Terminal.Json(json =>
        {
            json.WriteStartArray();
            foreach (var item in items) json.WriteRawValue(GuidanceJson.Write(item));
            json.WriteEndArray();
        });
        GuidanceTable.Show(run.Terminal, items);
        if (items.Count == 0) run.Terminal.Line($"No guidance: write some (emend guidance add {agent.Id} --text …), or let it be learned (\"guidance\": {{\"learn\": true}} in the agent's definition).");
        return ExitCode.Done;
    }

    private static async Task<ExitCode> ShowAsync(Invocation run, CancellationToken cancel)
    {
        var engine = await run.EngineAsync(cancel);
        var agent = AgentsCommand.Known(engine, run.Get(Agent));
        var (items, digest) = ItemsOf(engine, run, agent.Id);
        var item = items.FirstOrDefault(i => string.Equals(i.Id, run.Get(Item), StringComparison.Ordinal))
            ?? engine.WrittenGuidance.AsOf(agent.Id, WrittenTable.Now).FirstOrDefault(i => string.Equals(i.Id, run.Get(Item), StringComparison.Ordinal))
            ?? throw Failure.NotFound("guidance item", run.Get(Item), $"list them with `emend guidance list {agent.Id}`");
        var authors = engine.WrittenGuidance.Authors(agent.Id, item.Id).Select(engine.Ledger.NameOf).ToList();
        var value = GuidanceValue.Of(engine.GuidanceUses.AsOf(agent.Id, WrittenTable.Now)).FirstOrDefault(v => string.Equals(v.Item, item.Id, StringComparison.Ordinal));
        run.Terminal.Json(json =>
        {
            json.WriteStartObject();
            json.WritePropertyName("item");
            json.WriteRawValue(GuidanceJson.Write(item));
            json.WriteStartArray("authors");
            foreach (var author in authors) json.WriteStringValue(author);
            json.WriteEndArray();
            if (value is not null)
            {
                json.WritePropertyName("value");
                Write(json, value);
            }
            json.WriteEndObject();
        });
        var t = run.Terminal;
        t.Line($"item       {item.Id} ({Format.Words(item.Kind)}), bundle {Format.Digest(digest)}");
        t.Line($"reads      {GuidanceText.Line(item)}");
        if (item.Scope is { } scope) t.Line($"for        {ConditionText.Format(scope)}");
        if (authors.Count > 0) t.Line($"written    by {string.Join(", ", authors)}, {Format.Instant(item.At)}");
        if (item.Cases > 0) t.Line($"stands on  {Format.Number(item.Cases)} reviewed decisions by {Format.Number(item.Submitters)} people, the newest of {Format.Instant(item.At)}: {string.Join(", ", item.Evidence)}");
        if (value is not null) t.Line($"worth      {Said(value)}");
        return ExitCode.Done;
    }

    private static async Task<ExitCode> RemoveAsync(Invocation run, CancellationToken cancel)
    {
        var engine = await run.EngineAsync(cancel);
        var agent = AgentsCommand.Known(engine, run.Get(Agent));
        var id = Invocation.Take(await engine.WriteGuidance.HandleAsync(new RemoveGuidance(agent.Id, run.Get(Item), run.Get(Why), run.Actor), cancel));
        run.Terminal.Json(json =>
        {
            json.WriteStartObject();
            json.WriteString("removed", id);
            json.WriteEndObject();
        });
        run.Terminal.Line($"{id} is left out from now on. Next: emend candidates build {agent.Id}");
        return ExitCode.Done;
    }

    private static async Task<ExitCode> ValueAsync(Invocation run, CancellationToken cancel)
    {
        var engine = await run.EngineAsync(cancel);
        var agent = AgentsCommand.Known(engine, run.Get(Agent));
        var values = GuidanceValue.Of(engine.GuidanceUses.AsOf(agent.Id, WrittenTable.Now));
        run.Terminal.Json(json =>
        {
            json.WriteStartArray();
            foreach (var value in values) Write(json, value);
            json.WriteEndArray();
        });
        var table = Terminal.Table("item", ">read by", ">right", ">withheld from", ">right", ">difference", "95 % interval");
        foreach (var v in values)
            table.AddRow(v.Item, Format.Number(v.Shown), Format.Percent(v.ShownRight, v.Shown), Format.Number(v.Withheld), Format.Percent(v.WithheldRight, v.Withheld), v.Difference is { } d ? Points(d) : "-", v.Interval is var (low, high) ? $"{Points(low)} to {Points(high)}" : "not enough yet");
        if (values.Count == 0) run.Terminal.Line($"Nothing is known yet: no decision of {agent.Id} that had guidance has an outcome `truth`.");
        else run.Terminal.Show(table);
        return ExitCode.Done;
    }

    private static (IReadOnlyList<GuidanceItem> Items, string? Digest) ItemsOf(EmendEngine engine, Invocation run, string agent)
    {
        var digest = run.Get(Candidate) is { } candidate ? CandidatesCommand.Resolve(engine, candidate).Digest : engine.Ledger.Board(agent).Served;
        return digest is not null && engine.Ledger.Bundle(digest) is { } bundle ? ([.. bundle.Guidance.Select(GuidanceJson.Read).OrderBy(static item => item.Kind).ThenByDescending(static item => item.Cases).ThenBy(static item => item.Id, StringComparer.Ordinal)], digest) : ([], digest);
    }

    private static Condition ScopeOf(string when, AgentDefinition agent)
    {
        try
        {
            return ConditionText.Parse(when, agent.Schema.IsOpen ? null : [.. agent.Schema.Features.Select(static f => f.Name)]);
        }
        catch (FormatException fault)
        {
            throw new Failure(ExitCode.BadInput, $"--when: {fault.Message}", "write e.g. intent == \"refund\" and amount > 500");
        }
    }

    private static IEnumerable<Feature> FeaturesOf(string? json)
    {
        if (json is null) return [];
        try
        {
            using var document = System.Text.Json.JsonDocument.Parse(json);
            return [.. document.RootElement.EnumerateObject().Select(static m => new Feature(m.Name, ActionArgs.ValueOf(m.Value)))];
        }
        catch (Exception fault) when (fault is System.Text.Json.JsonException or InvalidOperationException)
        {
            throw new Failure(ExitCode.BadInput, $"--features is not a JSON object: {fault.Message}", """write e.g. --features '{"vip":true}'""");
        }
    }

    private static void Write(System.Text.Json.Utf8JsonWriter json, GuidanceValue value)
    {
        json.WriteStartObject();
        json.WriteString("item", value.Item);
        json.WriteNumber("shown", value.Shown);
        json.WriteNumber("shownRight", value.ShownRight);
        json.WriteNumber("withheld", value.Withheld);
        json.WriteNumber("withheldRight", value.WithheldRight);
        if (value.Difference is { } difference) json.WriteNumber("difference", Math.Round(difference, 6));
        if (value.Interval is var (low, high))
        {
            json.WriteNumber("low", Math.Round(low, 6));
            json.WriteNumber("high", Math.Round(high, 6));
        }
        json.WriteEndObject();
    }

    private static string Said(GuidanceValue value) => value is { Difference: { } difference, Interval: var (low, high) }
        ? $"{Points(difference)} ({Points(low)} to {Points(high)}) more right decisions with it than without"
        : "not known yet: it takes decisions with it and without it whose truth is known";

    private static string Points(double share) => (100 * share).ToString("+0.0;-0.0;0.0", CultureInfo.InvariantCulture) + " %";
}
