using System.Collections.Immutable;
using System.Globalization;
using Emend.Engine.Normalizing;
using Emend.Logic.Rules;

namespace Emend.Engine.Learning.Rules;

/// <summary>From cases to rules that may act: survey, mine, test forward, gate, choose.</summary>
internal static class LearnRules
{
    /// <summary>Learns.</summary>
    public static (ImmutableArray<Rule> Rules, LearningReport Report) From(CaseTable table, LearningInput input, LearnerOptions options, WalkForward forward, CancellationToken cancel)
    {
        Survey SurveyOf(CaseTable cases) => Survey.Of(cases, input.Agent.Knows, input.Decisions);
        var survey = SurveyOf(table);
        var certificate = survey.IsVolunteered ? Certificate.None : forward.Run(table, SurveyOf, cancel);
        var refused = new List<ReportedRule>();
        var allowed = new List<Candidate>();
        foreach (var candidate in RuleMiner.Mine(table, survey, options, cancel))
        {
            var (capped, reason) = Gate(candidate, table, survey, input, certificate, options);
            if (reason is null && input.Retired.Any(retired => retired.KeepsOut(capped, table, options))) reason = RetiredRule.Reason;
            if (reason is null) allowed.Add(capped);
            else refused.Add(Describe(new(table, candidate, options), reason));
        }
        var chosen = RuleSelection.Choose(table, allowed, options, (rule, reason) => refused.Add(Describe(rule, reason)));
        var conflicts = RuleConflicts.Unsettled(chosen).ToList();
        Rule[] rules =
        [
            .. chosen.Select(r => ToRule(r, options)),
            .. chosen.SelectMany(r => RuleExceptions.Of(r, options)).DistinctBy(static r => r.Id),
            .. conflicts.Select(c => RuleConflicts.NeitherActs(c, options)),
            .. Remembered(input, options),
        ];
        return ([.. rules], new()
        {
            Cases = table.Count,
            Wrong = table.Remedy.Count(static r => r >= 0),
            IsVolunteered = survey.IsVolunteered,
            DeadProposals = [.. Enumerable.Range(0, table.Labels.Count).Where(l => table.Proposed.Contains(l) && survey.IsDead(l)).Select(l => table.Labels[l]).Order(StringComparer.Ordinal)],
            Threshold = certificate.Threshold,
            Forward = [.. certificate.Steps],
            Learned = [.. chosen.Select(static r => Describe(r, null))],
            Kept = [.. rules.Where(static r => r.Effect == RuleEffect.Keep).Select(static r => new ReportedRule(r.Id, RuleText.Of(r), 1, 0, 0, 0, r.Because))],
            Exact = rules.Count(static r => r.Origin == RuleOrigin.Exact),
            Refused = [.. refused.OrderByDescending(static r => r.Score).ThenBy(static r => r.Id, StringComparer.Ordinal)],
        });
    }

    /// <summary>Remembers single corrections and mines nothing.</summary>
    public static (ImmutableArray<Rule> Rules, LearningReport Report) Remember(LearningInput input, LearnerOptions options)
    {
        ImmutableArray<Rule> rules = [.. Remembered(input, options)];
        return (rules, new()
        {
            Cases = input.Cases.Count,
            Wrong = input.Cases.Count(static one => one.Ruling.IsWrong),
            IsVolunteered = input.Cases.All(static one => one.Ruling.IsWrong),
            Exact = rules.Length,
        });
    }

    private static IEnumerable<Rule> Remembered(LearningInput input, LearnerOptions options) =>
        ExactScope.Of(input, options).Where(rule => !input.Retired.Any(retired => retired.KeepsOut(rule)));

    private static (Candidate Candidate, string? Reason) Gate(Candidate candidate, CaseTable table, Survey survey, LearningInput input, Certificate certificate, LearnerOptions options)
    {
        if (table.Remedies[candidate.Remedy].Label is { } label && !input.Agent.Knows(label)) return (candidate, "remedy-not-in-catalogue");
        var isHighRisk = input.Agent.RiskOf(table.Remedies[candidate.Remedy].Label ?? (candidate.Scope >= 0 ? table.Labels[candidate.Scope] : "")) == RiskClass.High;
        if (candidate.IsOfDeadProposal)
        {
            bool Holds(Tally tally) => tally.Fixes >= candidate.MinFixes
                && Promise.OfDead(tally, candidate.Terms.Length, candidate.Share, survey.Right(candidate.Scope)).Score >= 1 - options.MaxBreakShare;
            return (candidate, Holds(candidate.Tally) ? Support.Lacks(candidate, table, options, isHighRisk, Holds) : "too-likely-right");
        }
        if (certificate.Threshold is not { } threshold) return (candidate, "not-certified");
        var below = survey.Confidence.Below(candidate.RightWhere(threshold));
        if (below <= 0) return (candidate, "score-below-certified");
        candidate = ConfidenceCap.On(candidate, table, below);
        if (candidate.Tally.Fixes < options.MinFixesOfDeadProposal) return (candidate, "score-below-certified");
        return (candidate, Support.Lacks(candidate, table, options, isHighRisk, tally => tally.Fixes >= options.MinFixesOfDeadProposal
            && (candidate with { Promise = Promise.Of(tally, candidate.Terms.Length, candidate.Share, candidate.RightByConfidence) }).Promise.Score >= BeamSearch.ScoreFloor));
    }

    private static Rule ToRule(DraftRule draft, LearnerOptions options)
    {
        var table = draft.Table;
        var remedy = table.Remedies[draft.Candidate.Remedy];
        var evidence = new List<string>();
        var submitters = new HashSet<string>(StringComparer.Ordinal);
        foreach (var row in Bits.Members(draft.Candidate.Cover))
        {
            if (table.Remedy[row] != draft.Candidate.Remedy) continue;
            evidence.Add(table.Cases[row].Ruling.DecisionId);
            submitters.UnionWith(table.Cases[row].Ruling.Behind);
        }
        evidence.Sort(StringComparer.Ordinal);
        return new()
        {
            Id = draft.Id,
            Origin = RuleOrigin.Mined,
            Priority = draft.Priority,
            When = draft.When,
            Effect = remedy.Effect,
            Action = remedy.Label,
            Args = remedy.Args,
            Because = Because(draft),
            EvidenceThrough = draft.EvidenceThrough,
            ExpiresAt = draft.EvidenceThrough + (long)(options.TimeToLive.TotalMilliseconds * 1000),
            Evidence = [.. evidence],
            Right = draft.Candidate.Tally.Fixes,
            Wrong = draft.Candidate.Tally.Rows - draft.Candidate.Tally.Fixes,
            Submitters = submitters.Count,
        };
    }

    private static string Because(DraftRule draft)
    {
        var tally = draft.Candidate.Tally;
        var text = string.Create(CultureInfo.InvariantCulture, $"people chose {draft.Table.Remedies[draft.Candidate.Remedy]} in {tally.Fixes} of {tally.Rows} reviewed cases like this");
        return draft.Candidate.IsOfDeadProposal
            ? text + $"; {draft.Table.Labels[draft.Candidate.Scope]} was never right"
            : text + string.Create(CultureInfo.InvariantCulture, $"; the agent was right in {tally.Breaks}");
    }

    private static ReportedRule Describe(DraftRule rule, string? reason) => new(
        rule.Id,
        RuleText.Of(rule),
        rule.Candidate.Promise.Score,
        rule.Candidate.Tally.Fixes,
        rule.Candidate.Tally.Breaks,
        rule.Candidate.Tally.Wasted,
        reason);
}
