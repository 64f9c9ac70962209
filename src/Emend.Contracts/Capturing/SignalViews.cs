using System.Text.Json;

namespace Emend.Contracts.Capturing;

/// <summary>A decision as it was recorded.</summary>
/// <param name="Id">Its id.</param>
/// <param name="OccurredAt">When the agent decided.</param>
/// <param name="Agent">The agent.</param>
/// <param name="ProposedAction">Label of what it proposed.</param>
/// <param name="Masked">Whether personal content was left out: input, arguments, subject, and features that are not declared to be harmless.</param>
public sealed record DecisionView(string Id, string OccurredAt, string Agent, string ProposedAction, bool Masked)
{
    /// <summary>Kind of task.</summary>
    public string? TaskType { get; init; }
    /// <summary>How sure the agent was, 0 to 1.</summary>
    public double? Confidence { get; init; }
    /// <summary>Features.</summary>
    public JsonElement? Features { get; init; }
    /// <summary>Input text; in clear only.</summary>
    public string? Input { get; init; }
    /// <summary>Arguments of the proposed action; in clear only.</summary>
    public JsonElement? ProposedArgs { get; init; }
    /// <summary>Whom it is about; in clear only.</summary>
    public string? Subject { get; init; }
    /// <summary>Trace or case it belongs to.</summary>
    public string? CorrelationId { get; init; }
}

/// <summary>A decision and what is known of it.</summary>
/// <param name="Decision">The decision.</param>
/// <param name="Entry">Journal entry that holds it.</param>
/// <param name="Position">Its position there.</param>
/// <param name="Erased">Whether something of it was erased.</param>
/// <param name="Ruled">Whether what is known comes from a ruling.</param>
public sealed record DecisionDetail(DecisionView Decision, long Entry, int Position, bool Erased, bool Ruled)
{
    /// <summary>Whether the proposal was wrong; absent when not known.</summary>
    public bool? Wrong { get; init; }
    /// <summary>Label of the right action; absent when not known.</summary>
    public string? Truth { get; init; }
    /// <summary>What was done with it; absent when it was not served here.</summary>
    public DecidedView? Served { get; init; }
}

/// <summary>A correction as it was sent, and what became of it.</summary>
/// <param name="Id">Its id.</param>
/// <param name="DecisionId">The decision.</param>
/// <param name="Verdict"><c>confirm</c>, <c>modify</c>, <c>escalate</c> or <c>reject</c>.</param>
/// <param name="By">Who said it.</param>
/// <param name="At">When.</param>
/// <param name="Parked">Whether it waits for its decision.</param>
/// <param name="Withdrawn">Whether it was taken back.</param>
/// <param name="Masked">Whether personal content was left out: comment and arguments.</param>
public sealed record CorrectionView(string Id, string DecisionId, string Verdict, string By, string At, bool Parked, bool Withdrawn, bool Masked)
{
    /// <summary>Label of the right action, for <c>modify</c>.</summary>
    public string? Action { get; init; }
    /// <summary>Its arguments; in clear only.</summary>
    public JsonElement? Args { get; init; }
    /// <summary>Reason code.</summary>
    public string? Reason { get; init; }
    /// <summary>Free text; in clear only.</summary>
    public string? Comment { get; init; }
}

/// <summary>A signal that waits for its decision.</summary>
/// <param name="What"><c>correction</c> or <c>outcome</c>.</param>
/// <param name="Id">Id of the correction, or the outcome's metric.</param>
/// <param name="DecisionId">The decision it waits for.</param>
/// <param name="AgeSeconds">How long.</param>
public sealed record ParkedView(string What, string Id, string DecisionId, double AgeSeconds);
