using System.Text.Json;

namespace Emend.Contracts.Trust;

/// <summary>Those who correct, and what is known of them.</summary>
/// <param name="Submitters">Those who corrected most first.</param>
public sealed record SubmittersView(IReadOnlyList<SubmitterView> Submitters);

/// <summary>Somebody who corrects.</summary>
/// <param name="Name">Name; a pseudonym once it was erased.</param>
/// <param name="Pseudonym">As alerts name them.</param>
/// <param name="Corrections">Corrections and confirmations that stand.</param>
/// <param name="Changes">Of those, ones that say otherwise than the agent.</param>
/// <param name="Weight">What their word is worth, 0 to 1: the lowest of all agents.</param>
/// <param name="Suspect">Whether somebody should look whether they belong into quarantine.</param>
/// <param name="Agents">What is known of them, by agent.</param>
public sealed record SubmitterView(string Name, string Pseudonym, long Corrections, long Changes, double Weight, bool Suspect, IReadOnlyList<AgentTrustView> Agents)
{
    /// <summary>Since when they are in quarantine; absent: they are not.</summary>
    public string? QuarantinedSince { get; init; }
}

/// <summary>What is known of somebody in the work on one agent.</summary>
/// <param name="Agent">The agent.</param>
/// <param name="Right">Right answers where the answer is known, older ones for less.</param>
/// <param name="Wrong">Wrong ones.</param>
/// <param name="Weight">What their word is worth there.</param>
/// <param name="Findings">Where they turn an action into another far more often than others.</param>
public sealed record AgentTrustView(string Agent, double Right, double Wrong, double Weight, IReadOnlyList<RateFindingView> Findings)
{
    /// <summary>What learning from their newest cases does to what others vouch for, where it does harm; absent: none that is known.</summary>
    public BatchFindingView? Batch { get; init; }
}

/// <summary>What learning from somebody's newest corrections does to cases that others vouch for.</summary>
/// <param name="Corrections">Corrections that were tried.</param>
/// <param name="Vouched">Cases they were tried on.</param>
/// <param name="Worse">Mean extra surprise with them, in nats.</param>
/// <param name="Error">Its standard error.</param>
/// <param name="Flipped">Vouched cases that come out right without them and wrong with them, less those the other way round.</param>
public sealed record BatchFindingView(int Corrections, int Vouched, double Worse, double Error, int Flipped);

/// <summary>Somebody turns an action into another far more often than others find reason to.</summary>
/// <param name="Proposed">The action.</param>
/// <param name="Said">Into what.</param>
/// <param name="Count">How often.</param>
/// <param name="Of">Decisions with that proposal meanwhile.</param>
/// <param name="OthersSaid">How often others said so.</param>
/// <param name="OthersLooked">Of so many they looked at.</param>
/// <param name="P">Chance of it.</param>
public sealed record RateFindingView(string Proposed, string Said, int Count, int Of, int OthersSaid, int OthersLooked, double P)
{
    /// <summary>People it was found of together, this one among them; counts are those of all of them. 1: of this one alone, and their corrections of that action are held back.</summary>
    public int People { get; init; } = 1;
}

/// <summary>Whose word carries a bundle.</summary>
/// <param name="Bundle">Its digest.</param>
/// <param name="Rules">Learned rules and those behind them.</param>
/// <param name="People">People without whom it was built again, those first without whom most comes out differently.</param>
public sealed record InfluenceView(string Bundle, IReadOnlyList<RuleInfluenceView> Rules, IReadOnlyList<PersonInfluenceView> People);

/// <summary>Whose word carries a rule.</summary>
/// <param name="Rule">Id of the rule.</param>
/// <param name="Acts">Decisions of the cases on which it acts.</param>
/// <param name="LargestShare">Share of its cases that rests on the strongest supporter, 0 to 1.</param>
/// <param name="Supporters">Supporters, the strongest first.</param>
/// <param name="FallsWithout">People without any one of whom it no longer does what it does.</param>
public sealed record RuleInfluenceView(string Rule, int Acts, double LargestShare, IReadOnlyList<SupporterView> Supporters, IReadOnlyList<string> FallsWithout);

/// <summary>Somebody behind a rule.</summary>
/// <param name="Name">Name.</param>
/// <param name="Cases">Cases of the rule that rest on them, alone or with others.</param>
public sealed record SupporterView(string Name, int Cases);

/// <summary>What one person's word does to a bundle.</summary>
/// <param name="Name">Name.</param>
/// <param name="Rules">Rules that fall without them.</param>
/// <param name="Changed">Decisions of the cases that come out differently without them.</param>
public sealed record PersonInfluenceView(string Name, int Rules, int Changed);

/// <summary>What somebody's quarantine undoes.</summary>
/// <param name="Pseudonym">Who.</param>
/// <param name="Agents">By agent they corrected.</param>
public sealed record QuarantineView(string Pseudonym, IReadOnlyList<QuarantineEffectView> Agents);

/// <summary>What somebody's quarantine does to one agent.</summary>
/// <param name="Agent">The agent.</param>
/// <param name="Corrections">Corrections of theirs that count no longer.</param>
/// <param name="RulesRemoved">Rules that go.</param>
/// <param name="RulesAdded">Rules that come.</param>
public sealed record QuarantineEffectView(string Agent, int Corrections, int RulesRemoved, int RulesAdded)
{
    /// <summary>Digest of what is served; absent: nothing learned is.</summary>
    public string? Served { get; init; }
    /// <summary>Digest of the candidate without their word; absent: nothing has to be rebuilt.</summary>
    public string? Instead { get; init; }
    /// <summary>Decisions of the history that come out differently.</summary>
    public long? ChangedDecisions { get; init; }
}

/// <summary>Gold items: decisions whose answer is known beforehand.</summary>
/// <param name="Items">By agent and decision.</param>
public sealed record GoldView(IReadOnlyList<GoldItemView> Items);

/// <summary>A decision whose answer is known.</summary>
/// <param name="DecisionId">The decision.</param>
/// <param name="Agent">Its agent.</param>
/// <param name="Answer">What should have been done.</param>
/// <param name="AddedAt">Since when it is one.</param>
public sealed record GoldItemView(string DecisionId, string Agent, string Answer, string AddedAt);

/// <summary>Takes a decision as one whose answer is known.</summary>
/// <param name="DecisionId">The decision.</param>
/// <param name="Answer">What should have been done; the proposed action where that was right.</param>
/// <param name="Why">How the answer is known.</param>
public sealed record GoldBody(string DecisionId, string Answer, string Why)
{
    /// <summary>Arguments of the answer.</summary>
    public JsonElement? Args { get; init; }
}
