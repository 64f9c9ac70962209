using Emend.Engine.Learning;
using Emend.Engine.Normalizing;
using Emend.Engine.Reviewing;
using Emend.Engine.Storage;

namespace Emend.Engine.Trust;

/// <summary>What is known of somebody in the work on one agent.</summary>
/// <param name="Agent">The agent.</param>
/// <param name="Trust">What was measured; null: nothing.</param>
/// <param name="Findings">Where they turn an action into another far more often than others, alone or together with some.</param>
internal sealed record AgentTrust(string Agent, ReviewerTrust? Trust, IReadOnlyList<RateFinding> Findings)
{
    /// <summary>What learning from their newest cases does to what others vouch for, where it does harm; null: none that is known.</summary>
    public BatchFinding? Batch { get; init; }

    /// <summary>Whether there is anything to say.</summary>
    public bool IsEmpty => Trust is null && Findings.Count == 0 && Batch is null;
}

/// <summary>Somebody who corrects, and what is known of them.</summary>
internal sealed record PersonTrust(Submitter Submitter, string Name, IReadOnlyList<AgentTrust> Agents)
{
    /// <summary>Lowest weight of their word with any agent.</summary>
    public double Weight => Agents.Select(static one => one.Trust?.Weight ?? 1).DefaultIfEmpty(1).Min();

    /// <summary>Whether somebody should look whether they belong into quarantine.</summary>
    public bool IsSuspect => Submitter.QuarantinedSince is null && Agents.Any(static one => one.Findings.Count > 0 || one.Batch is { IsAlarming: true });
}

/// <summary>Shows what is known of those who correct.</summary>
internal sealed class ListTrust(IWorkspaceStore store, TrustBook book, Agents agents, LearningCases cases)
{
    /// <summary>Those who corrected most. Reads everything that was ever said.</summary>
    public IReadOnlyList<PersonTrust> Everybody(int limit)
    {
        var byAgent = agents.All().Select(agent =>
        {
            List<LearningCase> said = [.. cases.Read(agent.Id)];
            var ground = book.GroundOf(agent.Id, store.Size);
            return (agent.Id, Trusted: WeighCases.Of(said, ground, TrustPolicy.Default), Hints: WeighCases.Hints(said, ground, TrustPolicy.Default));
        }).ToArray();
        return [.. book.Submitters(limit).Select(submitter =>
        {
            var name = book.NameOf(submitter.Principal);
            var known = byAgent.Select(one => new AgentTrust(one.Id, one.Trusted.People.GetValueOrDefault(name), [.. one.Trusted.Findings.Concat(one.Hints.Together).Where(f => string.Equals(f.By, name, StringComparison.Ordinal))])
            {
                Batch = one.Hints.Batches.FirstOrDefault(b => b.IsHarmful && string.Equals(b.By, name, StringComparison.Ordinal)),
            });
            return new PersonTrust(submitter, name, [.. known.Where(static one => !one.IsEmpty)]);
        })];
    }

    /// <summary>One of them; null when nobody of that name or pseudonym corrected anything.</summary>
    public PersonTrust? Find(string name) =>
        book.Find(name) is { } principal ? Everybody(int.MaxValue).FirstOrDefault(one => one.Submitter.Principal == principal) : null;
}
