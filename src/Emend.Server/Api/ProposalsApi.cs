using Emend.Contracts;
using Emend.Contracts.Access;
using Emend.Engine.Access;
using Emend.Server.Access;

namespace Emend.Server.Api;

/// <summary>Access: what one person asked for and takes a second.</summary>
internal static class ProposalsApi
{
    private const int Most = 200;

    // Whoever may ask for something that takes two may be the second.
    private static readonly Permission[] ForTwo = [.. Roles.ForTwo];

    public static void MapProposals(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/proposals").WithTags("Access");
        group.MapGet("", List).WithName("ListProposals").WithSummary("What waits for a second person, of what the key may confirm.").Produces<IReadOnlyList<ProposalView>>().Needs(ForTwo);
        group.MapGet("/{id}", ShowAsync).WithName("ShowProposal").WithSummary("A proposal with the request as it was sent; journaled, for it may hold personal content.").Produces<ProposalView>().Needs(ForTwo);
        group.MapPost("/{id}/confirmation", ConfirmAsync).WithName("ConfirmProposal").WithSummary("Say yes to what was shown. People only, never to what one asked for oneself.").Produces<ProposalView>().Needs(ForTwo)
            .OnePersonSuffices("this is the second person").TakesKey();
        group.MapPost("/{id}/rejection", RejectAsync).WithName("RejectProposal").WithSummary("Say no; who asked may take it back this way, too.").Produces<ProposalView>().Needs(ForTwo)
            .OnePersonSuffices("saying no needs nobody else").TakesKey();
    }

    private static IResult List(Caller caller) => Answers.Ok<IReadOnlyList<ProposalView>>(
        [.. caller.Engine.Proposals.Open(Most).Where(proposal => caller.Actor.Lacks(Permissions.Of(proposal.Permission)) is null).Select(proposal => SecondPersonGate.View(caller, proposal))],
        Answers.Wire.IReadOnlyListProposalView);

    private static async Task<IResult> ShowAsync(Caller caller, string id, CancellationToken cancel)
    {
        if (caller.Engine.Proposals.Find(id) is not { } proposal || caller.Actor.Lacks(Permissions.Of(proposal.Permission)) is not null) return ApiProblems.From(new ProposalIsUnknown(id));
        await caller.Engine.Access.UnmaskedAsync($"proposal {id}", "to decide on it as the second person", caller.Actor, cancel);
        return Answers.Ok(
            SecondPersonGate.View(caller, proposal) with { Request = caller.Engine.Proposals.RequestOf(proposal), Shown = caller.Engine.Proposals.ShownOf(proposal) },
            Answers.Wire.ProposalView);
    }

    private static async Task<IResult> ConfirmAsync(Caller caller, string id, ConfirmBody body, CancellationToken cancel) => Answers.Of(
        await caller.Engine.SecondPerson.HandleAsync(new ConfirmProposal(id, body.Shown, caller.Actor), cancel), proposal => Answers.Ok(SecondPersonGate.View(caller, proposal), Answers.Wire.ProposalView));

    private static async Task<IResult> RejectAsync(Caller caller, string id, Reason body, CancellationToken cancel) => Answers.Of(
        await caller.Engine.SecondPerson.HandleAsync(new RejectProposal(id, body.Why, caller.Actor), cancel), proposal => Answers.Ok(SecondPersonGate.View(caller, proposal), Answers.Wire.ProposalView));
}
