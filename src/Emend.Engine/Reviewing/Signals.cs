using System.Collections.Immutable;
using Emend.Engine.Normalizing;

namespace Emend.Engine.Reviewing;

/// <summary>Where a record lies in the journal.</summary>
internal readonly record struct RecordAt(long Entry, int Position);

/// <summary>An action as read models know it: its label, and a keyed mark of its arguments that is comparable within one decision.</summary>
/// <param name="Label">Label.</param>
/// <param name="Mark">Mark of the arguments; null when there are none.</param>
internal readonly record struct MarkedAction(string Label, string? Mark);

/// <summary>A decision as read models know it.</summary>
internal sealed record DecisionFacts(string Id, string Agent, long OccurredAt, string? TaskType, MarkedAction Proposed, double? Confidence, RecordAt At);

/// <summary>A correction as read models know it.</summary>
internal sealed record CorrectionFacts(
    string Id, string DecisionId, CorrectionVerdict Verdict, MarkedAction? Action, string? Reason, Guid By, long At, bool IsParked, bool IsWithdrawn, RecordAt Record)
{
    /// <summary>Whether its submitter is in quarantine.</summary>
    public bool IsQuarantined { get; init; }

    /// <summary>Whether it says anything: not taken back, and by somebody whose word counts.</summary>
    public bool Counts => !IsWithdrawn && !IsQuarantined;
}

/// <summary>What a person ruled, as read models know it.</summary>
/// <param name="Id">Id.</param>
/// <param name="By">Pseudonym of the person.</param>
/// <param name="At">When.</param>
/// <param name="Kind">Confirm, modify or reject.</param>
/// <param name="Action">The right action, for modify.</param>
/// <param name="Considered">Ids of the corrections that stood when the person ruled, sorted.</param>
/// <param name="Record">Where the journal keeps it.</param>
internal sealed record VerdictFacts(
    string Id, Guid By, long At, CorrectionVerdict Kind, MarkedAction? Action, ImmutableArray<string> Considered, RecordAt Record)
{
    /// <summary>Whether whoever ruled is in quarantine.</summary>
    public bool IsQuarantined { get; init; }
}

/// <summary>Everything that was said about one decision: all that its standing depends on, beside the agent's definition.</summary>
internal sealed record Signals(DecisionFacts Decision, ImmutableArray<CorrectionFacts> Corrections, ImmutableArray<VerdictFacts> Verdicts)
{
    /// <summary>That the decision was drawn for review; null when it was not.</summary>
    public AuditFacts? Audit { get; init; }

    /// <summary>What had been said before a journal entry, without some corrections: as if those had never been accepted. Withdrawn ones stay out whenever they were withdrawn.</summary>
    /// <param name="upTo">Entries before this one count.</param>
    /// <param name="without">Ids of corrections to leave out; null: none.</param>
    /// <param name="quarantined">Pseudonyms whose word did not count then; whoever is in quarantine now stays out in any case.</param>
    public Signals? AsOf(long upTo, IReadOnlySet<string>? without, IReadOnlySet<Guid>? quarantined = null) => Decision.At.Entry >= upTo ? null : this with
    {
        Corrections = [.. Corrections.Where(c => c.Record.Entry < upTo && without?.Contains(c.Id) != true).Select(c => quarantined?.Contains(c.By) == true ? c with { IsQuarantined = true } : c)],
        Audit = Audit is { } drawn && drawn.Entry < upTo ? drawn : null,
        Verdicts = [.. Verdicts.Where(v => v.Record.Entry < upTo).Select(v => quarantined?.Contains(v.By) == true ? v with { IsQuarantined = true } : v)],
    };
}
