using System.Text;
using Emend.Engine;
using Emend.Engine.Access;
using Emend.Engine.Capturing.Logs;
using Emend.Engine.Normalizing;
using Emend.Server.Access;

namespace Emend.Server.Api;

/// <summary>Normalizing: who decides, what they may do, and what may change without a person.</summary>
internal static class NormalizingApi
{
    public static void MapNormalizing(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/agents").WithTags("Normalizing");
        group.MapGet("", List).WithName("ListAgents").WithSummary("All agents, as their definitions stand.").Needs(Permission.LogicRead);
        group.MapGet("/{agent}", Show).WithName("ShowAgent").WithSummary("One agent; the ETag is needed to change it.").Needs(Permission.LogicRead);
        group.MapPost("", RegisterAsync).WithName("RegisterAgent").WithSummary("Register an agent: catalogue, reasons, context schema, risk, change envelope, guardrails (docs/guide/agents.md).").Needs(Permission.TaxonomyEdit).TakesKey();
        group.MapPut("/{agent}", ChangeAsync).WithName("ChangeAgent").WithSummary("Change an agent. A schema change that old decisions would not survive is refused.").Needs(Permission.TaxonomyEdit, Permission.GatePolicyEdit);
    }

    private static IResult List(Caller caller) => Answers.Raw("[" + string.Join(',', caller.Engine.Agents.All().Select(AgentJson.Write)) + "]");

    private static IResult Show(HttpContext context, Caller caller, string agent)
    {
        var (known, version) = caller.Engine.Store.Read(connection => caller.Engine.Agents.Find(connection, agent));
        if (known is null) return ApiProblems.From(new AgentIsUnknown(agent));
        Versions.Tell(context, version);
        return Answers.Raw(AgentJson.Write(known));
    }

    private static async Task<IResult> RegisterAsync(HttpContext context, Caller caller, CancellationToken cancel) =>
        await ReadAsync(context, cancel) switch
        {
            Answer<AgentFile.Contents>.Granted(var contents) => Answers.Of(
                await caller.Engine.AgentHandler.HandleAsync(new RegisterAgent(contents.Agent, caller.Actor), cancel),
                agent =>
                {
                    context.Response.StatusCode = StatusCodes.Status201Created;
                    context.Response.Headers.Location = "/v1/agents/" + Uri.EscapeDataString(agent.Id);
                    return TypedResults.Text(AgentJson.Write(agent), "application/json; charset=utf-8", Encoding.UTF8, StatusCodes.Status201Created);
                }),
            Answer<AgentFile.Contents>.Refused(var why) => ApiProblems.From(why),
            _ => throw new System.Diagnostics.UnreachableException(),
        };

    private static async Task<IResult> ChangeAsync(HttpContext context, Caller caller, string agent, CancellationToken cancel)
    {
        if (Versions.Asked(context, out var missing) is not { } version) return missing!;
        var read = await ReadAsync(context, cancel);
        if (read is not Answer<AgentFile.Contents>.Granted(var contents)) return ApiProblems.From(((Answer<AgentFile.Contents>.Refused)read).Why);
        if (!string.Equals(contents.Agent.Id, agent, StringComparison.Ordinal)) return ApiProblems.From(new RequestIsWrong($"the address names agent '{agent}', the body '{contents.Agent.Id}'; an agent keeps its id"));
        return await CommitAsync(context, caller, contents.Agent, version, cancel);
    }


    private static async Task<IResult> CommitAsync(HttpContext context, Caller caller, AgentDefinition agent, long version, CancellationToken cancel) => Answers.Of(
        await caller.Engine.AgentHandler.HandleAsync(new ChangeAgent(agent, caller.Actor) { IfVersion = version }, cancel),
        changed => Show(context, caller, changed.Id));

    private static async Task<Answer<AgentFile.Contents>> ReadAsync(HttpContext context, CancellationToken cancel)
    {
        if (!context.Request.HasMediaType("application/json")) return new MediaTypeIsWrong("application/json");
        using var reader = new StreamReader(context.Request.Body, Encoding.UTF8);
        var text = await reader.ReadToEndAsync(cancel);
        if (text.Length > LogLimits.At(TimeProvider.System).MaxLineBytes) return new BodyIsTooLarge(1 << 20);
        return AgentFile.Read(text, fallbackId: null);
    }
}
