using System.Collections.Immutable;
using Emend.Contracts;
using Emend.Contracts.Releasing;
using Emend.Engine;
using Emend.Engine.Access;
using Emend.Engine.Normalizing;
using Emend.Engine.Observing;
using Emend.Engine.Releasing;
using Emend.Logic;
using Emend.Server.Access;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Emend.Server.Api;

/// <summary>Releasing: what an agent is served, and changing it step by step.</summary>
internal static class ReleasingApi
{
    public static void MapReleasing(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/releases/{agent}").WithTags("Releasing");
        group.MapGet("", Show).WithName("ShowRelease").WithSummary("What the agent is served and how the release under way is doing. With ?candidate= what starting it would be decided on.").Produces<BoardView>().Needs(Permission.LogicRead);
        group.MapGet("/report", Report).WithName("ReportRelease").WithSummary("What the statistics say of the release under way: arms, intervals, evidence and where it is taken back.").Produces<ReleaseReportView>().Needs(Permission.LogicRead);
        group.MapPost("", StartAsync).WithName("StartRelease").WithSummary("Begin with an approved candidate in the shadow: computed beside, without effect.").Produces<BoardView>(StatusCodes.Status201Created).Needs(Permission.BundlePromote).TakesKey();
        group.MapPost("/advance", AdvanceAsync).WithName("AdvanceRelease").WithSummary("Go to the next step. Refused while it soaks, without data, or when the candidate looks worse.").Produces<BoardView>().Needs(Permission.BundlePromote).TakesKey();
        group.MapPost("/pause", PauseAsync).WithName("PauseRelease").WithSummary("Hold the share where it is.").Produces<BoardView>().Needs(Permission.BundlePromote).TakesKey();
        group.MapPost("/resume", ResumeAsync).WithName("ResumeRelease").WithSummary("Let it go on; the step soaks anew. People only.").Produces<BoardView>().Needs(Permission.BundlePromote).TakesKey();
        group.MapPost("/rollback", RollBackAsync).WithName("RollBack").WithSummary("Serve what was served before, at once. One person suffices.").Produces<BoardView>().Needs(Permission.BundleRollback).TakesKey();
        group.MapPost("/suspensions", SuspendAsync).WithName("SuspendLogic").WithSummary("Keep a rule, or the corrector, from acting for the time being: the agent's proposal stands where it held.").Produces<BoardView>().Needs(Permission.BundleRollback).TakesKey();
        group.MapPost("/suspensions/{id}/restore", RestoreAsync).WithName("RestoreLogic").WithSummary("Let what was suspended act again. People only.").Produces<BoardView>().Needs(Permission.BundlePromote).TakesKey();
        group.MapPut("/kill-switch", TurnAsync).WithName("TurnKillSwitch").WithSummary("Turn everything learned off, or on again.").Produces<BoardView>().Needs(Permission.BundleRollback);
    }

    private static IResult Show(HttpContext context, Caller caller, string agent, string? candidate, string? guard)
    {
        if (caller.Engine.Agents.Find(agent) is null) return ApiProblems.From(new AgentIsUnknown(agent));
        if (!Metric(guard, out _, out var problem)) return ApiProblems.From(new RequestIsWrong(problem));
        if (candidate is not null && caller.Engine.Ledger.Candidate(candidate) is null) return ApiProblems.From(new CandidateIsUnknown(candidate));
        return Board(context, caller, agent, candidate, guard);
    }

    private static IResult Report(Caller caller, string agent, string? guard)
    {
        var engine = caller.Engine;
        if (engine.Agents.Find(agent) is null) return ApiProblems.From(new AgentIsUnknown(agent));
        if (!Metric(guard, out var metric, out var problem)) return ApiProblems.From(new RequestIsWrong(problem));
        var board = engine.Ledger.Board(agent);
        if (board.Current is not { } release) return ApiProblems.From(new NothingIsReleasing(agent));
        var report = ReleaseReport.Of(board, engine.Analysis.Of(release, engine.Judgements.Of(release, metric), metric), Microseconds.Of(engine.Clock.GetUtcNow()));
        return TypedResults.Json(ReleaseReports.View(agent, report), Answers.Wire.ReleaseReportView);
    }

    private static async Task<IResult> StartAsync(HttpContext context, Caller caller, ApiKeys keys, string agent, StartBody body, CancellationToken cancel)
    {
        if (caller.Engine.Agents.Find(agent) is null) return ApiProblems.From(new AgentIsUnknown(agent));
        var usual = ReleasePolicy.Default;
        var policy = usual with
        {
            StepsBp = body.StepsBp is { } steps ? [.. steps] : usual.StepsBp,
            Soak = body.SoakSeconds is { } soak ? TimeSpan.FromSeconds(Math.Clamp(soak, -1, 1e9)) : usual.Soak,
            MinExposed = body.MinExposed ?? usual.MinExposed,
            MinJudged = body.MinJudged ?? usual.MinJudged,
            HoldbackBp = body.HoldbackBp ?? usual.HoldbackBp,
        };
        string problem = "";
        if (Metrics(body.Guards, ref problem) is not { } guards || Metrics(body.Success, ref problem) is not { } success) return ApiProblems.From(new RequestIsWrong(problem));
        var wires = (body.Tripwires ?? []).Select(text => Tripwire.Parse(text, out problem)).ToList();
        if (wires.Contains(null)) return ApiProblems.From(new RequestIsWrong(problem));
        policy = policy with { Guards = guards, Success = success, Tripwires = [.. wires.OfType<Tripwire>()] };
        var inForce = new InForce(caller.Engine.GoldenSets.Of(agent).Digest) { NoLongerApprovers = NoLongerApprovers(caller, keys, body.Candidate) };
        var answer = await caller.Engine.Start.HandleAsync(new StartRelease(agent, body.Candidate, policy, caller.Actor) { Shown = body.Shown }, inForce, cancel);
        return Answers.Of(answer, _ => Board(context, caller, agent, null, null, StatusCodes.Status201Created));
    }

    // Who approved and holds keys here of which none approves any more. Somebody without any key approved on the machine itself.
    private static HashSet<string> NoLongerApprovers(Caller caller, ApiKeys keys, string candidate)
    {
        var engine = caller.Engine;
        var now = Microseconds.Of(engine.Clock.GetUtcNow());
        var all = keys.All();
        var without = new HashSet<string>(StringComparer.Ordinal);
        foreach (var approval in engine.Ledger.Candidate(candidate)?.Approvals ?? [])
        {
            var name = engine.Ledger.NameOf(approval.By);
            var theirs = all.Where(key => string.Equals(key.Name, name, StringComparison.Ordinal) && string.Equals(key.Workspace, caller.Workspace, StringComparison.Ordinal)).ToList();
            if (theirs.Count > 0 && !theirs.Exists(key => key.IsLiveAt(now) && key.Actor.Lacks(Permission.BundleApprove) is null)) without.Add(approval.By);
        }
        return without;
    }

    private static async Task<IResult> AdvanceAsync(HttpContext context, Caller caller, string agent, AdvanceBody body, CancellationToken cancel)
    {
        var engine = caller.Engine;
        if (!Metric(body.Guard, out var metric, out var problem)) return ApiProblems.From(new RequestIsWrong(problem));
        // The evidence may demand that it be taken back instead; then there is nothing to advance.
        await engine.Watch.LookAsync(agent, engine.Ledger.Board(agent).Current is { } current ? engine.Judgements.Of(current, metric) : [], metric, cancel);
        return await DoneAsync(context, caller, agent, engine.Advance.HandleAsync(
            new AdvanceRelease(agent, body.WithoutProof, caller.Actor) { Shown = body.Shown }, release => engine.Analysis.Of(release, engine.Judgements.Of(release, metric), metric), cancel));
    }

    private static Task<IResult> PauseAsync(HttpContext context, Caller caller, string agent, Reason body, CancellationToken cancel) =>
        DoneAsync(context, caller, agent, caller.Engine.Pause.HandleAsync(new PauseRelease(agent, body.Why, caller.Actor), cancel));

    private static Task<IResult> ResumeAsync(HttpContext context, Caller caller, string agent, CancellationToken cancel) =>
        DoneAsync(context, caller, agent, caller.Engine.Resume.HandleAsync(new ResumeRelease(agent, caller.Actor), cancel));

    private static Task<IResult> RollBackAsync(HttpContext context, Caller caller, string agent, Reason body, CancellationToken cancel) =>
        DoneAsync(context, caller, agent, caller.Engine.RollBack.HandleAsync(new RollBack(agent, body.Why, caller.Actor), cancel));

    private static Task<IResult> SuspendAsync(HttpContext context, Caller caller, string agent, SuspendBody body, CancellationToken cancel) =>
        caller.Engine.Agents.Find(agent) is null
            ? Task.FromResult(ApiProblems.From(new AgentIsUnknown(agent)))
            : DoneAsync(context, caller, agent, caller.Engine.Suspend.SuspendAsync(new SuspendLogic(agent, body.Logic, body.Why, caller.Actor), cancel));

    private static Task<IResult> RestoreAsync(HttpContext context, Caller caller, string agent, string id, Reason body, CancellationToken cancel) =>
        DoneAsync(context, caller, agent, caller.Engine.Suspend.RestoreAsync(new RestoreLogic(agent, id, body.Why, caller.Actor), cancel));

    private static Task<IResult> TurnAsync(HttpContext context, Caller caller, string agent, KillSwitchBody body, CancellationToken cancel) =>
        caller.Engine.Agents.Find(agent) is null
            ? Task.FromResult(ApiProblems.From(new AgentIsUnknown(agent)))
            : DoneAsync(context, caller, agent, caller.Engine.KillSwitch.HandleAsync(new TurnKillSwitch(agent, body.On, body.Why, caller.Actor), cancel));

    private static async Task<IResult> DoneAsync<T>(HttpContext context, Caller caller, string agent, Task<Answer<T>> change) => Answers.Of(await change, _ => Board(context, caller, agent, null, null));

    private static JsonHttpResult<BoardView> Board(HttpContext context, Caller caller, string agent, string? candidate, string? guard, int status = StatusCodes.Status200OK)
    {
        var engine = caller.Engine;
        var view = engine.Ledger.View(agent, candidate);
        Versions.Tell(context, view.Board.Version);
        Contracts.Releasing.ReleaseView? under = null;
        Metric(guard, out var metric, out _);
        if (view.Board.Current is { } release)
        {
            var evidence = engine.Analysis.Of(release, engine.Judgements.Of(release, metric), metric);
            under = new(
                release.Id, release.Candidate, release.Share.BasisPoints, release.IsPaused, CanonicalJson.Instant(release.StepStartedAt), evidence.ExposedAtStep, evidence.Judged,
                Finite(Math.Exp(evidence.AgainstLog)), Finite(Math.Exp(evidence.Promotion.HighestLog)));
        }
        return TypedResults.Json(
            new BoardView(agent, view.Board.Counter, view.Board.IsKilled, Shown.Of(view)) { Served = view.Board.Served, Previous = view.Board.Previous, Release = under, HoldbackBp = view.Board.HoldbackBp, Suspended = view.Board.Suspended.Ids.IsEmpty ? null : view.Board.Suspended.Ids },
            Answers.Wire.BoardView,
            statusCode: status);
    }

    private static bool Metric(string? text, out WatchedMetric? metric, out string problem)
    {
        (metric, problem) = (null, "");
        return text is null || (metric = WatchedMetric.Parse(text, out problem)) is not null;
    }

    private static ImmutableArray<WatchedMetric>? Metrics(IReadOnlyList<string>? texts, ref string problem)
    {
        var metrics = ImmutableArray.CreateBuilder<WatchedMetric>();
        foreach (var text in texts ?? [])
        {
            if (WatchedMetric.Parse(text, out problem) is not { } metric) return null;
            metrics.Add(metric);
        }
        return metrics.DrainToImmutable();
    }

    // JSON has no infinity; evidence beyond all bounds is as good as the largest number.
    private static double Finite(double evidence) => double.IsFinite(evidence) ? evidence : double.MaxValue;
}
