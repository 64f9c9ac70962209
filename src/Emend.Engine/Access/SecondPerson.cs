using System.Globalization;
using Emend.Engine.Capturing;
using Emend.Engine.Journal;
using Emend.Engine.Releasing;
using Emend.Engine.Storage;

namespace Emend.Engine.Access;

internal sealed record ProposalIsUnknown(string Id) : Refusal("access.proposal-unknown", $"there is no proposal '{Id}' that waits; it may be done, rejected or more than a day old");

internal sealed record SecondIsTheFirst() : Refusal("access.second-is-first", "who asked for something does not confirm it: that takes another person who holds the same permission");

/// <summary>Asks for something that takes two people.</summary>
/// <param name="What">The route, as documents name it.</param>
/// <param name="Permission">What it takes.</param>
/// <param name="Request">All of the request, word by word: what the second person is shown.</param>
/// <param name="Subject">Whom it is about, when it names a data subject: it goes when they are erased.</param>
/// <param name="By">The first person.</param>
internal sealed record AskSecondPerson(string What, Permission Permission, string Request, string? Subject, Actor By);

/// <summary>A second person says yes to what they were shown.</summary>
internal sealed record ConfirmProposal(string Id, string Shown, Actor By)
{
    internal static Refusal? Decide(ConfirmProposal ask, ProposedChange? proposal, string? shown, string principal, long at)
    {
        if (proposal is null || !proposal.IsOpenAt(at) || ask.By.Lacks(Permissions.Of(proposal.Permission)) is not null) return new ProposalIsUnknown(ask.Id);
        if (ask.By.IsPolicy || ask.By.IsService) return new OnlyAPerson("confirm what another asked for");
        if (string.Equals(proposal.By, principal, StringComparison.Ordinal)) return new SecondIsTheFirst();
        return string.Equals(ask.Shown, shown, StringComparison.Ordinal) ? null : new ShownIsStale();
    }
}

/// <summary>Somebody who may do it, the first person included, says no.</summary>
internal sealed record RejectProposal(string Id, string Why, Actor By);

/// <summary>
/// Two people for what the table of roles marks with 2: the first asks, a second who holds the same permission confirms what they were
/// shown, and then the first does it by asking once more. Each step is an entry of the journal.
/// </summary>
internal sealed class SecondPersonHandler(IWorkspaceStore store, Proposals proposals, TimeProvider clock)
{
    /// <summary>How long a proposal waits.</summary>
    public static readonly TimeSpan Waits = TimeSpan.FromHours(24);

    private const string Scope = "second-person";

    /// <summary>Asks, or uses what was confirmed.</summary>
    /// <returns>The proposal: with <see cref="ProposedChange.UsedAt"/> set it is confirmed and used up by this, so that the request may be done now, once.</returns>
    public async Task<ProposedChange> HandleAsync(AskSecondPerson ask, CancellationToken cancel)
    {
        var now = clock.GetUtcNow();
        var at = Microseconds.Of(now);
        var (mark, principal) = (store.Mark(Scope, ask.Request), store.PrincipalOf(ask.By.Name).ToString("D"));
        var id = "sp-" + Guid.CreateVersion7(now).ToString("N", CultureInfo.InvariantCulture);
        var until = at + (long)Waits.TotalMicroseconds;
        var asked = store.Seal(new()
        {
            Type = ProposalProjection.Asked,
            Actor = ask.By,
            OccurredAt = at,
            Records = [new RecordFields().Text("what", ask.What).Text("permission", ask.Permission.Name()).Text("mark", mark).Number("until", until)
                .Text(ProposalProjection.Request, ask.Request, FieldClass.Sensitive).Record(id, ask.Subject)],
        });
        return await store.WriteAsync(
            work =>
            {
                var known = SignalRows.All(work.Command(ProposalSql.OfRequest).Bind("@by", principal).Bind("@request", mark).Bind("@now", at), ProposalSql.Row).FirstOrDefault();
                if (known is null) return new ProposedChange(id, ask.What, ask.Permission.Name(), principal, at, until, null, null, null, work.Append(asked).Index);
                if (known.ConfirmedBy is null) return known;
                // Used before it is done: of two at once only one gets here.
                work.Append(store.Seal(new() { Type = ProposalProjection.Used, Actor = ask.By, OccurredAt = at, Records = [new RecordFields().Text("what", known.What).Record(known.Id)] }));
                return known with { UsedAt = at };
            },
            cancel).ConfigureAwait(false);
    }

    /// <summary>Confirms.</summary>
    public Task<Answer<ProposedChange>> HandleAsync(ConfirmProposal ask, CancellationToken cancel)
    {
        var shown = proposals.Find(ask.Id) is { } seen ? proposals.ShownOf(seen) : null;
        var principal = store.PrincipalOf(ask.By.Name).ToString("D");
        return CommitAsync(
            ask.Id, ProposalProjection.Confirmed, new RecordFields().Text("shown", ask.Shown), ask.By, (proposal, at) => ConfirmProposal.Decide(ask, proposal, shown, principal, at),
            proposal => proposal with { ConfirmedBy = principal }, cancel);
    }

    /// <summary>Rejects.</summary>
    public Task<Answer<ProposedChange>> HandleAsync(RejectProposal ask, CancellationToken cancel)
    {
        var principal = store.PrincipalOf(ask.By.Name).ToString("D");
        return CommitAsync(
            ask.Id, ProposalProjection.Rejected, new RecordFields().Text("why", ask.Why, FieldClass.Personal), ask.By,
            (proposal, at) => proposal is null || !proposal.IsOpenAt(at) || ask.By.Lacks(Permissions.Of(proposal.Permission)) is not null ? new ProposalIsUnknown(ask.Id)
                : string.IsNullOrWhiteSpace(ask.Why) ? new ReasonIsMissing() : null,
            proposal => proposal with { RejectedBy = principal }, cancel);
    }

    private async Task<Answer<ProposedChange>> CommitAsync(
        string id, string type, RecordFields fields, Actor by, Func<ProposedChange?, long, Refusal?> decide, Func<ProposedChange, ProposedChange> next, CancellationToken cancel)
    {
        var at = Microseconds.Of(clock.GetUtcNow());
        var draft = store.Seal(new() { Type = type, Actor = by, OccurredAt = at, Records = [fields.Record(id)] });
        return await store.WriteAsync<Answer<ProposedChange>>(
            work =>
            {
                var proposal = SignalRows.All(work.Command(ProposalSql.Find).Bind("@id", id), ProposalSql.Row).FirstOrDefault();
                if (decide(proposal, at) is { } no) return no;
                work.Append(draft);
                return next(proposal!);
            },
            cancel).ConfigureAwait(false);
    }
}
