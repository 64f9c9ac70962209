using System.Collections.Frozen;
using System.Diagnostics;
using Emend.Contracts;
using Emend.Engine;
using Emend.Server.Access;

namespace Emend.Server.Api;

/// <summary>Refusals as HTTP: the code becomes the problem's type, the table below its status.</summary>
internal static class ApiProblems
{
    /// <summary>Where the types of problems are explained.</summary>
    public const string Pages = "/problems/";

    // A refusal that is not listed is a rule that says no to what is there now: 409.
    private static readonly FrozenDictionary<string, int> Statuses = new Dictionary<string, int>(StringComparer.Ordinal)
    {
        ["access.no-credential"] = StatusCodes.Status401Unauthorized,
        ["access.not-permitted"] = StatusCodes.Status403Forbidden,
        ["access.not-on-behalf"] = StatusCodes.Status403Forbidden,
        ["access.own-grant"] = StatusCodes.Status403Forbidden,
        ["access.key-unknown"] = StatusCodes.Status404NotFound,
        ["access.key-wrong"] = StatusCodes.Status400BadRequest,
        ["access.proposal-unknown"] = StatusCodes.Status404NotFound,
        ["access.second-is-first"] = StatusCodes.Status403Forbidden,
        ["access.roles-conflict"] = StatusCodes.Status422UnprocessableEntity,
        ["agent.unknown"] = StatusCodes.Status404NotFound,
        ["agent.file-wrong"] = StatusCodes.Status400BadRequest,
        ["alert.unknown"] = StatusCodes.Status404NotFound,
        ["alert.needs-person"] = StatusCodes.Status403Forbidden,
        ["candidate.unknown"] = StatusCodes.Status404NotFound,
        ["candidate.approver-is-author"] = StatusCodes.Status403Forbidden,
        ["candidate.approver-is-sole-submitter"] = StatusCodes.Status403Forbidden,
        ["candidate.approver-set-thresholds"] = StatusCodes.Status403Forbidden,
        ["candidate.policy-may-not-approve"] = StatusCodes.Status403Forbidden,
        ["capture.does-not-fit-agent"] = StatusCodes.Status422UnprocessableEntity,
        ["trust.submitter-unknown"] = StatusCodes.Status404NotFound,
        ["trust.gold-unknown"] = StatusCodes.Status404NotFound,
        ["trust.gold-wrong"] = StatusCodes.Status422UnprocessableEntity,
        ["trust.own-quarantine"] = StatusCodes.Status403Forbidden,
        ["dataset.ambiguous"] = StatusCodes.Status400BadRequest,
        ["dataset.empty"] = StatusCodes.Status422UnprocessableEntity,
        ["dataset.split-wrong"] = StatusCodes.Status400BadRequest,
        ["dataset.unknown"] = StatusCodes.Status404NotFound,
        ["feature.key-wrong"] = StatusCodes.Status400BadRequest,
        ["feature.personal"] = StatusCodes.Status422UnprocessableEntity,
        ["feature.row-wrong"] = StatusCodes.Status400BadRequest,
        ["feature.unknown"] = StatusCodes.Status404NotFound,
        ["feature.view-wrong"] = StatusCodes.Status400BadRequest,
        ["golden.changed"] = StatusCodes.Status412PreconditionFailed,
        ["golden.unknown"] = StatusCodes.Status404NotFound,
        ["golden.wrong"] = StatusCodes.Status400BadRequest,
        ["http.bad-request"] = StatusCodes.Status400BadRequest,
        ["http.not-found"] = StatusCodes.Status404NotFound,
        ["http.method-not-allowed"] = StatusCodes.Status405MethodNotAllowed,
        ["access.not-your-own"] = StatusCodes.Status403Forbidden,
        ["agent.changed"] = StatusCodes.Status412PreconditionFailed,
        ["http.version-missing"] = StatusCodes.Status428PreconditionRequired,
        ["subject.unknown"] = StatusCodes.Status404NotFound,
        ["http.body-too-large"] = StatusCodes.Status413PayloadTooLarge,
        ["http.wrong-media-type"] = StatusCodes.Status415UnsupportedMediaType,
        ["http.too-many-requests"] = StatusCodes.Status429TooManyRequests,
        ["http.fault"] = StatusCodes.Status500InternalServerError,
        ["http.unavailable"] = StatusCodes.Status503ServiceUnavailable,
        ["http.timed-out"] = StatusCodes.Status504GatewayTimeout,
        ["http.disk-full"] = StatusCodes.Status507InsufficientStorage,
        ["lineage.nothing-to-trace"] = StatusCodes.Status404NotFound,
        ["model.unknown"] = StatusCodes.Status404NotFound,
        ["release.none"] = StatusCodes.Status404NotFound,
        ["release.only-a-person"] = StatusCodes.Status403Forbidden,
        ["release.policy-wrong"] = StatusCodes.Status400BadRequest,
        ["release.promoter-is-only-approver"] = StatusCodes.Status403Forbidden,
        ["release.reason-missing"] = StatusCodes.Status400BadRequest,
        ["review.correction-unknown"] = StatusCodes.Status404NotFound,
        ["review.decision-unknown"] = StatusCodes.Status404NotFound,
        ["review.own-correction"] = StatusCodes.Status403Forbidden,
        ["review.ruler-is-no-person"] = StatusCodes.Status403Forbidden,
        ["review.ruling-wrong"] = StatusCodes.Status400BadRequest,
        ["rule.changed"] = StatusCodes.Status412PreconditionFailed,
        ["rule.unknown"] = StatusCodes.Status404NotFound,
        ["rule.wrong"] = StatusCodes.Status400BadRequest,
        ["serving.bundle-not-approved"] = StatusCodes.Status409Conflict,
        ["serving.decision-unknown"] = StatusCodes.Status404NotFound,
        ["review.withdrawal-needs-reason"] = StatusCodes.Status400BadRequest,
        ["webhook.not-dead"] = StatusCodes.Status404NotFound,
        ["webhook.type-unknown"] = StatusCodes.Status400BadRequest,
        ["webhook.unknown"] = StatusCodes.Status404NotFound,
        ["webhook.url-wrong"] = StatusCodes.Status400BadRequest,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Status of a refusal.</summary>
    public static int StatusOf(string code) => Statuses.GetValueOrDefault(code, StatusCodes.Status409Conflict);

    /// <summary>A refusal as a problem.</summary>
    public static Problem Of(Refusal why) => new(Pages + why.Code, TitleOf(why.Code), StatusOf(why.Code), why.Message, why.Code);

    /// <summary>Answers a request with a refusal. What was refused to a caller is noted for the journal.</summary>
    public static Task WriteAsync(HttpContext context, Refusal why, Caller? caller = null, IReadOnlyList<Flaw>? errors = null)
    {
        var problem = Of(why) with { TraceId = Activity.Current?.TraceId.ToString() ?? context.TraceIdentifier, Errors = errors };
        var about = caller ?? context.Features.Get<Caller>();
        if (about is not null && problem.Status == StatusCodes.Status403Forbidden)
            about.Engine.Access.Refused(about.Actor.Name, why.Code, context.RouteName());
        if (problem.Status == StatusCodes.Status401Unauthorized) context.Response.Headers.WWWAuthenticate = "Bearer";
        context.Response.StatusCode = problem.Status;
        return context.Response.WriteAsJsonAsync(problem, Answers.Wire.Problem, "application/problem+json", context.RequestAborted);
    }

    /// <summary>A refusal as the result of a handler.</summary>
    public static IResult From(Refusal why, IReadOnlyList<Flaw>? errors = null) => new Refused(why, errors);

    // release.guardrail-red reads "Guardrail red".
    private static string TitleOf(string code)
    {
        var words = code[(code.IndexOf('.', StringComparison.Ordinal) + 1)..].Replace('-', ' ');
        return char.ToUpperInvariant(words[0]) + words[1..];
    }

    private sealed class Refused(Refusal why, IReadOnlyList<Flaw>? errors) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext) => WriteAsync(httpContext, why, errors: errors);
    }
}
