namespace Emend.Contracts.Releasing;

/// <summary>What an agent is served.</summary>
/// <param name="Agent">The agent.</param>
/// <param name="Counter">Grows with every change of what is served.</param>
/// <param name="Killed">Whether the kill switch is on: the agent decides alone.</param>
/// <param name="Shown">Names exactly this state; send it to start or advance a release.</param>
public sealed record BoardView(string Agent, long Counter, bool Killed, string Shown)
{
    /// <summary>Digest of the bundle served to everybody; absent: the agent alone.</summary>
    public string? Served { get; init; }
    /// <summary>Digest of what was served before.</summary>
    public string? Previous { get; init; }
    /// <summary>The release under way.</summary>
    public ReleaseView? Release { get; init; }
    /// <summary>Share of units that nothing learned is served to, in basis points.</summary>
    public int HoldbackBp { get; init; }
    /// <summary>Rules, and <c>corrector</c>, that do not act for the time being; absent when everything acts.</summary>
    public IReadOnlyList<string>? Suspended { get; init; }
}

/// <summary>A release under way.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Candidate">Digest of what is released.</param>
/// <param name="ShareBp">Share of traffic in basis points; 0: computed in the shadow.</param>
/// <param name="Paused">Whether it is held.</param>
/// <param name="StepStartedAt">When it came to this share.</param>
/// <param name="ExposedAtStep">Decisions by the candidate at this step.</param>
/// <param name="Judged">Of its decisions, those of which it is known how they did.</param>
/// <param name="RollbackEvidence">Evidence that it does worse.</param>
/// <param name="PromotionEvidence">Evidence that it does no worse.</param>
public sealed record ReleaseView(string Id, string Candidate, int ShareBp, bool Paused, string StepStartedAt, long ExposedAtStep, long Judged, double RollbackEvidence, double PromotionEvidence);

/// <summary>Starts a release in the shadow.</summary>
/// <param name="Candidate">Digest of an approved candidate.</param>
/// <param name="Shown">What was shown: <c>shown</c> of the agent's state with <c>?candidate=</c>.</param>
public sealed record StartBody(string Candidate, string Shown)
{
    /// <summary>Shares in basis points, rising to 10,000. Default: shadow, 1 %, 5 %, 25 %, all.</summary>
    public IReadOnlyList<int>? StepsBp { get; init; }
    /// <summary>Least seconds at a step. Default one hour.</summary>
    public double? SoakSeconds { get; init; }
    /// <summary>Least decisions by the candidate at a step. Default 20.</summary>
    public int? MinExposed { get; init; }
    /// <summary>Least of its decisions of which it is known how they did. Default 5.</summary>
    public int? MinJudged { get; init; }
    /// <summary>Metrics by which the candidate must do no worse, beside wrong actions: <c>reopened</c>, <c>latency_ms&gt;=5000</c>, <c>latency_ms:low:0..8000:400</c>.</summary>
    public IReadOnlyList<string>? Guards { get; init; }
    /// <summary>Metrics of which at least one must be shown to do better: <c>csat:high:1..5</c>, <c>accuracy</c>.</summary>
    public IReadOnlyList<string>? Success { get; init; }
    /// <summary>Metrics that take the candidate back at once: <c>leaked</c>, or <c>leaked*3</c> for three units.</summary>
    public IReadOnlyList<string>? Tripwires { get; init; }
    /// <summary>Share of units that nothing learned is ever served to, in basis points. Default 0.</summary>
    public int? HoldbackBp { get; init; }
}

/// <summary>Takes a release to its next step.</summary>
/// <param name="Shown">What was shown: <c>shown</c> of the agent's state.</param>
public sealed record AdvanceBody(string Shown)
{
    /// <summary>Take the last step although the candidate is not shown to be harmless yet. People only.</summary>
    public bool WithoutProof { get; init; }
    /// <summary>One more guard metric for this look, e.g. reopened or csat:high:1..5.</summary>
    public string? Guard { get; init; }
}

/// <summary>Keeps a part of the logic from acting for the time being.</summary>
/// <param name="Logic">Id of a rule, or <c>corrector</c>.</param>
/// <param name="Why">The reason.</param>
public sealed record SuspendBody(string Logic, string Why);

/// <summary>Turns the kill switch.</summary>
/// <param name="On">On: nothing learned acts.</param>
/// <param name="Why">The reason.</param>
public sealed record KillSwitchBody(bool On, string Why);
