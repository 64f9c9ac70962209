using Emend.Contracts;
using Emend.Contracts.Learning;
using Emend.Engine.Access;
using Emend.Engine.Evaluating;
using Emend.Engine.Evaluating.Gates;
using Emend.Engine.Evaluating.Replay;
using Emend.Engine.Learning;
using Emend.Engine.Releasing;
using Emend.Logic;
using Emend.Server.Access;

namespace Emend.Server.Api;

/// <summary>Learning and Evaluating: candidates are built, looked at, put through the gates, approved or rejected.</summary>
internal static class LearningApi
{
    public static void MapLearning(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/candidates").WithTags("Learning");
        group.MapGet("", List).WithName("ListCandidates").WithSummary("The registry, newest first.").Produces<IReadOnlyList<CandidateView>>().Needs(Permission.LogicRead);
        group.MapPost("", BuildAsync).WithName("BuildCandidate").WithSummary("Learn from everything that was accepted so far. The same corrections give the same bytes.").Produces<CandidateView>(StatusCodes.Status201Created).Needs(Permission.BundleAuthor).RunsLong().TakesKey();
        group.MapGet("/{digest}", Show).WithName("ShowCandidate").WithSummary("Origin, evaluation, approvals.").Produces<CandidateView>().Needs(Permission.LogicRead);
        group.MapGet("/{digest}/bundle", ShowBundle).WithName("ShowBundle").WithSummary("The logic itself, canonical JSON: its SHA-256 is its name.").Needs(Permission.LogicRead);
        group.MapGet("/{digest}/report", ShowReport).WithName("ShowReport").WithSummary("The evaluation report that counts, gate by gate.").Needs(Permission.LogicRead);
        var evaluating = routes.MapGroup("/v1/candidates").WithTags("Evaluating");
        evaluating.MapPost("/{digest}/evaluation", EvaluateAsync).WithName("EvaluateCandidate").WithSummary("Replay history and ask every gate; answers the report.").Needs(Permission.EvalRun).RunsLong().TakesKey();
        evaluating.MapPost("/{digest}/approval", ApproveAsync).WithName("ApproveCandidate").WithSummary("Approve the report you saw. People only, never the author; two where the risk is high.").Produces<CandidateView>().Needs(Permission.BundleApprove).TakesKey().OnePersonSuffices("approvals are counted by risk, here and in the release");
        evaluating.MapPost("/{digest}/rejection", RejectAsync).WithName("RejectCandidate").WithSummary("Say no for good.").Produces<CandidateView>().Needs(Permission.BundleApprove).TakesKey().OnePersonSuffices("saying no needs nobody else");
    }

    private const int MostListed = 500;

    private static IResult List(Caller caller, string? agent)
    {
        var ledger = caller.Engine.Ledger;
        var all = (agent is null ? ledger.Agents() : [agent]).SelectMany(ledger.Candidates).OrderByDescending(static c => c.BuiltAt).ThenBy(static c => c.Digest, StringComparer.Ordinal).Take(MostListed);
        return Answers.Ok<IReadOnlyList<CandidateView>>([.. all.Select(candidate => View(caller, candidate))], Answers.Wire.IReadOnlyListCandidateView);
    }

    private static IResult Show(Caller caller, string digest) =>
        caller.Engine.Ledger.Candidate(digest) is { } candidate ? Answers.Ok(View(caller, candidate), Answers.Wire.CandidateView) : ApiProblems.From(new CandidateIsUnknown(digest));

    private static IResult ShowBundle(HttpContext context, Caller caller, string digest)
    {
        if (caller.Engine.Ledger.Bundle(digest) is not { } bundle) return ApiProblems.From(new CandidateIsUnknown(digest));
        context.Response.Headers.ETag = $"\"{digest}\"";
        return TypedResults.Bytes(BundleJson.Write(bundle), "application/json");
    }

    private static IResult ShowReport(Caller caller, string digest)
    {
        if (caller.Engine.Ledger.Candidate(digest) is null) return ApiProblems.From(new CandidateIsUnknown(digest));
        return caller.Engine.Ledger.Report(digest) is { } report ? Answers.Raw(report) : ApiProblems.From(new CandidateIsNotEvaluated(digest));
    }

    private static async Task<IResult> BuildAsync(HttpContext context, Caller caller, BuildBody body, CancellationToken cancel)
    {
        var ask = new PrepareCandidate(body.Agent, caller.Actor) { Preset = body.Rash ? LearnerPreset.Rash : LearnerPreset.Careful };
        return Answers.Of(await Task.Run(() => caller.Engine.Prepare.HandleAsync(ask, cancel), cancel), prepared =>
        {
            context.Response.Headers.Location = "/v1/candidates/" + prepared.Digest;
            return TypedResults.Json(View(caller, caller.Engine.Ledger.Candidate(prepared.Digest)!) with { Corrector = prepared.Built.Report.Corrector?.Says() }, Answers.Wire.CandidateView, statusCode: StatusCodes.Status201Created);
        });
    }

    private static async Task<IResult> EvaluateAsync(Caller caller, string digest, EvaluateBody body, CancellationToken cancel)
    {
        EvaluationPurpose? purpose = body.Purpose switch { null or "improve" => EvaluationPurpose.Improve, "maintain" => EvaluationPurpose.Maintain, _ => null };
        if (purpose is null) return ApiProblems.From(new RequestIsWrong("purpose is none of improve, maintain"));
        var engine = caller.Engine;
        if (engine.Ledger.Candidate(digest) is not { } candidate || engine.Agents.Find(candidate.Agent) is not { } agent) return ApiProblems.From(new CandidateIsUnknown(digest));
        if (engine.Snapshots.Of(digest) is not { } snapshot) return ApiProblems.From(new NotFound("candidate built here with digest", digest));
        var answer = await Task.Run(
            () => engine.Evaluate.HandleAsync(
                new EvaluateCandidate(digest, caller.Actor) { Purpose = purpose.Value }, agent, engine.Source.GroundOf(snapshot, candidate.Parent, engine.Source.Cases(snapshot)), new ReplayOptions(), cancel),
            cancel);
        return Answers.Of(answer, static report => Answers.Raw(report.Canonical()));
    }

    private static async Task<IResult> ApproveAsync(Caller caller, string digest, ApproveBody body, CancellationToken cancel)
    {
        var engine = caller.Engine;
        if (engine.Ledger.Candidate(digest) is not { } candidate || engine.Agents.Find(candidate.Agent) is not { } agent) return ApiProblems.From(new CandidateIsUnknown(digest));
        if (string.IsNullOrWhiteSpace(body.Why)) return ApiProblems.From(new ReasonIsMissing());
        var ask = new ApproveCandidate(digest, body.AcceptUnproven, body.Why, caller.Actor) { Shown = body.Report };
        return Answers.Of(await engine.Approve.HandleAsync(ask, agent, new InForce(engine.GoldenSets.Of(agent.Id).Digest), cancel), _ => Show(caller, digest));
    }

    private static async Task<IResult> RejectAsync(Caller caller, string digest, Reason body, CancellationToken cancel) =>
        caller.Engine.Ledger.Candidate(digest) is { } candidate
            ? Answers.Of(await caller.Engine.Reject.HandleAsync(new RejectCandidate(candidate.Agent, digest, body.Why, caller.Actor), cancel), _ => Show(caller, digest))
            : ApiProblems.From(new CandidateIsUnknown(digest));

    private static CandidateView View(Caller caller, Candidate candidate)
    {
        var names = caller.Engine.Ledger;
        return new(
            candidate.Digest, candidate.Agent, Words.Of(candidate.State), names.NameOf(candidate.Author), candidate.DataSet, candidate.Records, CanonicalJson.Instant(candidate.BuiltAt), candidate.ApprovalsNeeded,
            [.. candidate.Approvals.Select(approval => new ApprovalView(names.NameOf(approval.By), CanonicalJson.Instant(approval.At), approval.Report))])
        {
            Parent = candidate.Parent,
            Evaluation = candidate.Evaluation is { } e ? new(e.Report, Words.Of(e.Result), Words.Of(e.Risk), names.NameOf(e.By), CanonicalJson.Instant(e.At)) { Incumbent = e.Incumbent } : null,
        };
    }
}
