using System.Collections.Immutable;

namespace Emend.Engine.Releasing;

/// <summary>Something that happened to an agent's candidates or releases. Journaled; the read models are folds over these.</summary>
/// <param name="Agent">The agent.</param>
/// <param name="By">Pseudonym of who did it, or the name of a policy.</param>
/// <param name="At">When, microseconds since 1970 UTC.</param>
internal abstract record ReleaseFact(string Agent, string By, long At);

/// <summary>A candidate was built.</summary>
internal sealed record CandidateBuilt(string Agent, string By, long At, string Candidate, string? Parent, string DataSet, int Records, ImmutableArray<string> Submitters, string Bundle)
    : ReleaseFact(Agent, By, At);

/// <summary>A candidate went through the gates.</summary>
internal sealed record CandidateEvaluated(string Agent, string By, long At, string Candidate, CandidateEvaluation Evaluation, string Report)
    : ReleaseFact(Agent, By, At);

/// <summary>Somebody approved a candidate.</summary>
/// <remarks><c>IsComplete</c>: whether nobody else has to.
/// <c>Accepts</c>: gates the approver accepts as unproven, for the record.</remarks>
internal sealed record CandidateApproved(string Agent, string By, long At, string Candidate, Approval Approval, bool IsComplete, bool Accepts, string Why)
    : ReleaseFact(Agent, By, At);

/// <summary>Somebody rejected a candidate.</summary>
internal sealed record CandidateRejected(string Agent, string By, long At, string Candidate, string Why) : ReleaseFact(Agent, By, At);

/// <summary>A release began.</summary>
/// <remarks><c>Displaces</c>: digest of the candidate of an automatic release that gave way to it; null: none was under way.</remarks>
internal sealed record ReleaseStarted(string Agent, string By, long At, Release Release, string? Displaces = null) : ReleaseFact(Agent, By, At);

/// <summary>An automatic release goes on with a candidate that remembers more.</summary>
/// <remarks><c>From</c>: digest of its candidate until now. <c>To</c>: digest of the one that takes its place.</remarks>
internal sealed record ReleaseExtended(string Agent, string By, long At, string Id, string From, string To) : ReleaseFact(Agent, By, At);

/// <summary>A release went to its next step; at the last one its bundle becomes the one that is served.</summary>
/// <remarks><c>HasProof</c>: whether the promotion e-process had shown that the candidate is no worse.</remarks>
internal sealed record ReleaseAdvanced(string Agent, string By, long At, string Id, string Candidate, string? Replaces, TrafficShare From, TrafficShare To, bool HasProof)
    : ReleaseFact(Agent, By, At)
{
    /// <summary>Whether it is done.</summary>
    public bool Completes => To == TrafficShare.Full;

    /// <summary>What it was decided on; null in entries from before that was noted.</summary>
    public EvidenceNote? Evidence { get; init; }
}

/// <summary>An automatic release was looked at and stays where it is.</summary>
/// <remarks><c>Code</c>: code of the reason; each is journaled once at a step, not at every look.</remarks>
internal sealed record ReleaseHeld(string Agent, string By, long At, string Id, string Code) : ReleaseFact(Agent, By, At)
{
    /// <summary>What it was decided on.</summary>
    public EvidenceNote? Evidence { get; init; }
}

/// <summary>A release stands still.</summary>
internal sealed record ReleasePaused(string Agent, string By, long At, string Id, string Why) : ReleaseFact(Agent, By, At);

/// <summary>A release goes on; its step soaks anew.</summary>
internal sealed record ReleaseResumed(string Agent, string By, long At, string Id) : ReleaseFact(Agent, By, At);

/// <summary>A bundle was taken back.</summary>
/// <remarks><c>From</c>: digest of the bundle that is no longer served to anybody.
/// <c>To</c>: digest of what is served instead; null: the agent alone.</remarks>
internal sealed record RolledBack(string Agent, string By, long At, string? Id, string From, string? To, string Why) : ReleaseFact(Agent, By, At)
{
    /// <summary>What it was decided on, where evidence took it back.</summary>
    public EvidenceNote? Evidence { get; init; }
}

/// <summary>The kill switch was turned.</summary>
internal sealed record KillSwitchTurned(string Agent, string By, long At, bool IsOn, string Why) : ReleaseFact(Agent, By, At);

/// <summary>A rule, or the corrector, does not act for the time being: it stays in its bundle and where it held the agent's proposal stands.</summary>
internal sealed record LogicSuspended(string Agent, string By, long At, string Id, string Why) : ReleaseFact(Agent, By, At);

/// <summary>What was suspended acts again.</summary>
internal sealed record LogicRestored(string Agent, string By, long At, string Id, string Why) : ReleaseFact(Agent, By, At);
