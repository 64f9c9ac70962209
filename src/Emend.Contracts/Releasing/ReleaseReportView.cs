namespace Emend.Contracts.Releasing;

/// <summary>What the statistics say of a release under way.</summary>
/// <param name="Agent">The agent.</param>
/// <param name="Release">Id of the release.</param>
/// <param name="Candidate">Digest of what is released.</param>
/// <param name="ShareBp">Share of traffic in basis points.</param>
/// <param name="Standing"><c>gathering</c>, <c>may-advance</c>, <c>hold</c> (a person has to look) or <c>take-back</c>.</param>
/// <param name="RollbackLine">Evidence against it by any guard metric at which it is taken back.</param>
/// <param name="PromotionLine">Evidence for it that the last step asks of every guard metric.</param>
/// <param name="DecisionsAtStep">Decisions under the release at this step, of all arms.</param>
/// <param name="Arms">What was seen of the candidate's arm and of the stable one.</param>
/// <param name="Units">Whether units fall into the arms as planned.</param>
/// <param name="Metrics">How each metric stands, <c>wrong</c> first.</param>
/// <param name="Tripwires">What takes it back at once.</param>
public sealed record ReleaseReportView(
    string Agent, string Release, string Candidate, int ShareBp, string Standing, double RollbackLine, double PromotionLine, long DecisionsAtStep,
    IReadOnlyList<ArmView> Arms, UnitsView Units, IReadOnlyList<MetricView> Metrics, IReadOnlyList<TripwireView> Tripwires)
{
    /// <summary>Digest of what it would replace; absent: the agent alone.</summary>
    public string? Replaces { get; init; }
    /// <summary>Code of the reason for its standing; absent when it may advance.</summary>
    public string? Code { get; init; }
    /// <summary>The reason in a sentence; absent when it may advance.</summary>
    public string? Why { get; init; }
}

/// <summary>What was seen of one arm.</summary>
/// <param name="Arm"><c>candidate</c> or <c>stable</c>.</param>
/// <param name="Units">Units: subjects, else cases, else decisions.</param>
/// <param name="Decisions">Their decisions.</param>
/// <param name="Judged">Units of which it is known how they did.</param>
/// <param name="Wrong">Of those, units with a wrong final action.</param>
public sealed record ArmView(string Arm, long Units, long Decisions, long Judged, long Wrong);

/// <summary>Whether units fall into the arms as planned.</summary>
/// <param name="InCanary">Units in the canary.</param>
/// <param name="Expected">How many were to be expected.</param>
/// <param name="Evidence">Evidence that they do not; at 1,000 the release is held.</param>
/// <param name="Broken">Whether it reached that.</param>
public sealed record UnitsView(long InCanary, double Expected, double Evidence, bool Broken);

/// <summary>How one metric stands.</summary>
/// <param name="Name">Name of the metric.</param>
/// <param name="Use"><c>guard</c> or <c>success</c>.</param>
/// <param name="Compares"><c>bad-outcomes</c> or <c>means</c>.</param>
/// <param name="Candidate">In the candidate's arm: units with a bad outcome, or the mean.</param>
/// <param name="Stable">In the stable arm.</param>
/// <param name="Units">Units of which it is known.</param>
/// <param name="Shown">Whether it is shown what the last step asks for.</param>
public sealed record MetricView(string Name, string Use, string Compares, double Candidate, double Stable, long Units, bool Shown)
{
    /// <summary>Lower end of the interval that holds at every look: candidate less stable for means, else the relative risk; absent while nothing is known.</summary>
    public double? From { get; init; }
    /// <summary>Upper end; absent while nothing is known.</summary>
    public double? To { get; init; }
    /// <summary>Evidence that the candidate does worse; absent for means.</summary>
    public double? Against { get; init; }
    /// <summary>Evidence that it does not, by the margin; absent for means.</summary>
    public double? For { get; init; }
}

/// <summary>A tripwire.</summary>
/// <param name="Metric">When an outcome is that bad.</param>
/// <param name="Touched">Units of the canary that touched it.</param>
/// <param name="Count">How many take it back.</param>
public sealed record TripwireView(string Metric, int Touched, int Count);
