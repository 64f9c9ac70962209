using System.Collections.Immutable;
using Emend.Engine.Evaluating;
using Emend.Engine.Normalizing;

namespace Emend.Engine.Releasing;

/// <summary>Where a candidate stands.</summary>
internal enum CandidateState : byte
{
    /// <summary>Built, not judged yet.</summary>
    Built,
    /// <summary>Judged; the latest evaluation counts.</summary>
    Evaluated,
    /// <summary>Enough people approved exactly this evaluation.</summary>
    Approved,
    /// <summary>A person said no.</summary>
    Rejected,
    /// <summary>On its way through the steps.</summary>
    Releasing,
    /// <summary>Served to everybody.</summary>
    Released,
    /// <summary>Taken back; needs a new evaluation and new approvals to come again.</summary>
    RolledBack,
    /// <summary>Another bundle took its place.</summary>
    Retired,
}

/// <summary>The evaluation that counts.</summary>
/// <param name="Report">Digest of the report.</param>
/// <param name="Result">What the gates said together.</param>
/// <param name="GoldenSet">Digest of the protected cases it was held against.</param>
/// <param name="Policy">Digest of the thresholds.</param>
/// <param name="Incumbent">Digest of the bundle it was compared with; null for the agent alone.</param>
/// <param name="IsAutomatic">Judged by the stricter rules of a change nobody asked for.</param>
/// <param name="Risk">Risk class of the change.</param>
/// <param name="By">Who ran it.</param>
/// <param name="At">When, microseconds since 1970 UTC.</param>
internal sealed record CandidateEvaluation(
    string Report, EvaluationResult Result, string GoldenSet, string Policy, string? Incumbent, bool IsAutomatic, RiskClass Risk, string By, long At);

/// <summary>One person's approval of one report.</summary>
/// <param name="By">Who.</param>
/// <param name="Report">Digest of the report it was given on.</param>
/// <param name="At">When, microseconds since 1970 UTC.</param>
internal sealed record Approval(string By, string Report, long At);

/// <summary>A bundle in the registry: the model registry entry of one version of an agent's logic.</summary>
internal sealed record Candidate
{
    /// <summary>Approvals are good for seven days: after that the history they were given on is another one.</summary>
    public static readonly TimeSpan ApprovalLasts = TimeSpan.FromDays(7);

    /// <summary>Digest of the bundle's canonical bytes.</summary>
    public required string Digest { get; init; }
    public required string Agent { get; init; }
    /// <summary>Who asked for it to be built.</summary>
    public required string Author { get; init; }
    /// <summary>Who stands behind the evidence, sorted.</summary>
    public ImmutableArray<string> Submitters { get; init; } = [];
    /// <summary>Digest of the bundle it follows.</summary>
    public string? Parent { get; init; }
    /// <summary>Digest of the exact set of records it was built from.</summary>
    public required string DataSet { get; init; }
    /// <summary>How many they are.</summary>
    public int Records { get; init; }
    public long BuiltAt { get; init; }
    public CandidateState State { get; init; }
    public CandidateEvaluation? Evaluation { get; init; }
    /// <summary>Approvals of <see cref="Evaluation"/>; a new evaluation starts with none.</summary>
    public ImmutableArray<Approval> Approvals { get; init; } = [];

    /// <summary>How many people have to approve.</summary>
    public int ApprovalsNeeded => Evaluation?.Risk == RiskClass.High ? 2 : 1;

    /// <summary>Approvals of exactly the evaluation that counts, not expired at <paramref name="at"/>.</summary>
    public IEnumerable<Approval> ApprovalsAt(long at) => Approvals.Where(approval =>
        string.Equals(approval.Report, Evaluation?.Report, StringComparison.Ordinal) && at - approval.At <= (long)ApprovalLasts.TotalMicroseconds);

    /// <summary>Its next state. Facts about other candidates leave it as it is, except that a newly released one retires it.</summary>
    public Candidate After(ReleaseFact fact) => fact switch
    {
        CandidateEvaluated f when Is(f.Candidate) => this with { State = CandidateState.Evaluated, Evaluation = f.Evaluation, Approvals = [] },
        CandidateApproved f when Is(f.Candidate) => this with { State = f.IsComplete ? CandidateState.Approved : CandidateState.Evaluated, Approvals = Approvals.Add(f.Approval) },
        CandidateRejected f when Is(f.Candidate) => this with { State = CandidateState.Rejected },
        ReleaseStarted f when Is(f.Release.Candidate) => this with { State = CandidateState.Releasing },
        ReleaseStarted f when Is(f.Displaces) => this with { State = CandidateState.Retired },
        ReleaseExtended f when Is(f.To) => this with { State = CandidateState.Releasing },
        ReleaseExtended f when Is(f.From) => this with { State = CandidateState.Retired },
        ReleaseAdvanced { Completes: true } f when Is(f.Candidate) => this with { State = CandidateState.Released },
        ReleaseAdvanced { Completes: true } f when Is(f.Replaces) => this with { State = CandidateState.Retired },
        RolledBack f when Is(f.From) => this with { State = CandidateState.RolledBack },
        RolledBack f when Is(f.To) => this with { State = CandidateState.Released },
        _ => this,
    };

    private bool Is(string? digest) => string.Equals(Digest, digest, StringComparison.Ordinal);
}
