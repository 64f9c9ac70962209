using Emend.Contracts.Learning;
using Emend.Engine.Access;
using Emend.Engine.Learning.Written;
using Emend.Engine.Normalizing;
using Emend.Logic;
using Emend.Logic.Conditions;
using Emend.Logic.Rules;
using Emend.Server.Access;

namespace Emend.Server.Api;

/// <summary>Learning: rules that people write, on their way through the same gates as learned ones.</summary>
internal static class RulesApi
{
    public static void MapRules(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/agents/{agent}/rules").WithTags("Learning");
        group.MapGet("", ListAsync).WithName("ListRules").WithSummary("Written rules that stand; the ETag is needed to remove one. Their words only with ?unmask= and a reason.").Produces<IReadOnlyList<RuleView>>().Needs(Permission.LogicRead);
        group.MapGet("/{id}", ShowAsync).WithName("ShowRule").WithSummary("One written rule.").Produces<RuleView>().Needs(Permission.LogicRead);
        group.MapPost("", AddAsync).WithName("AddRule").WithSummary("Write a rule: part of the next candidate, through the same gates; who wrote it does not approve it.").Produces<RuleView>(StatusCodes.Status201Created).Needs(Permission.BundleAuthor).TakesKey();
        group.MapDelete("/{id}", RemoveAsync).WithName("RemoveRule").WithSummary("Leave a rule out of every candidate built from now on; ?why= is required.").Produces<IReadOnlyList<RuleView>>().Needs(Permission.BundleAuthor);
    }

    private static async Task<IResult> ListAsync(HttpContext context, Caller caller, string agent, string? unmask, CancellationToken cancel)
    {
        if (caller.Engine.Agents.Find(agent) is null) return ApiProblems.From(new AgentIsUnknown(agent));
        var (no, isClear) = await Masking.AskAsync(caller, unmask, $"rules of {agent}", cancel);
        return no ?? List(context, caller, agent, isClear);
    }

    private static async Task<IResult> ShowAsync(HttpContext context, Caller caller, string agent, string id, string? unmask, CancellationToken cancel)
    {
        if (caller.Engine.Agents.Find(agent) is null) return ApiProblems.From(new AgentIsUnknown(agent));
        var (rules, version) = caller.Engine.Written.Current(agent);
        if (rules.FirstOrDefault(rule => string.Equals(rule.Id, id, StringComparison.Ordinal)) is not { } known) return ApiProblems.From(new RuleIsUnknown(id));
        var (no, isClear) = await Masking.AskAsync(caller, unmask, $"rule {id} of {agent}", cancel);
        if (no is not null) return no;
        Versions.Tell(context, version);
        return Answers.Ok(View(caller, agent, known, isClear), Answers.Wire.RuleView);
    }

    private static async Task<IResult> AddAsync(HttpContext context, Caller caller, string agent, RuleBody body, CancellationToken cancel)
    {
        if (caller.Engine.Agents.Find(agent) is not { } known) return ApiProblems.From(new AgentIsUnknown(agent));
        // Adding takes nothing away from anybody, so a version is looked at only when one is said.
        long? version = null;
        if (context.Request.Headers.IfMatch.Count > 0 && (version = Versions.Asked(context, out var wrong)) is null) return wrong!;
        if (Read(body, known, out var rule) is { } flaw) return flaw;
        return Answers.Of(
            await caller.Engine.WriteRules.HandleAsync(new WriteRules(agent, [rule!], caller.Actor) { IfVersion = version }, cancel),
            written =>
            {
                context.Response.Headers.Location = $"/v1/agents/{Uri.EscapeDataString(agent)}/rules/{written[0].Id}";
                return TypedResults.Json(View(caller, agent, written[0], isClear: true), Answers.Wire.RuleView, statusCode: StatusCodes.Status201Created);
            });
    }

    private static async Task<IResult> RemoveAsync(HttpContext context, Caller caller, string agent, string id, string? why, CancellationToken cancel)
    {
        if (Versions.Asked(context, out var missing) is not { } version) return missing!;
        if (caller.Engine.Agents.Find(agent) is null) return ApiProblems.From(new AgentIsUnknown(agent));
        return Answers.Of(
            await caller.Engine.WriteRules.HandleAsync(new RemoveRule(agent, id, why ?? "", caller.Actor) { IfVersion = version }, cancel),
            _ => List(context, caller, agent, isClear: false));
    }

    private static IResult List(HttpContext context, Caller caller, string agent, bool isClear)
    {
        var (rules, version) = caller.Engine.Written.Current(agent);
        Versions.Tell(context, version);
        return Answers.Ok<IReadOnlyList<RuleView>>([.. rules.Select(rule => View(caller, agent, rule, isClear))], Answers.Wire.IReadOnlyListRuleView);
    }

    private static IResult? Read(RuleBody body, AgentDefinition agent, out Rule? rule)
    {
        rule = null;
        RuleEffect effect = body.Then switch { "keep" => RuleEffect.Keep, "patch" => RuleEffect.Patch, "block" => RuleEffect.Block, "escalate" => RuleEffect.Escalate, _ => RuleEffect.Override };
        // Arguments are read as those of an action are: canonical, and an object.
        if (Bodies.Action("args", body.Args, out var args) is { } wrong) return wrong;
        long? end = null;
        if (body.Until is { } until)
        {
            if (!CanonicalJson.TryInstant(until, out var at)) return ApiProblems.From(new RequestIsWrong("until is not an instant; write e.g. 2026-12-31T18:00:00Z"));
            end = at;
        }
        try
        {
            rule = new()
            {
                Id = "",
                When = ConditionText.Parse(body.When, agent.Schema.IsOpen ? null : [.. agent.Schema.Features.Select(static f => f.Name)]),
                Effect = effect,
                Action = effect == RuleEffect.Override ? body.Then : null,
                Args = args!.Args,
                Because = body.Because,
                Priority = body.Priority,
                ExpiresAt = end,
            };
            return null;
        }
        catch (FormatException why)
        {
            return ApiProblems.From(new RequestIsWrong("when: " + why.Message));
        }
    }

    private static RuleView View(Caller caller, string agent, Rule rule, bool isClear) => new(
        rule.Id, ConditionText.Format(rule.When), rule.Effect == RuleEffect.Override ? rule.Action! : Words.Of(rule.Effect), rule.Priority,
        [.. caller.Engine.Written.Authors(agent, rule.Id).Select(caller.Engine.Ledger.NameOf)], !isClear)
    {
        Because = isClear ? rule.Because : null,
        Args = isClear && !rule.Args.IsEmpty ? Words.Json(rule.Args.Json) : null,
        Until = rule.ExpiresAt is { } end ? CanonicalJson.Instant(end) : null,
    };
}
