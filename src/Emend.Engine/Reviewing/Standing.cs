using System.Collections.Immutable;
using Emend.Engine.Normalizing;

namespace Emend.Engine.Reviewing;

/// <summary>What one submitter says of a decision in the end.</summary>
/// <param name="Verdict">The verdict.</param>
/// <param name="Action">The right action, for modify.</param>
internal readonly record struct Stance(CorrectionVerdict Verdict, MarkedAction? Action);

/// <summary>Where the right action of a standing is written.</summary>
internal enum TruthFrom : byte
{
    /// <summary>Not known.</summary>
    None,
    /// <summary>The proposal was right.</summary>
    Proposal,
    /// <summary>In a correction.</summary>
    Correction,
    /// <summary>In a person's ruling.</summary>
    Verdict,
}

/// <summary>Where a decision stands after everything that was said about it. A pure function of the set of signals and the agent's definition.</summary>
internal sealed record Standing
{
    /// <summary>Lane of its corrections.</summary>
    public required Lane Lane { get; init; }
    /// <summary>Whether there is an effective ruling.</summary>
    public required bool IsRuled { get; init; }
    /// <summary>Whether somebody said otherwise after a person ruled: it stands, but is worth another look.</summary>
    public bool IsContested { get; init; }
    /// <summary>Whether the proposal was wrong.</summary>
    public bool IsWrong { get; init; }
    /// <summary>The right action, when known.</summary>
    public MarkedAction? Truth { get; init; }
    /// <summary>Where the right action is written.</summary>
    public TruthFrom From { get; init; }
    /// <summary>Id of the correction or ruling that writes it.</summary>
    public string? FromId { get; init; }
    /// <summary>Ids of the corrections behind it, sorted.</summary>
    public required ImmutableArray<string> Corrections { get; init; }
    /// <summary>Newest correction's time, or when the person ruled.</summary>
    public required long At { get; init; }
    /// <summary>Pseudonym of the person who ruled; null: policy.</summary>
    public Guid? RuledBy { get; init; }
    /// <summary>The clause of the envelope that decided the lane; for a person's ruling a fixed sentence (their words stay in the journal).</summary>
    public required string Why { get; init; }
    /// <summary>Probability with which the decision was drawn for review; null when it was not.</summary>
    public double? Propensity { get; init; }

    /// <summary>Whether it was drawn and no person has said yet what was right. What policy accepted is no look at it.</summary>
    public bool IsAuditOpen => Propensity is not null && RuledBy is null;

    /// <summary>Whether a person is asked.</summary>
    public bool Waits => !IsRuled || IsContested || IsAuditOpen;

    /// <summary>Why a person is asked about a decision that nobody said anything of.</summary>
    public const string Drawn = "drawn at random, whether right or wrong";

    /// <summary>Derives the standing; null when nobody says anything (any more) and it was not drawn for review.</summary>
    /// <remarks>
    /// One submitter's latest correction counts, by time and then by id; nothing that somebody in quarantine says does. A person's ruling
    /// prevails over policy while every correction it considered still stands; of several the latest prevails, by time and then by id. A ruling that only
    /// repeats what somebody in quarantine said is set aside with them; one that says otherwise is an opinion of its own and stays.
    /// </remarks>
    public static Standing? Of(Signals signals, AgentDefinition agent)
    {
        var last = LastWords(signals.Corrections);
        var proposed = signals.Decision.Proposed;
        var prevailing = PrevailingVerdict(signals);
        var propensity = signals.Audit?.Propensity;
        if (last.IsEmpty && prevailing is null)
            return signals.Audit is { } drawn ? new() { Lane = Lane.Review, IsRuled = false, Corrections = [], At = drawn.At, Why = Drawn, Propensity = propensity } : null;
        var stances = last.Select(c => StanceOf(c.Verdict, c.Action, proposed)).ToArray();
        var (lane, why) = last.IsEmpty ? (Lane.Review, "") : Triage.LaneOf(agent, signals.Decision, stances);
        ImmutableArray<string> ids = [.. last.Select(static c => c.Id).Order(StringComparer.Ordinal)];

        if (prevailing is { } ruling)
        {
            var stance = StanceOf(ruling.Kind, ruling.Action, proposed);
            return Ruled(stance, TruthFrom.Verdict, ruling.Id) with
            {
                Lane = lane,
                Corrections = ruling.Considered,
                At = ruling.At,
                RuledBy = ruling.By,
                Propensity = propensity,
                Why = "ruled by a person",
                IsContested = last.Where(c => !ruling.Considered.Contains(c.Id, StringComparer.Ordinal)).Any(c => StanceOf(c.Verdict, c.Action, proposed) != stance),
            };
        }

        var at = last.Max(static c => c.At);
        return lane == Lane.Fast
            ? Ruled(stances[0], TruthFrom.Correction, ids[0]) with { Corrections = ids, At = at, Why = why, Propensity = propensity }
            : new() { Lane = lane, IsRuled = false, Corrections = ids, At = at, Why = why, Propensity = propensity };

        Standing Ruled(Stance stance, TruthFrom from, string fromId) => stance.Verdict switch
        {
            CorrectionVerdict.Confirm => Blank with { Truth = proposed, From = TruthFrom.Proposal },
            CorrectionVerdict.Modify => Blank with { IsWrong = true, Truth = stance.Action, From = from, FromId = fromId },
            _ => Blank with { IsWrong = true },
        };
    }

    /// <summary>The latest correction that counts of each submitter, in the order of ids.</summary>
    public static ImmutableArray<CorrectionFacts> LastWords(ImmutableArray<CorrectionFacts> corrections)
    {
        if (corrections is [{ Counts: true }]) return corrections;
        var last = new Dictionary<Guid, CorrectionFacts>();
        foreach (var correction in corrections)
        {
            if (!correction.Counts) continue;
            if (!last.TryGetValue(correction.By, out var known)
                || correction.At > known.At
                || (correction.At == known.At && string.CompareOrdinal(correction.Id, known.Id) > 0))
                last[correction.By] = correction;
        }
        return [.. last.Values.OrderBy(static c => c.Id, StringComparer.Ordinal)];
    }

    private static Standing Blank { get; } = new() { Lane = Lane.Fast, IsRuled = true, Corrections = [], At = 0, Why = "" };

    // A "modify" to what was proposed anyway is a confirmation.
    private static Stance StanceOf(CorrectionVerdict verdict, MarkedAction? action, MarkedAction proposed) =>
        verdict == CorrectionVerdict.Modify && action == proposed ? new(CorrectionVerdict.Confirm, null) : new(verdict, action);

    // Whoever ruled as somebody in quarantine had said, and as nobody else had, may have been taken in by them.
    private static bool OnlyRepeats(VerdictFacts verdict, Signals signals)
    {
        var stance = StanceOf(verdict.Kind, verdict.Action, signals.Decision.Proposed);
        var (repeats, agrees) = (false, false);
        foreach (var correction in signals.Corrections)
        {
            if (!verdict.Considered.Contains(correction.Id, StringComparer.Ordinal) || StanceOf(correction.Verdict, correction.Action, signals.Decision.Proposed) != stance) continue;
            if (correction.IsQuarantined) repeats = true;
            else agrees = true;
        }
        return repeats && !agrees;
    }

    private static VerdictFacts? PrevailingVerdict(Signals signals)
    {
        VerdictFacts? prevailing = null;
        foreach (var verdict in signals.Verdicts)
        {
            if (verdict.IsQuarantined || !verdict.Considered.All(id => signals.Corrections.Any(c => c.Id == id && !c.IsWithdrawn))) continue;
            if (OnlyRepeats(verdict, signals)) continue;
            if (prevailing is null || verdict.At > prevailing.At || (verdict.At == prevailing.At && string.CompareOrdinal(verdict.Id, prevailing.Id) > 0))
                prevailing = verdict;
        }
        return prevailing;
    }
}
