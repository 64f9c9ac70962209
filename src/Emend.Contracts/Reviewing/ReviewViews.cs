using System.Text.Json;

namespace Emend.Contracts.Reviewing;

/// <summary>A decision that waits for a person.</summary>
/// <param name="DecisionId">The decision.</param>
/// <param name="Lane"><c>fast</c>, <c>review</c> or <c>escalated</c>.</param>
/// <param name="WhyAsked">Why a person is asked.</param>
/// <param name="Since">Since when.</param>
/// <param name="Corrections">Ids of the corrections to rule on.</param>
public sealed record ReviewView(string DecisionId, string Lane, string WhyAsked, string Since, IReadOnlyList<string> Corrections)
{
    /// <summary>Probability with which the decision was drawn at random for review, above 0 and at most 1; absent when it was not.</summary>
    public double? Propensity { get; init; }
    /// <summary>What a look is worth, 0 to 5.1; where the list is ordered by value, of what was not drawn.</summary>
    public double? Worth { get; init; }
    /// <summary>Why it stands where it does; where the list is ordered by value.</summary>
    public string? WhyHere { get; init; }
}

/// <summary>How the decisions of an agent stand that were drawn at random for review.</summary>
/// <param name="Agent">The agent.</param>
/// <param name="Share">Share of its decisions that are drawn now, 0 to 1.</param>
/// <param name="MaxOpen">Drawn decisions that may wait at a time.</param>
/// <param name="Drawn">Drawn so far.</param>
/// <param name="Answered">Of them, those a person ruled.</param>
/// <param name="Counting">Of those, the ones that prove something: answers count in the order in which decisions were drawn.</param>
public sealed record AuditsView(string Agent, double Share, int MaxOpen, long Drawn, long Answered, long Counting)
{
    /// <summary>The decision drawn first that nobody ruled yet; absent when all are answered.</summary>
    public string? OldestOpen { get; init; }
}

/// <summary>A ruling that policy accepted and that is worth a second look.</summary>
/// <param name="DecisionId">The decision.</param>
/// <param name="Agent">Its agent.</param>
/// <param name="Ruled">What was accepted.</param>
/// <param name="Likelier">What cases like it were ruled.</param>
/// <param name="Margin">How much likelier, 0 to 1.</param>
/// <param name="WhyAsked">Why a person is asked.</param>
/// <param name="Corrections">Ids of the corrections behind it.</param>
public sealed record DoubtView(string DecisionId, string Agent, string Ruled, string Likelier, double Margin, string WhyAsked, IReadOnlyList<string> Corrections);

/// <summary>A person rules what was right.</summary>
/// <param name="Verdict"><c>confirm</c> (the proposal was right), <c>modify</c> (another action was) or <c>reject</c> (it was wrong, no better is known).</param>
/// <param name="Why">The reason.</param>
public sealed record RulingBody(string Verdict, string Why)
{
    /// <summary>Label of the right action, for <c>modify</c>.</summary>
    public string? Action { get; init; }
    /// <summary>Its arguments.</summary>
    public JsonElement? Args { get; init; }
}

/// <summary>Where a decision stands after a ruling.</summary>
/// <param name="DecisionId">The decision.</param>
/// <param name="Wrong">Whether the proposal was wrong.</param>
public sealed record RulingView(string DecisionId, bool Wrong)
{
    /// <summary>Label of the right action, when known.</summary>
    public string? Truth { get; init; }
}

/// <summary>Takes a correction back.</summary>
/// <param name="Why">The reason.</param>
/// <param name="Shown">Name of the difference that was shown: <c>shown</c> of the preview.</param>
public sealed record WithdrawalBody(string Why, string Shown);

/// <summary>What taking a correction back changes.</summary>
/// <param name="Shown">Names exactly this difference; send it with the withdrawal.</param>
/// <param name="RulesRemoved">Rules that go.</param>
/// <param name="RulesAdded">Rules that come.</param>
public sealed record WithdrawalView(string Shown, int RulesRemoved, int RulesAdded)
{
    /// <summary>The agent; absent while the decision has not arrived.</summary>
    public string? Agent { get; init; }
    /// <summary>Digest of what is served; absent: nothing learned is.</summary>
    public string? Served { get; init; }
    /// <summary>Digest of what would be served instead; absent: nothing has to be.</summary>
    public string? Instead { get; init; }
    /// <summary>Decisions of the history that come out differently.</summary>
    public long? ChangedDecisions { get; init; }
    /// <summary>Of those, wrong before and right now.</summary>
    public long? Fixes { get; init; }
    /// <summary>Of those, right before and wrong now.</summary>
    public long? Breaks { get; init; }
    /// <summary>Result of the rebuilt bundle's evaluation; after a withdrawal that rebuilt one.</summary>
    public string? Evaluation { get; init; }
}
