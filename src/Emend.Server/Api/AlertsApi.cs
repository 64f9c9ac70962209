using Emend.Contracts;
using Emend.Contracts.Observing;
using Emend.Engine;
using Emend.Engine.Access;
using Emend.Engine.Observing.Alerts;
using Emend.Server.Access;

namespace Emend.Server.Api;

/// <summary>Observing: what needs somebody's attention.</summary>
internal static class AlertsApi
{
    private const int Usual = 100, Most = 1_000, LongestName = 128, MostReasons = 32;
    private const long MostLost = 1L << 52; // numbers that every JSON reader keeps exact

    public static void MapAlerts(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/alerts").WithTags("Observing");
        group.MapGet("", List).WithName("ListAlerts").WithSummary("Alerts that last, newest first; with ?all=true those that are over, too.")
            .Produces<AlertsView>().Needs(Permission.LogicRead, Permission.OpsPause, Permission.AuditRead);
        group.MapPost("/{id}/acknowledge", AcknowledgeAsync).WithName("AcknowledgeAlert").WithSummary("Take an alert into one's hands.")
            .Produces<AlertView>().Needs(Permission.OpsPause, Permission.BundleRollback).TakesKey();
        routes.MapPost("/v1/clients/losses", ReportAsync).WithTags("Observing").WithName("ReportLosses")
            .WithSummary("A client reports how many records it lost, by reason: totals that only grow, so that a report may be sent again.").Produces(StatusCodes.Status204NoContent).Needs(Permission.DecisionRecord).NeedsNoKey("totals that only grow: sent again they say the same");
    }

    private static IResult List(Caller caller, bool? all, int? limit)
    {
        if (limit is < 1 or > Most) return ApiProblems.From(new RequestIsWrong($"limit lies between 1 and {Most}"));
        var alerts = all is true ? caller.Engine.Alerts.Newest(limit ?? Usual) : [.. caller.Engine.Alerts.Open().Take(limit ?? Usual)];
        return TypedResults.Json(new AlertsView([.. alerts.Select(alert => View(caller.Engine, alert))]), ContractsJson.Default.AlertsView);
    }

    private static async Task<IResult> AcknowledgeAsync(string id, AcknowledgeBody body, Caller caller, CancellationToken cancel) =>
        await caller.Engine.Acknowledge.HandleAsync(new(id, body.Note ?? "", caller.Actor), cancel) switch
        {
            Answer<Alert>.Granted(var alert) => TypedResults.Json(View(caller.Engine, alert), ContractsJson.Default.AlertView),
            Answer<Alert>.Refused(var why) => ApiProblems.From(why),
            _ => throw new System.Diagnostics.UnreachableException(),
        };

    private static async Task<IResult> ReportAsync(LossBody body, Caller caller, CancellationToken cancel)
    {
        if (body.Client.Length is 0 or > LongestName || body.Client.Any(char.IsControl)) return ApiProblems.From(new RequestIsWrong($"client is a name of 1 to {LongestName} characters without control characters"));
        if (body.Lost.Count > MostReasons || body.Lost.Values.Any(static lost => lost is < 0 or > MostLost)) return ApiProblems.From(new RequestIsWrong($"lost names at most {MostReasons} reasons, each with a number from 0 to {MostLost}"));
        await caller.Engine.Losses.ReportAsync(LossReport.Of(body.Client, body.Lost), caller.Actor, cancel);
        return TypedResults.NoContent();
    }

    private static AlertView View(EmendEngine engine, Alert alert) =>
        new(alert.Id, alert.Kind, alert.Severity.ToString().ToLowerInvariant(), alert.About, alert.Summary, Microseconds.Instant(alert.RaisedAt), alert.IsOpen)
        {
            Playbook = AlertKind.PlaybookOf(alert.Kind),
            ClearedAt = alert.ClearedAt is { } cleared ? Microseconds.Instant(cleared) : null,
            AcknowledgedAt = alert.AcknowledgedAt is { } at ? Microseconds.Instant(at) : null,
            AcknowledgedBy = engine.Alerts.WhoAcknowledged(alert),
        };
}
