using Emend.Engine.Access;
using Emend.Engine.Capturing;
using Emend.Engine.Journal;
using Emend.Engine.Normalizing;
using Emend.Engine.Storage;
using Emend.Logic;

namespace Emend.Engine.Reviewing;

/// <summary>There is no such correction.</summary>
internal sealed record CorrectionIsUnknown(string Id) : Refusal("review.correction-unknown", $"correction '{Id}' has not been accepted; check its id");

/// <summary>It was withdrawn before.</summary>
internal sealed record CorrectionIsWithdrawn(string Id) : Refusal("review.correction-withdrawn", $"correction '{Id}' was withdrawn before; nothing is left to take back");

/// <summary>A withdrawal says why.</summary>
internal sealed record WithdrawalNeedsReason() : Refusal("review.withdrawal-needs-reason", "a withdrawal says why; give the reason");

/// <summary>Takes a correction back: from then on everything is as if it had never been accepted.</summary>
internal sealed record WithdrawCorrection(string CorrectionId, string Why, Actor By)
{
    /// <summary>Name of the difference the person saw before; another one by now refuses. Null: whatever follows.</summary>
    public string? Shown { get; init; }

    /// <param name="now">The correction; null when there is none.</param>
    /// <param name="ask">The question.</param>
    /// <param name="by">Pseudonym of who asks.</param>
    internal static Answer<CorrectionFacts> Decide(CorrectionFacts? now, WithdrawCorrection ask, Guid by)
    {
        if (ask.By.Lacks(Permission.CorrectionWithdraw, Permission.CorrectionWithdrawOwn) is { } no) return no;
        if (now is not null && now.By != by && !ask.By.Rights.Has(Permission.CorrectionWithdraw)) return new NotYourOwn("correction");
        if (now is null) return new CorrectionIsUnknown(ask.CorrectionId);
        if (now.IsWithdrawn) return new CorrectionIsWithdrawn(ask.CorrectionId);
        if (string.IsNullOrWhiteSpace(ask.Why)) return new WithdrawalNeedsReason();
        return now;
    }
}

/// <summary>Withdraws corrections.</summary>
internal sealed class WithdrawCorrectionHandler(IWorkspaceStore store, TimeProvider clock)
{
    /// <summary>Withdraws. A retry after success is refused as withdrawn before, which tells that it succeeded.</summary>
    public async Task<Answer<CorrectionFacts>> HandleAsync(WithdrawCorrection ask, CancellationToken cancel)
    {
        using var activity = ReviewingTelemetry.Source.StartActivity("withdraw correction");
        var by = store.PrincipalOf(ask.By.Name);
        var seen = store.Read(connection => SignalRows.All(connection, SignalSql.Correction, "@id", ask.CorrectionId, SignalRows.Correction)).FirstOrDefault();
        var answer = WithdrawCorrection.Decide(seen, ask, by);
        if (answer is Answer<CorrectionFacts>.Granted(var correction))
        {
            var fields = new Fields();
            var at = FeatureValue.UnixMicroseconds(clock.GetUtcNow());
            fields.Text("by", FieldClass.Internal, by.ToString("D"));
            fields.Text("decisionId", FieldClass.Internal, correction.DecisionId);
            fields.Text("why", FieldClass.Personal, ask.Why);
            var subject = store.Record(correction.Record.Entry, correction.Record.Position).Subject;
            var draft = store.Seal(new() { Type = SignalProjection.Withdrawn, Actor = ask.By, OccurredAt = at, Records = [new(correction.Id, subject, fields.Done())] });
            answer = await store.WriteAsync(
                work =>
                {
                    var now = SignalRows.All(work.Command(SignalSql.Correction).Bind("@id", ask.CorrectionId), SignalRows.Correction);
                    var decided = WithdrawCorrection.Decide(now.FirstOrDefault(), ask, by);
                    if (decided is Answer<CorrectionFacts>.Granted) work.Append(draft);
                    return decided;
                },
                cancel).ConfigureAwait(false);
        }
        ReviewingTelemetry.Withdrawn((answer as Answer<CorrectionFacts>.Refused)?.Why);
        return answer;
    }
}
