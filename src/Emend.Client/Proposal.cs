using Emend.Logic;
using Emend.Logic.Guidance;

namespace Emend.Client;

/// <summary>What an agent is about to do, before it does it.</summary>
/// <param name="Context">What it knows.</param>
/// <param name="Action">What it wants to do.</param>
public readonly record struct Proposal(Context Context, AgentAction Action)
{
    /// <summary>How sure it is, 0 to 1; null when it does not say.</summary>
    public double? Confidence { get; init; }

    /// <summary>Id of the decision, unique in the workspace, 1 to 200 characters; null: one is made.</summary>
    public string? DecisionId { get; init; }

    /// <summary>Whom the decision is about (customer, session). Decisions of one subject fall on one side of a release, always; null: the case or the decision itself counts.</summary>
    public string? Subject { get; init; }

    /// <summary>Guidance the agent had read (<see cref="EmendClient.Guidance(Context, string?)"/>); null: none.</summary>
    public GuidanceExposure? Guidance { get; init; }

    /// <summary>Trace or case it belongs to.</summary>
    public string? CorrelationId { get; init; }
}
