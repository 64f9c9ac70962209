using Emend.Contracts.Evaluating;
using Emend.Engine.Access;
using Emend.Engine.Evaluating.Golden;
using Emend.Engine.Normalizing;
using Emend.Engine.Reviewing;
using Emend.Logic.Conditions;
using Emend.Logic.Guardrails;
using Emend.Server.Access;

namespace Emend.Server.Api;

/// <summary>Evaluating: what no version of the logic may do, and what must come out whatever is learned.</summary>
internal static class EvaluatingApi
{
    public static void MapEvaluating(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/agents/{agent}").WithTags("Evaluating");
        group.MapGet("/guardrails", ListGuardrails).WithName("ListGuardrails").WithSummary("Invariants of an agent; the ETag is needed to change them.").Produces<IReadOnlyList<GuardrailView>>().Needs(Permission.LogicRead);
        group.MapPut("/guardrails/{id}", PutGuardrailAsync).WithName("PutGuardrail").WithSummary("Add or replace a guardrail; it is part of every bundle built from now on.").Produces<IReadOnlyList<GuardrailView>>().Needs(Permission.GatePolicyEdit);
        group.MapDelete("/guardrails/{id}", RemoveGuardrailAsync).WithName("RemoveGuardrail").WithSummary("Remove a guardrail; bundles built before keep it.").Produces<IReadOnlyList<GuardrailView>>().Needs(Permission.GatePolicyEdit);
        group.MapGet("/golden", ListGolden).WithName("ListGolden").WithSummary("Protected cases of an agent; the ETag is needed to remove one.").Produces<GoldenSetView>().Needs(Permission.LogicRead);
        group.MapPost("/golden", AddGoldenAsync).WithName("AddGolden").WithSummary("Protect the case of a decision. People only.").Produces<GoldenSetView>(StatusCodes.Status201Created).Needs(Permission.GoldensetEdit).TakesKey();
        group.MapDelete("/golden/{id}", RemoveGoldenAsync).WithName("RemoveGolden").WithSummary("Protect a case no longer; ?why= is required. People only.").Produces<GoldenSetView>().Needs(Permission.GoldensetEdit);
    }

    private static IResult ListGuardrails(HttpContext context, Caller caller, string agent)
    {
        var (known, version) = caller.Engine.Store.Read(connection => caller.Engine.Agents.Find(connection, agent));
        if (known is null) return ApiProblems.From(new AgentIsUnknown(agent));
        Versions.Tell(context, version);
        return Answers.Ok<IReadOnlyList<GuardrailView>>([.. known.Guardrails.Select(static g => new GuardrailView(g.Id, ConditionText.Format(g.When), Words.Of(g.Effect), g.Because))], Answers.Wire.IReadOnlyListGuardrailView);
    }

    private static async Task<IResult> PutGuardrailAsync(HttpContext context, Caller caller, string agent, string id, GuardrailBody body, CancellationToken cancel)
    {
        if (Versions.Asked(context, out var missing) is not { } version) return missing!;
        if (caller.Engine.Agents.Find(agent) is not { } known) return ApiProblems.From(new AgentIsUnknown(agent));
        GuardrailEffect? effect = body.Then switch { "block" => GuardrailEffect.Block, "escalate" => GuardrailEffect.Escalate, _ => null };
        if (effect is null) return ApiProblems.From(new RequestIsWrong("then is none of block, escalate"));
        Condition when;
        try
        {
            when = ConditionText.Parse(body.When, known.Schema.IsOpen ? null : [.. known.Schema.Features.Select(static f => f.Name)]);
        }
        catch (FormatException why)
        {
            return ApiProblems.From(new RequestIsWrong("when: " + why.Message));
        }
        var guardrail = new Guardrail { Id = id, When = when, Effect = effect.Value, Because = body.Because };
        return await ChangeAsync(context, caller, known with { Guardrails = [.. known.Guardrails.Where(g => !string.Equals(g.Id, id, StringComparison.Ordinal)), guardrail] }, version, cancel);
    }

    private static async Task<IResult> RemoveGuardrailAsync(HttpContext context, Caller caller, string agent, string id, CancellationToken cancel)
    {
        if (Versions.Asked(context, out var missing) is not { } version) return missing!;
        if (caller.Engine.Agents.Find(agent) is not { } known) return ApiProblems.From(new AgentIsUnknown(agent));
        var left = known.Guardrails.RemoveAll(g => string.Equals(g.Id, id, StringComparison.Ordinal));
        return left.Length == known.Guardrails.Length ? ApiProblems.From(new NotFound("guardrail", id)) : await ChangeAsync(context, caller, known with { Guardrails = left }, version, cancel);
    }

    private static async Task<IResult> ChangeAsync(HttpContext context, Caller caller, AgentDefinition agent, long version, CancellationToken cancel) => Answers.Of(
        await caller.Engine.AgentHandler.HandleAsync(new ChangeAgent(agent, caller.Actor) { IfVersion = version }, cancel),
        changed => ListGuardrails(context, caller, changed.Id));

    private static IResult ListGolden(HttpContext context, Caller caller, string agent)
    {
        if (caller.Engine.Agents.Find(agent) is null) return ApiProblems.From(new AgentIsUnknown(agent));
        Versions.Tell(context, caller.Engine.GoldenSets.Version(agent));
        return Answers.Ok(View(caller, agent), Answers.Wire.GoldenSetView);
    }

    private static async Task<IResult> AddGoldenAsync(Caller caller, string agent, GoldenBody body, CancellationToken cancel)
    {
        if (caller.Engine.Agents.Find(agent) is not { } known) return ApiProblems.From(new AgentIsUnknown(agent));
        if (caller.Engine.Decisions.Find(body.Decision)?.Decision is not { } decision || !string.Equals(decision.Agent, agent, StringComparison.Ordinal)) return ApiProblems.From(new DecisionIsUnknown(body.Decision));
        if (Bodies.Action(body.Expect, body.Args, out var expected) is { } wrong) return wrong;
        if (!known.Knows(body.Expect) && body.Expect != decision.Proposed.Label) return ApiProblems.From(new GoldenCaseIsWrong($"action '{body.Expect}' is neither in the catalogue of agent '{agent}' nor what it proposed"));
        return Answers.Of(
            await caller.Engine.GoldenCases.HandleAsync(new AddGoldenCase(new GoldenCase(decision.Id, decision, expected!, body.Why), caller.Actor), cancel),
            _ => TypedResults.Json(View(caller, agent), Answers.Wire.GoldenSetView, statusCode: StatusCodes.Status201Created));
    }

    private static async Task<IResult> RemoveGoldenAsync(HttpContext context, Caller caller, string agent, string id, string? why, CancellationToken cancel)
    {
        if (Versions.Asked(context, out var missing) is not { } version) return missing!;
        return Answers.Of(
            await caller.Engine.GoldenCases.HandleAsync(new RemoveGoldenCase(agent, id, why ?? "", caller.Actor) { IfVersion = version }, cancel),
            _ => ListGolden(context, caller, agent));
    }

    private static GoldenSetView View(Caller caller, string agent)
    {
        var set = caller.Engine.GoldenSets.Of(agent);
        return new(set.Digest, [.. set.Cases.Select(static one => new GoldenCaseView(one.Id, one.Expected.Label, one.Why))]);
    }
}
