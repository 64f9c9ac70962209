using System.Collections.Immutable;
using System.CommandLine;
using System.Text.Json;
using Emend.Cli.Output;
using Emend.Engine;
using Emend.Engine.Learning.Written;
using Emend.Engine.Normalizing;
using Emend.Logic;
using Emend.Logic.Conditions;
using Emend.Logic.Rules;
using Spectre.Console;
using Rule = Emend.Logic.Rules.Rule;

namespace Emend.Cli.Commands.Learning;

/// <summary><c>emend rules add</c> and <c>emend rules remove</c>: rules that people write, on their way through the same gates as learned ones.</summary>
internal static class WrittenRuleVerbs
{
    private static readonly Option<string?> When = new("--when") { Description = "Condition over proposed action and context, e.g. proposed.action == \"refund\" and amount > 500.", HelpName = "CONDITION" };
    private static readonly Option<string?> Then = new("--then") { Description = "What happens: an action of the catalogue, or one of these words.", HelpName = "ACTION|keep|patch|block|escalate" };
    private static readonly Option<string?> Args = new("--args") { Description = "Arguments of the new action, or what to patch.", HelpName = "JSON" };
    private static readonly Option<string?> Because = new("--because") { Description = "Why, for people; shown with every decision it changes.", HelpName = "TEXT" };
    private static readonly Option<int> Priority = new("--priority") { Description = "Higher acts first, -1000 to 1000. At 0 it acts before everything learned.", HelpName = "N" };
    private static readonly Option<string?> Until = new("--until") { Description = "Instant after which it no longer acts, with zone.", HelpName = "INSTANT" };
    private static readonly Option<FileInfo?> File = new("--file") { Description = "One rule or a list, as in a bundle (docs/spec/bundle.md); `when` may be text.", HelpName = "FILE" };
    private static readonly Option<string> Why = new("--why") { Description = "Why; recorded.", HelpName = "TEXT", Required = true };

    public static Verb Add(Argument<string> agent) => new Verb(
            "add",
            "Write a rule. It is part of the next candidate and goes through the same gates; who wrote it does not approve it.",
            "emend rules add support-router --when 'proposed.action == \"order_cancellation\" and vip == true' --then escalate --because \"the desk lead calls them\" --as rosa")
        .OnStore().With(agent).With(When).With(Then).With(Args).With(Because).With(Priority).With(Until).With(File)
        .Does((run, cancel) => AddAsync(run, agent, cancel));

    public static Verb Remove(Argument<string> agent, Argument<string> rule) => new Verb(
            "remove", "Leave a written rule out of every candidate built from now on. What is served keeps it until the next release.", "emend rules remove support-router w-1f2e3d4c5b6a --why \"the desk moved\" --as rosa")
        .OnStore().With(agent).With(rule).With(Why)
        .Does((run, cancel) => RemoveAsync(run, agent, rule, cancel));

    /// <summary>Shows the rules that stand.</summary>
    public static ExitCode List(Invocation run, EmendEngine engine, string agent)
    {
        var rules = engine.Written.AsOf(agent, WrittenTable.Now);
        run.Terminal.Json(json =>
        {
            json.WriteStartArray();
            foreach (var rule in rules) json.WriteRawValue(BundleJson.Write(rule));
            json.WriteEndArray();
        });
        var table = Terminal.Table("rule", "when", "then", "because", "written by", "until");
        foreach (var rule in rules)
        {
            table.AddRow(
                Terminal.Escape(rule.Id), Terminal.Escape(ConditionText.Format(rule.When)), Terminal.Escape(RulesTable.Then(rule)), Terminal.Escape(rule.Because),
                Terminal.Escape(string.Join(", ", engine.Written.Authors(agent, rule.Id).Select(engine.Ledger.NameOf))), rule.ExpiresAt is { } end ? Format.Instant(end) : "for good");
        }
        if (rules.Count == 0) run.Terminal.Line($"Nobody wrote a rule for {agent}: emend rules add {agent} --when … --then … --because …");
        else run.Terminal.Show(table);
        return ExitCode.Done;
    }

    private static async Task<ExitCode> AddAsync(Invocation run, Argument<string> agent, CancellationToken cancel)
    {
        var engine = await run.EngineAsync(cancel);
        var known = Normalizing.AgentsCommand.Known(engine, run.Get(agent));
        var rules = run.Get(File) is { } file ? FromFile(run, file, known) : [FromOptions(run, known)];
        var written = Invocation.Take(await engine.WriteRules.HandleAsync(new WriteRules(known.Id, rules, run.Actor), cancel));
        run.Terminal.Json(json =>
        {
            json.WriteStartArray();
            foreach (var rule in written) json.WriteRawValue(BundleJson.Write(rule));
            json.WriteEndArray();
        });
        foreach (var rule in written) run.Terminal.Line($"{rule.Id}: when {ConditionText.Format(rule.When)}, {RulesTable.Then(rule)}");
        run.Terminal.Line($"Next: emend candidates build {known.Id}");
        return ExitCode.Done;
    }

    private static async Task<ExitCode> RemoveAsync(Invocation run, Argument<string> agent, Argument<string> rule, CancellationToken cancel)
    {
        var engine = await run.EngineAsync(cancel);
        var known = Normalizing.AgentsCommand.Known(engine, run.Get(agent));
        var id = Invocation.Take(await engine.WriteRules.HandleAsync(new RemoveRule(known.Id, run.Get(rule), run.Get(Why), run.Actor), cancel));
        run.Terminal.Json(json =>
        {
            json.WriteStartObject();
            json.WriteString("removed", id);
            json.WriteEndObject();
        });
        run.Terminal.Line($"{id} is left out from now on. Next: emend candidates build {known.Id}");
        return ExitCode.Done;
    }

    private static Rule FromOptions(Invocation run, AgentDefinition agent)
    {
        if (run.Get(When) is not { } when || run.Get(Then) is not { } then || run.Get(Because) is not { } because)
            throw new Failure(ExitCode.BadInput, "a rule needs --when, --then and --because", "give all three, or --file with a rule in it");
        var effect = then switch { "keep" => RuleEffect.Keep, "patch" => RuleEffect.Patch, "block" => RuleEffect.Block, "escalate" => RuleEffect.Escalate, _ => RuleEffect.Override };
        return new()
        {
            Id = "",
            When = Condition(when, agent, "--when"),
            Effect = effect,
            Action = effect == RuleEffect.Override ? then : null,
            Args = JsonArgument.Args(run.Get(Args)),
            Because = because,
            Priority = run.Get(Priority),
            ExpiresAt = run.Get(Until) is not { } until ? null : CanonicalJson.TryInstant(until, out var end) ? end
                : throw new Failure(ExitCode.BadInput, $"--until: '{until}' is not an instant", "write e.g. 2026-12-31T18:00:00Z"),
        };
    }

    private static ImmutableArray<Rule> FromFile(Invocation run, FileInfo file, AgentDefinition agent)
    {
        if (run.Get(When) is not null || run.Get(Then) is not null) throw new Failure(ExitCode.BadInput, "--file takes the place of --when and --then", "give one or the other");
        try
        {
            using var document = JsonDocument.Parse(System.IO.File.ReadAllBytes(file.FullName));
            var root = document.RootElement;
            return root.ValueKind == JsonValueKind.Array ? [.. root.EnumerateArray().Select(rule => Read(rule, agent))] : [Read(root, agent)];
        }
        catch (JsonException fault)
        {
            throw new Failure(ExitCode.BadInput, $"{file.FullName}: {fault.Message}", """write e.g. {"when":"amount > 500","effect":"override","action":"manual_check","because":"…"}""");
        }
    }

    // People write no ids, and conditions as text; the reader of bundles wants both its way.
    private static Rule Read(JsonElement rule, AgentDefinition agent)
    {
        if (rule.ValueKind != JsonValueKind.Object) throw new JsonException("a rule is an object");
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            foreach (var member in rule.EnumerateObject())
            {
                json.WritePropertyName(member.Name);
                if (member.NameEquals("when") && member.Value.ValueKind == JsonValueKind.String) json.WriteRawValue(ConditionJson.Write(Condition(member.Value.GetString()!, agent, "when")));
                else member.Value.WriteTo(json);
            }
            if (!rule.TryGetProperty("id", out _)) json.WriteString("id", "new");
            json.WriteEndObject();
        }
        using var complete = JsonDocument.Parse(bytes.ToArray());
        return BundleJson.ReadRule(complete.RootElement);
    }

    private static Condition Condition(string text, AgentDefinition agent, string where)
    {
        try
        {
            return ConditionText.Parse(text, agent.Schema.IsOpen ? null : [.. agent.Schema.Features.Select(static f => f.Name)]);
        }
        catch (FormatException fault)
        {
            throw new Failure(ExitCode.BadInput, $"{where}: {fault.Message}", "write e.g. proposed.action == \"refund\" and amount > 500");
        }
    }
}
