using Emend.Contracts;
using Emend.Contracts.Reviewing;
using Emend.Engine.Access;
using Emend.Engine.Learning;
using Emend.Engine.Normalizing;
using Emend.Engine.Reviewing;
using Emend.Logic;
using Emend.Server.Access;

namespace Emend.Server.Api;

/// <summary>Reviewing: what waits for people, rulings, and taking corrections back.</summary>
internal static class ReviewingApi
{
    private static readonly Permission[] Withdrawers = [Permission.CorrectionWithdraw, Permission.CorrectionWithdrawOwn];

    public static void MapReviewing(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1").WithTags("Reviewing");
        group.MapGet("/reviews", List).WithName("ListReviews").WithSummary("What waits for a person, the oldest first, and why a person is asked; order=value: what the caller should look at next, and why.").Produces<Page<ReviewView>>().Needs(Permission.ReviewDecide);
        group.MapGet("/reviews/audits", Audits).WithName("ListAudits").WithSummary("How the decisions stand that were drawn at random, agent by agent: only those license a corrector.").Produces<IReadOnlyList<AuditsView>>().Needs(Permission.ReviewDecide, Permission.LogicRead);
        group.MapGet("/reviews/doubted", Doubted).WithName("ListDoubtedRulings").WithSummary("Rulings that policy accepted and that look out of place among cases like them: worth a second review. At most a twentieth of what waits.").Produces<IReadOnlyList<DoubtView>>().Needs(Permission.ReviewDecide).RunsLong();
        group.MapPost("/reviews/{decision}/ruling", RuleAsync).WithName("RecordRuling").WithSummary("Rule what was right. People only, never on their own correction.").Produces<RulingView>().Needs(Permission.ReviewDecide).TakesKey();
        group.MapGet("/corrections/{id}/withdrawal", PreviewAsync).WithName("PreviewWithdrawal").WithSummary("The difference that taking a correction back makes; changes nothing.").Produces<WithdrawalView>().Needs(Withdrawers).RunsLong();
        group.MapPost("/corrections/{id}/withdrawal", WithdrawAsync).WithName("WithdrawCorrection").WithSummary("Take a correction back: what was built on it is built again without it and goes through the same gates.").Produces<WithdrawalView>().Needs(Withdrawers).RunsLong().TakesKey();
    }

    private static IResult List(Caller caller, string? agent, string? order, string? cursor, int? limit)
    {
        if (PageAsked.Read(cursor, limit, out var asked) is { } wrong) return wrong;
        if (order is not (null or "age" or "value")) return ApiProblems.From(new RequestIsWrong("order is none of age, value"));
        if (order == "value")
        {
            // What is worth most changes with every ruling: there is no second page, only a fresh first one.
            if (cursor is not null) return ApiProblems.From(new RequestIsWrong("a list ordered by value has no cursor; ask again for what comes next"));
            var total = caller.Engine.Reviews.WaitingPage(agent, null, 1)!.Total;
            var next = caller.Engine.Next.For(caller.Actor.Name, agent, asked.Limit);
            return Answers.Ok(
                new Page<ReviewView>([.. next.Select(static one => View(one.Review) with { Worth = one.Worth is { } worth ? Math.Round(worth, 4) : null, WhyHere = one.WhyHere })], total, total >= Engine.Capturing.SignalPages.CountLimit),
                Answers.Wire.PageReviewView);
        }
        return caller.Engine.Reviews.WaitingPage(agent, asked.Cursor, asked.Limit) is { } page
            ? Answers.Ok(PageAsked.Wire(page, View), Answers.Wire.PageReviewView)
            : PageAsked.WrongCursor;
    }

    private static ReviewView View(WaitingReview waiting) =>
        new(waiting.DecisionId, Words.Of(waiting.Standing.Lane), waiting.WhyAsked, CanonicalJson.Instant(waiting.Standing.At), waiting.Standing.Corrections) { Propensity = waiting.Standing.Propensity };

    private static IResult Audits(Caller caller, string? agent) => Answers.Ok<IReadOnlyList<AuditsView>>(
        [.. caller.Engine.Agents.All().Where(one => agent is null || one.Id == agent).Select(caller.Engine.Audits.Of)
            .Select(static one => new AuditsView(one.Agent, one.Policy.Share, one.Policy.MaxOpen, one.Drawn, one.Answered, one.Counting) { OldestOpen = one.OldestOpen })],
        Answers.Wire.IReadOnlyListAuditsView);

    private static IResult Doubted(Caller caller, string? agent) => Answers.Ok(
        [.. caller.Engine.Doubts.Of(agent).Select(static one => new DoubtView(one.Suspect.DecisionId, one.Agent, one.Suspect.Ruled, one.Suspect.Likelier, Math.Round(one.Suspect.Margin, 4), one.WhyAsked, one.Standing.Corrections))],
        Answers.Wire.IReadOnlyListDoubtView);

    private static async Task<IResult> RuleAsync(Caller caller, string decision, RulingBody body, CancellationToken cancel)
    {
        CorrectionVerdict? verdict = body.Verdict switch { "confirm" => CorrectionVerdict.Confirm, "modify" => CorrectionVerdict.Modify, "reject" => CorrectionVerdict.Reject, _ => null };
        if (verdict is null) return ApiProblems.From(new RequestIsWrong("verdict is none of confirm, modify, reject"));
        if (Bodies.Action(body.Action, body.Args, out var action) is { } wrong) return wrong;
        return Answers.Of(
            await caller.Engine.Rulings.HandleAsync(new RecordRuling(decision, verdict.Value, action, body.Why, caller.Actor), cancel),
            standing => Answers.Ok(new RulingView(decision, standing.IsWrong) { Truth = standing.Truth?.Label }, Answers.Wire.RulingView));
    }

    private static async Task<IResult> PreviewAsync(Caller caller, string id, CancellationToken cancel) =>
        IsHidden(caller, id) ? ApiProblems.From(new CorrectionIsUnknown(id)) : Answers.Of(await caller.Engine.Undo.PreviewAsync(id, cancel), preview => Answers.Ok(View(id, preview), Answers.Wire.WithdrawalView));

    private static async Task<IResult> WithdrawAsync(Caller caller, string id, WithdrawalBody body, CancellationToken cancel) =>
        IsHidden(caller, id)
            ? ApiProblems.From(new CorrectionIsUnknown(id))
            : Answers.Of(
                await caller.Engine.Undo.HandleAsync(new WithdrawCorrection(id, body.Why, caller.Actor) { Shown = body.Shown }, cancel),
                undone => Answers.Ok(View(id, undone.Preview) with { Evaluation = undone.Report is { } report ? Words.Of(report.Result) : null }, Answers.Wire.WithdrawalView));

    // Whoever sees their own corrections only does not learn that others exist.
    private static bool IsHidden(Caller caller, string id) =>
        !caller.Actor.Rights.Has(Permission.CorrectionWithdraw) && caller.Engine.Corrections.Find(id) is { } known && !string.Equals(known.Correction.By, caller.Actor.Name, StringComparison.Ordinal);

    private static WithdrawalView View(string id, UndoPreview preview) => new(preview.Shown(id), preview.Rules?.Removed.Length ?? 0, preview.Rules?.Added.Length ?? 0)
    {
        Agent = preview.Agent,
        Served = preview.Served,
        Instead = preview.Instead?.Digest,
        ChangedDecisions = preview.Replay?.Incumbent.Total.Changed,
        Fixes = preview.Replay?.Incumbent.Total.Fixes,
        Breaks = preview.Replay?.Incumbent.Total.Breaks,
    };
}
