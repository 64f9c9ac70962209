using Emend.Contracts;
using Emend.Contracts.Observing;
using Emend.Engine;
using Emend.Engine.Access;
using Emend.Engine.Normalizing;
using Emend.Engine.Observing.Drift;
using Emend.Server.Access;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Emend.Server.Api;

/// <summary>Observing: whether agents, their logic and their inputs are what they were.</summary>
internal static class DriftApi
{
    public static void MapDrift(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/drift").WithTags("Observing");
        group.MapGet("", List).WithName("ListDrift").WithSummary("All agents: errors against what is tolerated, change, and shifted inputs; at most a minute old.").Produces<DriftListView>().Needs(Permission.LogicRead, Permission.OpsPause);
        group.MapGet("/{agent}", Show).WithName("ShowDrift").WithSummary("One agent, as of now.").Produces<DriftView>().Needs(Permission.LogicRead, Permission.OpsPause);
        group.MapPost("/{agent}/accept", AcceptAsync).WithName("AcceptDrift").WithSummary("Say that the present rate of errors is the new usual one. People only.").Produces(StatusCodes.Status204NoContent).Needs(Permission.OpsPause, Permission.BundleRollback).TakesKey();
    }

    private static JsonHttpResult<DriftListView> List(Caller caller) =>
        TypedResults.Json(new DriftListView([.. caller.Engine.Drift.All(DriftPolicy.Default).Select(View)]), ContractsJson.Default.DriftListView);

    private static IResult Show(Caller caller, string agent) => caller.Engine.Agents.Find(agent) is null
        ? ApiProblems.From(new AgentIsUnknown(agent))
        : TypedResults.Json(View(caller.Engine.Drift.Of(agent, DriftPolicy.Default)), ContractsJson.Default.DriftView);

    private static async Task<IResult> AcceptAsync(Caller caller, string agent, Reason body, CancellationToken cancel) =>
        await caller.Engine.AcceptDrift.HandleAsync(new(agent, body.Why, caller.Actor), cancel) is Answer<long>.Refused(var why) ? ApiProblems.From(why) : TypedResults.NoContent();

    private static DriftView View(DriftReport report) => new(
        report.Agent,
        [.. report.Streams.Select(stream => new DriftStreamView(Word(stream.Kind), stream.Cases, stream.Wrong, stream.Evidence, report.AlarmLine(stream), Word(report.LevelOf(stream)), stream.Changes)
        {
            Name = stream.Name.Length == 0 ? null : stream.Name,
            Tolerated = stream.Tolerated,
        })],
        [.. report.Inputs.Select(static shift => new InputShiftView(shift.Feature, shift.Test, shift.Value, shift.Limit, shift.IsShift))]);

    private static string Word(StreamKind kind) => kind switch
    {
        StreamKind.Agent => "agent",
        StreamKind.Action => "action",
        StreamKind.Task => "task",
        StreamKind.Rule => "rule",
        _ => "corrector",
    };

    private static string Word(DriftLevel level) => level switch
    {
        DriftLevel.Alarm => "alarm",
        DriftLevel.Warning => "warning",
        DriftLevel.Steady => "steady",
        _ => "unknown",
    };
}
