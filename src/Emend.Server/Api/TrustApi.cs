using Emend.Contracts;
using Emend.Contracts.Trust;
using Emend.Engine.Access;
using Emend.Engine.Trust;
using Emend.Logic;
using Emend.Server.Access;

namespace Emend.Server.Api;

/// <summary>Trust: whose word counts, and what people are measured by.</summary>
internal static class TrustApi
{
    private const int Usual = 100, Most = 1_000, UsualPeople = 10;

    private static readonly Permission[] Readers = [Permission.ReviewAdjudicate, Permission.AuditRead];

    public static void MapTrust(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/trust").WithTags("Trust");
        group.MapGet("", List).WithName("ListTrust").WithSummary("Those who correct, what their word is worth and why, and who is in quarantine.").Produces<SubmittersView>().Needs(Readers).RunsLong();
        group.MapGet("/submitters/{name}", Show).WithName("ShowSubmitter").WithSummary("What is known of one of them, by name or pseudonym.").Produces<SubmitterView>().Needs(Readers).RunsLong();
        group.MapGet("/submitters/{name}/quarantine", PreviewAsync).WithName("PreviewQuarantine").WithSummary("What a quarantine would undo; changes nothing.").Produces<QuarantineView>().Needs(Readers).RunsLong();
        group.MapPost("/submitters/{name}/quarantine", QuarantineAsync).WithName("QuarantineSubmitter")
            .WithSummary("Nothing they say or said counts until they are released. Bundles that rest on it are built again without it. People only.").Produces<QuarantineView>().Needs(Permission.ReviewAdjudicate).RunsLong().TakesKey();
        group.MapPost("/submitters/{name}/release", ReleaseAsync).WithName("ReleaseSubmitter").WithSummary("Their word counts again, all of it; with ?examined=true an alarm on somebody who is not in quarantine is cleared. People only.").Produces(StatusCodes.Status204NoContent).Needs(Permission.ReviewAdjudicate).TakesKey();
        group.MapGet("/influence/{bundle}", ShowInfluenceAsync).WithName("ShowInfluence").WithSummary("Whose word carries a bundle: it is built again without each of at most ?people= who support anything in it.").Produces<InfluenceView>().Needs(Readers).RunsLong();
        group.MapGet("/gold", ListGoldItems).WithName("ListGoldItems").WithSummary("Decisions whose answer is known beforehand.").Produces<GoldView>().Needs(Permission.GoldensetEdit, Permission.AuditRead);
        group.MapPost("/gold", AddGoldAsync).WithName("AddGoldItem").WithSummary("Take a decision as one whose answer is known: it measures people and is never learned from. People only.").Produces<GoldItemView>().Needs(Permission.GoldensetEdit).TakesKey();
        group.MapDelete("/gold/{decision}", RemoveGoldAsync).WithName("RemoveGoldItem").WithSummary("A gold item no longer; ?why= is required. People only.").Produces(StatusCodes.Status204NoContent).Needs(Permission.GoldensetEdit);
    }

    private static IResult List(Caller caller, int? limit) => limit is < 1 or > Most
        ? ApiProblems.From(new RequestIsWrong($"limit lies between 1 and {Most}"))
        : Answers.Ok(new SubmittersView([.. caller.Engine.Trust.Everybody(limit ?? Usual).Select(View)]), Answers.Wire.SubmittersView);

    private static IResult Show(Caller caller, string name) =>
        caller.Engine.Trust.Find(name) is { } one ? Answers.Ok(View(one), Answers.Wire.SubmitterView) : ApiProblems.From(new SubmitterIsUnknown(name));

    private static async Task<IResult> PreviewAsync(Caller caller, string name, CancellationToken cancel) =>
        Answers.Of(await caller.Engine.Quarantines.PreviewAsync(name, cancel), static preview => Answers.Ok(View(preview), Answers.Wire.QuarantineView));

    private static async Task<IResult> QuarantineAsync(Caller caller, string name, Reason body, CancellationToken cancel) =>
        Answers.Of(await caller.Engine.Quarantines.HandleAsync(new QuarantineSubmitter(name, body.Why, caller.Actor), cancel), static preview => Answers.Ok(View(preview), Answers.Wire.QuarantineView));

    private static async Task<IResult> ReleaseAsync(Caller caller, string name, bool? examined, Reason body, CancellationToken cancel) =>
        Answers.Of(await caller.Engine.Quarantines.HandleAsync(new ReleaseSubmitter(name, body.Why, caller.Actor) { Examined = examined is true }, cancel), static _ => TypedResults.NoContent());

    private static async Task<IResult> ShowInfluenceAsync(Caller caller, string bundle, int? people, CancellationToken cancel)
    {
        if (people is < 1 or > Influence.MostPeople) return ApiProblems.From(new RequestIsWrong($"people lies between 1 and {Influence.MostPeople}"));
        return Answers.Of(
            await Task.Run(() => caller.Engine.Influences.Of(bundle, people ?? UsualPeople, cancel), cancel),
            report => Answers.Ok(
                new InfluenceView(
                    bundle,
                    [.. report.Rules.Select(static rule => new RuleInfluenceView(rule.Rule, rule.Acts, rule.LargestShare, [.. rule.People.Select(static one => new SupporterView(one.By, one.Cases))], rule.FallsWithout))],
                    [.. report.People.Select(static one => new PersonInfluenceView(one.By, one.Rules, one.Changed))]),
                Answers.Wire.InfluenceView));
    }

    private static IResult ListGoldItems(Caller caller, string? agent) => Answers.Ok(new GoldView([.. caller.Engine.TrustBook.Gold(agent).Select(View)]), Answers.Wire.GoldView);

    private static async Task<IResult> AddGoldAsync(Caller caller, GoldBody body, CancellationToken cancel)
    {
        if (Bodies.Action(body.Answer, body.Args, out var answer) is { } wrong) return wrong;
        return Answers.Of(
            await caller.Engine.Gold.HandleAsync(new AddGoldItem(body.DecisionId, answer!, body.Why, caller.Actor), cancel),
            _ => Answers.Ok(View(caller.Engine.TrustBook.Gold(null).Single(item => item.DecisionId == body.DecisionId)), Answers.Wire.GoldItemView));
    }

    private static async Task<IResult> RemoveGoldAsync(Caller caller, string decision, string? why, CancellationToken cancel) =>
        Answers.Of(await caller.Engine.Gold.HandleAsync(new RemoveGoldItem(decision, why ?? "", caller.Actor), cancel), static _ => TypedResults.NoContent());

    private static GoldItemView View(GoldItem item) => new(item.DecisionId, item.Agent, item.Answer, CanonicalJson.Instant(item.AddedAt));

    private static SubmitterView View(PersonTrust one) => new(one.Name, one.Submitter.Principal.ToString("D"), one.Submitter.Corrections, one.Submitter.Changes, one.Weight, one.IsSuspect, [.. one.Agents.Select(View)])
    {
        QuarantinedSince = one.Submitter.QuarantinedSince is { } since ? CanonicalJson.Instant(since) : null,
    };

    private static AgentTrustView View(AgentTrust one) => new(one.Agent, one.Trust?.Right ?? 0, one.Trust?.Wrong ?? 0, one.Trust?.Weight ?? 1,
        [.. one.Findings.Select(static f => new RateFindingView(f.Proposed, f.Said, f.Count, f.Of, f.OthersSaid, f.OthersLooked, f.P) { People = f.People })])
    {
        Batch = one.Batch is { } batch ? new(batch.Batch, batch.Vouched, batch.Worse, batch.Error, batch.Flipped) : null,
    };

    private static QuarantineView View(QuarantinePreview preview) => new(preview.Principal.ToString("D"), [.. preview.Agents.Select(static effect =>
        new QuarantineEffectView(effect.Agent, effect.Corrections, effect.Rules?.Removed.Length ?? 0, effect.Rules?.Added.Length ?? 0)
        {
            Served = effect.Served,
            Instead = effect.Rebuilt?[^1].Digest,
            ChangedDecisions = effect.Replay?.Incumbent.Total.Changed,
        })]);
}
