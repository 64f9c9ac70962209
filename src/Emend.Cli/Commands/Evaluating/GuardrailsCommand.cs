using System.CommandLine;
using Emend.Cli.Commands.Learning;
using Emend.Cli.Commands.Normalizing;
using Emend.Cli.Output;
using Emend.Engine.Normalizing;
using Emend.Logic.Conditions;
using Emend.Logic.Guardrails;
using Spectre.Console;

namespace Emend.Cli.Commands.Evaluating;

/// <summary><c>emend guardrails</c>: what no version of the logic may do.</summary>
internal static class GuardrailsCommand
{
    private static readonly Argument<string> Agent = new("AGENT") { Description = "The agent." };
    private static readonly Argument<string> Id = new("ID") { Description = "Id of the guardrail." };
    private static readonly Argument<string> Candidate = new("CANDIDATE") { Description = "Digest, or its first digits." };
    private static readonly Option<string> When = new("--when") { Description = "Condition over the action about to be taken and the context, e.g. proposed.action == \"refund\" and amount > 500.", HelpName = "CONDITION", Required = true };
    private static readonly Option<string> Then = new("--then") { Description = "What happens instead.", DefaultValueFactory = static _ => "escalate", HelpName = "block|escalate" };
    private static readonly Option<string> Because = new("--because") { Description = "Why, for people.", HelpName = "TEXT", Required = true };

    public static Command Build()
    {
        Then.AcceptOnlyFromAmong("block", "escalate");
        return Noun.Of(
            "guardrails",
            "Invariants: checked statically, on replay and at serving time, where they dominate everything else.",
            new Verb("add", "Add one; it is part of every bundle built from now on.", "emend guardrails add support-router big-refund --when 'proposed.action == \"refund_status\" and order_value > 2000' --then escalate --because \"finance asks to see them\"")
                .OnStore().With(Agent).With(Id).With(When).With(Then).With(Because).Does(AddAsync),
            new Verb("list", "Guardrails of an agent.", "emend guardrails list support-router").OnStore().With(Agent).Does(ListAsync),
            new Verb("remove", "Remove one.", "emend guardrails remove support-router big-refund").OnStore().With(Agent).With(Id).Does(RemoveAsync),
            new Verb("check", "Which rules of a candidate may or must end in a guardrail.", "emend guardrails check 3f9a").OnStore().With(Candidate).Does(CheckAsync));
    }

    private static async Task<ExitCode> AddAsync(Invocation run, CancellationToken cancel)
    {
        var engine = await run.EngineAsync(cancel);
        var agent = AgentsCommand.Known(engine, run.Get(Agent));
        if (agent.Guardrails.Any(g => string.Equals(g.Id, run.Get(Id), StringComparison.Ordinal)))
            throw new Failure(ExitCode.BadInput, $"agent '{agent.Id}' has a guardrail '{run.Get(Id)}' already", "remove it first, or choose another id");
        var guardrail = new Guardrail
        {
            Id = run.Get(Id),
            When = Parse(run.Get(When), agent),
            Effect = run.Get(Then) == "block" ? GuardrailEffect.Block : GuardrailEffect.Escalate,
            Because = run.Get(Because),
        };
        return await ChangeAsync(run, engine, agent with { Guardrails = agent.Guardrails.Add(guardrail) }, $"{guardrail.Id} is part of every bundle built from now on.", cancel);
    }

    private static async Task<ExitCode> RemoveAsync(Invocation run, CancellationToken cancel)
    {
        var engine = await run.EngineAsync(cancel);
        var agent = AgentsCommand.Known(engine, run.Get(Agent));
        var left = agent.Guardrails.RemoveAll(g => string.Equals(g.Id, run.Get(Id), StringComparison.Ordinal));
        if (left.Length == agent.Guardrails.Length) throw Failure.NotFound("guardrail", run.Get(Id), $"list them with `emend guardrails list {agent.Id}`");
        return await ChangeAsync(run, engine, agent with { Guardrails = left }, $"{run.Get(Id)} is removed; bundles built before keep it.", cancel);
    }

    private static async Task<ExitCode> ListAsync(Invocation run, CancellationToken cancel)
    {
        var agent = AgentsCommand.Known(await run.EngineAsync(cancel), run.Get(Agent));
        Json(run, agent);
        var table = Terminal.Table("guardrail", "when", "then", "because");
        foreach (var guardrail in agent.Guardrails)
            table.AddRow(Terminal.Escape(guardrail.Id), Terminal.Escape(ConditionText.Format(guardrail.When)), Format.Words(guardrail.Effect), Terminal.Escape(guardrail.Because));
        if (agent.Guardrails.IsEmpty) run.Terminal.Line("No guardrails yet: emend guardrails add AGENT ID --when … --because …");
        else run.Terminal.Show(table);
        return ExitCode.Done;
    }

    private static async Task<ExitCode> CheckAsync(Invocation run, CancellationToken cancel)
    {
        var engine = await run.EngineAsync(cancel);
        var candidate = CandidatesCommand.Resolve(engine, run.Get(Candidate));
        var bundle = engine.Ledger.Bundle(candidate.Digest)!;
        var findings = GuardrailCheck.Of(bundle).Where(static f => f.Contact != GuardrailContact.Never)
            .Select(f => (Rule: bundle.Rules[f.RuleIndex], Guardrail: bundle.Guardrails[f.GuardrailIndex], f.Contact)).ToList();
        run.Terminal.Json(json =>
        {
            json.WriteStartArray();
            foreach (var finding in findings)
            {
                json.WriteStartObject();
                json.WriteString("rule", finding.Rule.Id);
                json.WriteString("guardrail", finding.Guardrail.Id);
                json.WriteString("contact", Format.Words(finding.Contact));
                json.WriteEndObject();
            }
            json.WriteEndArray();
        });
        var table = Terminal.Table("rule", "when", "then", "guardrail", "ends there");
        foreach (var finding in findings)
            table.AddRow(Terminal.Escape(finding.Rule.Id), Terminal.Escape(ConditionText.Format(finding.Rule.When)), Terminal.Escape(RulesTable.Then(finding.Rule)), Terminal.Escape(finding.Guardrail.Id), Format.Words(finding.Contact));
        if (findings.Count == 0) run.Terminal.Line($"No rule of {Format.Digest(candidate.Digest)} can end in one of its {bundle.Guardrails.Length} guardrails.");
        else run.Terminal.Show(table);
        return findings.Exists(static f => f.Contact == GuardrailContact.Always) ? ExitCode.Refused : ExitCode.Done;
    }

    private static async Task<ExitCode> ChangeAsync(Invocation run, Engine.EmendEngine engine, AgentDefinition agent, string what, CancellationToken cancel)
    {
        Json(run, Invocation.Take(await engine.AgentHandler.HandleAsync(new ChangeAgent(agent, run.Actor), cancel)));
        run.Terminal.Line(what);
        return ExitCode.Done;
    }

    private static Condition Parse(string text, AgentDefinition agent)
    {
        try
        {
            return ConditionText.Parse(text, agent.Schema.IsOpen ? null : [.. agent.Schema.Features.Select(static f => f.Name)]);
        }
        catch (FormatException fault)
        {
            throw new Failure(ExitCode.BadInput, $"--when: {fault.Message}", "write e.g. proposed.action == \"refund\" and amount > 500");
        }
    }

    private static void Json(Invocation run, AgentDefinition agent) => run.Terminal.Json(json =>
    {
        json.WriteStartArray();
        foreach (var guardrail in agent.Guardrails)
        {
            json.WriteStartObject();
            json.WriteString("id", guardrail.Id);
            json.WriteString("when", ConditionText.Format(guardrail.When));
            json.WriteString("then", Format.Words(guardrail.Effect));
            json.WriteString("because", guardrail.Because);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    });
}
