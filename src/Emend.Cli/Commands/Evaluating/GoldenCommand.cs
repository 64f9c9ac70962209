using System.CommandLine;
using Emend.Cli.Output;
using Emend.Engine.Evaluating.Golden;
using Emend.Logic;
using Spectre.Console;

namespace Emend.Cli.Commands.Evaluating;

/// <summary><c>emend golden</c>: cases that must come out right, whatever is learned.</summary>
internal static class GoldenCommand
{
    private static readonly Argument<string> Agent = new("AGENT") { Description = "The agent." };
    private static readonly Argument<string> Decision = new("DECISION") { Description = "Decision whose case is protected." };
    private static readonly Argument<string> Id = new("ID") { Description = "Id of the protected case." };
    private static readonly Option<string> Expect = new("--expect") { Description = "Action that must come out.", HelpName = "LABEL", Required = true };
    private static readonly Option<string?> Args = new("--args") { Description = "Its arguments, a JSON object.", HelpName = "JSON" };
    private static readonly Option<string> Why = new("--why") { Description = "Why; recorded.", HelpName = "TEXT", Required = true };

    public static Command Build() => Noun.Of(
        "golden",
        "Protected cases: a candidate that gets one newly wrong is blocked. Feedback never writes to them; people do.",
        new Verb("add", "Protect the case of a decision.", "emend golden add sd-0007 --expect address_change --why \"promised to the carrier\" --as lead-mira").OnStore().With(Decision).With(Expect).With(Args).With(Why).Does(AddAsync),
        new Verb("list", "Protected cases of an agent.", "emend golden list support-router").OnStore().With(Agent).Does(ListAsync),
        new Verb("remove", "Protect a case no longer.", "emend golden remove support-router sd-0007 --why \"carrier changed\" --as lead-mira").OnStore().With(Agent).With(Id).With(Why).Does(RemoveAsync));

    private static async Task<ExitCode> AddAsync(Invocation run, CancellationToken cancel)
    {
        var engine = await run.EngineAsync(cancel);
        var decision = engine.Decisions.Find(run.Get(Decision))?.Decision ?? throw Failure.NotFound("decision", run.Get(Decision), "check the id, or import it first");
        var agent = Normalizing.AgentsCommand.Known(engine, decision.Agent);
        if (!agent.Knows(run.Get(Expect)) && run.Get(Expect) != decision.Proposed.Label)
            throw new Failure(ExitCode.BadInput, $"action '{run.Get(Expect)}' is neither in the catalogue of agent '{agent.Id}' nor what it proposed", $"`emend agents show {agent.Id}` lists it");
        var golden = new GoldenCase(decision.Id, decision, new AgentAction(run.Get(Expect), JsonArgument.Args(run.Get(Args))), run.Get(Why));
        Invocation.Take(await engine.GoldenCases.HandleAsync(new AddGoldenCase(golden, run.Actor), cancel));
        return Say(run, engine, decision.Agent, $"{decision.Id} is protected: {golden.Expected} must come out.");
    }

    private static async Task<ExitCode> RemoveAsync(Invocation run, CancellationToken cancel)
    {
        var engine = await run.EngineAsync(cancel);
        Invocation.Take(await engine.GoldenCases.HandleAsync(new RemoveGoldenCase(run.Get(Agent), run.Get(Id), run.Get(Why), run.Actor), cancel));
        return Say(run, engine, run.Get(Agent), $"{run.Get(Id)} is protected no longer.");
    }

    private static async Task<ExitCode> ListAsync(Invocation run, CancellationToken cancel)
    {
        var engine = await run.EngineAsync(cancel);
        Normalizing.AgentsCommand.Known(engine, run.Get(Agent));
        var set = engine.GoldenSets.Of(run.Get(Agent));
        Json(run, set);
        var table = Terminal.Table("case", "the agent says", "must come out", "why", "input");
        foreach (var one in set.Cases)
            table.AddRow(Terminal.Escape(one.Id), Terminal.Escape(one.Decision.Proposed.Label), Terminal.Escape(one.Expected.ToString()), Terminal.Escape(one.Why), Terminal.Escape(Format.Clip(one.Decision.Context.Text, 60)));
        if (set.Cases.IsEmpty) run.Terminal.Line("No protected cases yet: emend golden add DECISION --expect LABEL --why …");
        else run.Terminal.Show(table);
        return ExitCode.Done;
    }

    private static ExitCode Say(Invocation run, Engine.EmendEngine engine, string agent, string what)
    {
        Json(run, engine.GoldenSets.Of(agent));
        run.Terminal.Line(what);
        return ExitCode.Done;
    }

    private static void Json(Invocation run, GoldenSet set) => run.Terminal.Json(json =>
    {
        json.WriteStartObject();
        json.WriteString("digest", set.Digest);
        json.WriteStartArray("cases");
        foreach (var one in set.Cases)
        {
            json.WriteStartObject();
            json.WriteString("id", one.Id);
            json.WriteString("expected", one.Expected.Label);
            json.WritePropertyName("args");
            json.WriteRawValue(one.Expected.Args.Json);
            json.WriteString("why", one.Why);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    });
}
