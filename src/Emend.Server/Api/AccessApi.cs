using Emend.Contracts.Access;
using Emend.Contracts.Privacy;
using Emend.Engine.Access;
using Emend.Engine.Privacy;
using Emend.Logic;
using Emend.Server.Access;

namespace Emend.Server.Api;

/// <summary>Access and Privacy: keys of the caller's workspace, and erasing a data subject.</summary>
internal static class AccessApi
{
    public static void MapAccess(this IEndpointRouteBuilder routes)
    {
        var keys = routes.MapGroup("/v1/keys").WithTags("Access");
        keys.MapGet("", List).WithName("ListKeys").WithSummary("Keys of this workspace, without their secrets.").Produces<IReadOnlyList<KeyView>>().Needs(Permission.ApikeyIssue);
        keys.MapPost("", Issue).WithName("IssueKey").WithSummary("Issue a key for somebody else; its secret is shown this once.").Produces<KeyView>(StatusCodes.Status201Created).Needs(Permission.ApikeyIssue).TakesKey();
        keys.MapPost("/{id}/rotation", Rotate).WithName("RotateKey").WithSummary("Issue a successor; the old key stays good for the overlap.").Produces<KeyView>(StatusCodes.Status201Created).Needs(Permission.ApikeyIssue).TakesKey();
        keys.MapDelete("/{id}", Revoke).WithName("RevokeKey").WithSummary("End a key at once.").Produces<KeyView>().Needs(Permission.ApikeyIssue).OnePersonSuffices("taking access away must not wait");
        routes.MapPost("/v1/subjects/erasure", EraseAsync).WithTags("Privacy").WithName("EraseSubject").WithSummary("Destroy a subject's key: everything personal of theirs becomes unreadable for good, and the journal still verifies. People only.").Produces<ErasureView>().Needs(Permission.ErasureExecute).TakesKey();
    }

    private static IResult List(Caller caller, ApiKeys keys) => Answers.Ok<IReadOnlyList<KeyView>>(
        [.. keys.All().Where(key => string.Equals(key.Workspace, caller.Workspace, StringComparison.Ordinal)).Select(static key => View(key))], Answers.Wire.IReadOnlyListKeyView);

    private static IResult Issue(Caller caller, ApiKeys keys, KeyBody body)
    {
        var roles = new List<Role>();
        foreach (var name in body.Roles)
        {
            if (Roles.Of(name) is not { } role) return ApiProblems.From(new KeyRequestIsWrong($"'{name}' is no role; there are {string.Join(", ", Roles.All)}"));
            roles.Add(role);
        }
        var days = body.Days ?? 90;
        if (days is < 1 or > 90) return ApiProblems.From(new KeyRequestIsWrong("days lies between 1 and 90"));
        return Answers.Of(keys.Issue(new(body.Name, caller.Workspace, [.. roles], caller.Actor) { IsService = body.Service, Life = TimeSpan.FromDays(days) }), Created);
    }

    private static IResult Rotate(Caller caller, ApiKeys keys, string id, RotationBody body)
    {
        var hours = body.OverlapHours ?? 24;
        return hours is < 0 or > 168
            ? ApiProblems.From(new KeyRequestIsWrong("overlapHours lies between 0 and 168"))
            : Answers.Of(keys.Rotate(id, TimeSpan.FromHours(hours), caller.Actor, caller.Workspace), Created);
    }

    private static IResult Revoke(Caller caller, ApiKeys keys, string id) => Answers.Of(keys.Revoke(id, caller.Actor, caller.Workspace), static key => Answers.Ok(View(key), Answers.Wire.KeyView));

    private static async Task<IResult> EraseAsync(Caller caller, ErasureBody body, CancellationToken cancel) =>
        string.IsNullOrEmpty(body.Subject)
            ? ApiProblems.From(new RequestIsWrong("subject is empty; name whom to erase"))
            : Answers.Of(await caller.Engine.Erasures.HandleAsync(new EraseSubjectRequest(body.Subject, body.Why, caller.Actor), cancel), static entry => Answers.Ok(new ErasureView(entry.Index), Answers.Wire.ErasureView));

    private static IResult Created(IssuedKey issued) => TypedResults.Json(View(issued.Key) with { Key = issued.Text }, Answers.Wire.KeyView, statusCode: StatusCodes.Status201Created);

    private static KeyView View(ApiKey key) => new(
        key.Id, key.Name, key.IsService, [.. key.Roles.Select(static role => role.Name())], CanonicalJson.Instant(key.CreatedAt), key.CreatedBy, CanonicalJson.Instant(key.ExpiresAt))
    {
        RevokedAt = key.RevokedAt is { } revoked ? CanonicalJson.Instant(revoked) : null,
        LastUsedAt = key.LastUsedAt is { } used ? CanonicalJson.Instant(used) : null,
    };
}
