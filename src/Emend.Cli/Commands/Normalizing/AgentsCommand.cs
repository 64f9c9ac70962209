using System.CommandLine;
using Emend.Cli.Output;
using Emend.Engine.Normalizing;
using Emend.Logic.Conditions;
using Spectre.Console;

namespace Emend.Cli.Commands.Normalizing;

/// <summary><c>emend agents</c>: who decides, what they may do, and what may change without a person.</summary>
internal static class AgentsCommand
{
    private static readonly Argument<FileInfo> File = new("FILE") { Description = "Definition, JSON (docs/guide/agents.md), or a catalogue with \"agent\" and \"actions\"." };
    private static readonly Argument<string> Id = new("ID") { Description = "The agent, as its decisions name it." };

    public static Command Build() => Noun.Of(
        "agents",
        "Register agents and look at them.",
        new Verb("add", "Register an agent: catalogue, reasons, context schema, risk, change envelope, guardrails.", "emend agents add support-router.json").OnStore().With(File).Does(AddAsync),
        new Verb("change", "Change an agent. A schema change that old decisions would not survive is refused with the reason.", "emend agents change support-router.json").OnStore().With(File).Does(ChangeAsync),
        new Verb("list", "All agents.", "emend agents list").OnStore().Does(ListAsync),
        new Verb("show", "One agent in full.", "emend agents show support-router").OnStore().With(Id).Does(ShowAsync));

    private static async Task<ExitCode> AddAsync(Invocation run, CancellationToken cancel)
    {
        var contents = Read(run);
        var agent = Invocation.Take(await (await run.EngineAsync(cancel)).AgentHandler.HandleAsync(new RegisterAgent(contents.Agent, run.Actor), cancel));
        return Say(run, agent, contents, "registered");
    }

    private static async Task<ExitCode> ChangeAsync(Invocation run, CancellationToken cancel)
    {
        var contents = Read(run);
        var agent = Invocation.Take(await (await run.EngineAsync(cancel)).AgentHandler.HandleAsync(new ChangeAgent(contents.Agent, run.Actor), cancel));
        return Say(run, agent, contents, "changed");
    }

    private static async Task<ExitCode> ListAsync(Invocation run, CancellationToken cancel)
    {
        var engine = await run.EngineAsync(cancel);
        var agents = engine.Agents.All();
        run.Terminal.Json(json =>
        {
            json.WriteStartArray();
            foreach (var agent in agents) json.WriteRawValue(AgentJson.Write(agent));
            json.WriteEndArray();
        });
        var table = Terminal.Table("agent", "domain", ">actions", ">features", ">schema", "risk", "envelope", ">guardrails", ">decisions");
        foreach (var agent in agents)
        {
            table.AddRow(
                Terminal.Escape(agent.Id), Terminal.Escape(agent.Domain), Format.Number(agent.Actions.Length), Format.Number(agent.Schema.Features.Length),
                "v" + Format.Number(agent.Schema.Version), Format.Words(agent.Risk), agent.Envelope.IsOpen ? "open" : "closed",
                Format.Number(agent.Guardrails.Length), Format.Number(engine.Decisions.Count(agent.Id)));
        }
        run.Terminal.Show(table);
        if (agents.Count == 0) run.Terminal.Line("No agents yet: `emend agents add FILE`, or import decisions.");
        return ExitCode.Done;
    }

    private static async Task<ExitCode> ShowAsync(Invocation run, CancellationToken cancel)
    {
        var agent = Known(await run.EngineAsync(cancel), run.Get(Id));
        run.Terminal.Json(json => json.WriteRawValue(AgentJson.Write(agent)));
        var t = run.Terminal;
        t.Line($"{agent.Id}{(agent.Domain.Length > 0 ? " · " + agent.Domain : "")}");
        t.Line($"task types  {OrAny(agent.TaskTypes)}");
        t.Line($"actions     {OrAny(agent.Actions)}");
        t.Line($"reasons     {OrAny(agent.Reasons)}");
        t.Line($"risk        {Format.Words(agent.Risk)}{string.Concat(agent.ActionRisk.Select(static r => $", {r.Key}: {Format.Words(r.Value)}"))}");
        t.Line(agent.Envelope.IsOpen
            ? $"envelope    open to risk {Format.Words(agent.Envelope.MaxRisk)}, {agent.Envelope.MaxDecisionsPerDay} decisions a day, at least {agent.Envelope.MinSubmitters} submitters; task types {OrAny(agent.Envelope.TaskTypes)}; actions {OrAny(agent.Envelope.Actions)}"
            : "envelope    closed: people rule on every correction");
        t.Line($"schema      v{agent.Schema.Version}, {(agent.Schema.IsOpen ? "open: other features are accepted as personal data" : "closed: no other features")}");
        if (!agent.Schema.Features.IsEmpty)
        {
            var features = Terminal.Table("feature", "type", "class", "required");
            foreach (var feature in agent.Schema.Features)
                features.AddRow(Terminal.Escape(feature.Name), Format.Words(feature.Kind), Format.Words(feature.Class), feature.Required ? "yes" : "");
            t.Show(features);
        }
        if (!agent.Guardrails.IsEmpty)
        {
            var guardrails = Terminal.Table("guardrail", "when", "then", "because");
            foreach (var guardrail in agent.Guardrails)
                guardrails.AddRow(Terminal.Escape(guardrail.Id), Terminal.Escape(ConditionText.Format(guardrail.When)), Format.Words(guardrail.Effect), Terminal.Escape(guardrail.Because));
            t.Show(guardrails);
        }
        return ExitCode.Done;
    }

    /// <summary>A registered agent.</summary>
    /// <exception cref="Failure">There is none of that id.</exception>
    public static AgentDefinition Known(Engine.EmendEngine engine, string id) =>
        engine.Agents.Find(id) ?? throw Failure.NotFound("agent", id, "list them with `emend agents list`");

    private static AgentFile.Contents Read(Invocation run)
    {
        var file = run.Get(File);
        if (!file.Exists) throw new Failure(ExitCode.BadInput, $"there is no file {file.FullName}", "check the path");
        return Invocation.Take(AgentFile.Read(System.IO.File.ReadAllText(file.FullName), fallbackId: null));
    }

    private static ExitCode Say(Invocation run, AgentDefinition agent, AgentFile.Contents contents, string what)
    {
        run.Terminal.Json(json => json.WriteRawValue(AgentJson.Write(agent)));
        run.Terminal.Line($"{agent.Id}: {what}, schema v{agent.Schema.Version}, {Format.Number(agent.Actions.Length)} actions");
        if (!contents.Ignored.IsEmpty) run.Terminal.Say($"[yellow]ignored[/] members of the catalogue that mean nothing here: {Terminal.Escape(string.Join(", ", contents.Ignored))}");
        return ExitCode.Done;
    }

    private static string OrAny(System.Collections.Immutable.ImmutableArray<string> names) => names.IsEmpty ? "any" : string.Join(", ", names);
}
