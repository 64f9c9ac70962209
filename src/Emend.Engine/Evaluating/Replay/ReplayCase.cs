using System.Collections.Immutable;
using Emend.Engine.Learning;
using Emend.Engine.Normalizing;
using Emend.Logic;

namespace Emend.Engine.Evaluating.Replay;

/// <summary>What the known truth of a replayed decision is worth as proof.</summary>
internal enum CaseEvidence : byte
{
    /// <summary>The truth is not known: shows how far a change reaches, not whether it helps.</summary>
    None,
    /// <summary>The candidate was built from it: a candidate agreeing with it proves nothing.</summary>
    Training,
    /// <summary>Known, and the candidate never saw it.</summary>
    HeldOut,
    /// <summary>The candidate saw it, but the logic that was scored here was built without it.</summary>
    CrossFitted,
}

/// <summary>One decision of the history with what is known about it.</summary>
/// <param name="Decision">What the agent knew and proposed.</param>
/// <param name="Truth">The right action; null when not known.</param>
/// <param name="ProposalIsWrong">It is known that the proposal was wrong, even where the right action is not.</param>
/// <param name="Evidence">What that knowledge is worth.</param>
/// <param name="Submitters">Who stands behind that knowledge; empty when nobody (an outcome).</param>
internal readonly record struct ReplayCase(
    Decision Decision,
    AgentAction? Truth,
    bool ProposalIsWrong,
    CaseEvidence Evidence,
    ImmutableArray<string> Submitters)
{
    /// <summary>Probability with which it could be drawn for review, drawn or not; 0: it could not, or what was drawn then is not answered yet.</summary>
    public double AuditShare { get; init; }
    /// <summary>Whether it was drawn and a person answered.</summary>
    public bool IsAudited { get; init; }

    /// <summary>A decision nobody judged.</summary>
    public static ReplayCase Unjudged(Decision decision) => new(decision, null, false, CaseEvidence.None, []);

    /// <summary>A decision whose right action an outcome revealed.</summary>
    public static ReplayCase Revealed(Decision decision, AgentAction truth) => new(decision, truth, truth != decision.Proposed, CaseEvidence.HeldOut, []);

    /// <summary>A reviewed decision.</summary>
    public static ReplayCase Reviewed(LearningCase reviewed, CaseEvidence evidence)
    {
        var (decision, ruling) = reviewed;
        var truth = ruling.Truth ?? (ruling.IsWrong ? null : decision.Proposed);
        return new(decision, truth, ruling.IsWrong, evidence, ruling.Submitters) { AuditShare = reviewed.Propensity ?? 0, IsAudited = reviewed.Propensity is not null };
    }

    /// <summary>A stored decision. What a ruling says of it is training where the candidate was built from it; everything else it never saw.</summary>
    /// <param name="known">The decision.</param>
    /// <param name="training">Ids of the decisions the candidate was built from.</param>
    /// <param name="answeredTo">Journal entry before which all that was drawn is answered: later decisions estimate nothing.</param>
    public static ReplayCase Stored(KnownDecision known, IReadOnlySet<string> training, long answeredTo = long.MaxValue)
    {
        var share = known.At.Entry < answeredTo ? known.AuditShare : 0;
        if (known.IsWrong is not { } isWrong) return Unjudged(known.Decision) with { AuditShare = share };
        var evidence = known.IsRuled && training.Contains(known.Decision.Id) ? CaseEvidence.Training : CaseEvidence.HeldOut;
        return new(known.Decision, known.Truth ?? (isWrong ? null : known.Decision.Proposed), isWrong, evidence, []) { AuditShare = share, IsAudited = share > 0 && known.IsAudited };
    }

    /// <summary>How a final action does on this case; <paramref name="final"/> is null when nothing was done or a person was asked.</summary>
    public Score ScoreOf(AgentAction? final)
    {
        if (final is null) return Score.Deferred;
        if (Truth is not null) return Same(final, Truth) ? Score.Right : Score.Wrong;
        return ProposalIsWrong && Same(final, Decision.Proposed) ? Score.Wrong : Score.Unknown;
    }

    /// <summary>Whether two final actions are the same.</summary>
    public static bool Same(AgentAction? left, AgentAction? right) =>
        ReferenceEquals(left, right) ||
        (left is not null && right is not null
            && string.Equals(left.Label, right.Label, StringComparison.Ordinal)
            && string.Equals(left.Args.Json, right.Args.Json, StringComparison.Ordinal));
}

/// <summary>How a final action did.</summary>
internal enum Score : byte
{
    /// <summary>Not known.</summary>
    Unknown,
    /// <summary>It was the right action.</summary>
    Right,
    /// <summary>It was not.</summary>
    Wrong,
    /// <summary>Nothing was done, or a person was asked: neither right nor wrong, counted apart.</summary>
    Deferred,
}
