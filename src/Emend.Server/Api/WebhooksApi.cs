using Emend.Contracts;
using Emend.Contracts.Messaging;
using Emend.Engine;
using Emend.Engine.Access;
using Emend.Engine.Messaging;
using Emend.Server.Access;
using Emend.Server.Operating;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Emend.Server.Api;

/// <summary>Messaging: where events are sent.</summary>
internal static class WebhooksApi
{
    public static void MapWebhooks(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/webhooks").WithTags("Messaging");
        group.MapGet("", List).WithName("ListWebhooks").WithSummary("Webhooks there are.").Produces<WebhooksView>().Needs(Permission.WebhookManage);
        group.MapPost("", AddAsync).WithName("AddWebhook").WithSummary("Send events to an address. The secret is in this answer only.").Produces<WebhookView>(StatusCodes.Status201Created).Needs(Permission.WebhookManage).TakesKey();
        group.MapDelete("/{id}", RemoveAsync).WithName("RemoveWebhook").WithSummary("Send no more; what waits for it is dropped.").Produces(StatusCodes.Status204NoContent).Needs(Permission.WebhookManage).OnePersonSuffices("sending no more must not wait");
        group.MapPost("/{id}/rotate", RotateAsync).WithName("RotateWebhook").WithSummary("A new secret; the one until now signs along for a day.").Produces<WebhookView>().Needs(Permission.WebhookManage).TakesKey();
        group.MapPost("/{id}/test", TestAsync).WithName("TestWebhook").WithSummary("Send one message now and say what came back.").Produces<WebhookTestView>().Needs(Permission.WebhookManage).NeedsNoKey("changes nothing: what it sends says that it is a test").OnePersonSuffices("changes nothing");
        group.MapGet("/dead", Dead).WithName("ListDeadMessages").WithSummary("Messages that were given up.").Produces<DeadMessagesView>().Needs(Permission.WebhookManage, Permission.OpsPause);
        group.MapPost("/dead/replay", ReplayAsync).WithName("ReplayDeadMessages").WithSummary("Send them again, under the ids they had.").Produces<ReplayedView>().Needs(Permission.OpsPause).TakesKey();
    }

    private static JsonHttpResult<WebhooksView> List(Caller caller) =>
        TypedResults.Json(new WebhooksView([.. caller.Engine.Webhooks.All().Select(static one => View(one, null))]), ContractsJson.Default.WebhooksView);

    private static async Task<IResult> AddAsync(AddWebhookBody body, Caller caller, ServerOptions options, CancellationToken cancel) =>
        Made(await caller.Engine.ManageWebhooks.AddAsync(new(body.Url, [.. body.Types ?? []], caller.Actor), options.Operating.Webhooks, cancel), StatusCodes.Status201Created);

    private static async Task<IResult> RotateAsync(string id, Caller caller, CancellationToken cancel) =>
        Made(await caller.Engine.ManageWebhooks.RotateAsync(id, caller.Actor, cancel), StatusCodes.Status200OK);

    private static async Task<IResult> RemoveAsync(string id, Caller caller, CancellationToken cancel) =>
        await caller.Engine.ManageWebhooks.RemoveAsync(id, caller.Actor, cancel) is Answer<Webhook>.Refused(var why) ? ApiProblems.From(why) : TypedResults.NoContent();

    private static async Task<IResult> TestAsync(string id, Caller caller, OutboxWorker worker, CancellationToken cancel)
    {
        if (caller.Engine.Webhooks.Find(id) is not { } webhook) return ApiProblems.From(new WebhookIsUnknown(id));
        var result = await worker.Of(caller.Workspace, caller.Engine).TestAsync(webhook, cancel);
        return TypedResults.Json(new WebhookTestView(result.IsAccepted, result.Code), ContractsJson.Default.WebhookTestView);
    }

    private static JsonHttpResult<DeadMessagesView> Dead(Caller caller) => TypedResults.Json(
        new DeadMessagesView([.. caller.Engine.DeadLetters.List().Select(static one => new DeadMessageView(one.Id, one.Webhook, one.Entry, one.Attempts, one.Reason, Microseconds.Instant(one.CreatedAt)))]),
        ContractsJson.Default.DeadMessagesView);

    private static async Task<IResult> ReplayAsync(ReplayBody body, Caller caller, CancellationToken cancel) =>
        await caller.Engine.DeadLetters.ReplayAsync(body.Message, caller.Actor, cancel) switch
        {
            Answer<int>.Granted(var count) => TypedResults.Json(new ReplayedView(count), ContractsJson.Default.ReplayedView),
            Answer<int>.Refused(var why) => ApiProblems.From(why),
            _ => throw new System.Diagnostics.UnreachableException(),
        };

    private static IResult Made(Answer<WebhookWithSecret> answer, int status) => answer switch
    {
        Answer<WebhookWithSecret>.Granted(var made) => TypedResults.Json(View(made.Webhook, made.Secret), ContractsJson.Default.WebhookView, statusCode: status),
        Answer<WebhookWithSecret>.Refused(var why) => ApiProblems.From(why),
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    private static WebhookView View(Webhook webhook, string? secret) => new(webhook.Id, webhook.Host, webhook.Types, Microseconds.Instant(webhook.AddedAt))
    {
        RotatedAt = webhook.RotatedAt is { } rotated ? Microseconds.Instant(rotated) : null,
        Secret = secret,
    };
}
