using Emend.Engine.Evaluating.Replay;
using Emend.Engine.Learning;
using Emend.Logic;
using Emend.Logic.Evaluation;
using Emend.Logic.Rules;

namespace Emend.Engine.Evaluating;

/// <summary>What people found of a mined rule, on decisions drawn at random that it covers.</summary>
/// <param name="Rule">Id of the rule.</param>
/// <param name="Looked">Drawn decisions looked at, at most <see cref="Plan"/>.</param>
/// <param name="Right">Of them, those in which it would have been right.</param>
internal sealed record ActivationAudit(string Rule, int Looked, int Right)
{
    /// <summary>Decisions the plan looks at, and how many have to be right. P(28 or more of 30 right) is 0.044 where the rule is right in 80 %.</summary>
    public const int Plan = 30, LeastRight = 28;

    /// <summary>Whether it is through.</summary>
    public bool IsPassed => Looked >= Plan && Right >= LeastRight;

    /// <summary>Whether it cannot pass any more.</summary>
    public bool IsFailed => Looked - Right > Plan - LeastRight;

    /// <summary>Looks.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="since">When it was first proposed, microseconds since 1970 UTC: nothing decided by then counts, since it may have been mined from it.</param>
    /// <param name="cases">The agent's cases; those that were drawn and answered count.</param>
    public static ActivationAudit Of(Rule rule, long since, IReadOnlyList<LearningCase> cases)
    {
        var evidence = rule.Evidence.ToHashSet(StringComparer.Ordinal);
        var behind = cases.Where(one => evidence.Contains(one.Decision.Id) || one.Ruling.Corrections.Any(evidence.Contains)).ToList();
        // Who ruled on what others had said does not stand behind it; who spoke first, or alone, does.
        var supporters = behind.SelectMany(static one => one.Ruling.Submitters.IsEmpty ? [one.Ruling.By] : one.Ruling.Submitters).ToHashSet(StringComparer.Ordinal);
        var alone = new CompiledPolicy(new Bundle { Agent = "audit", Rules = [rule] });
        var (looked, right) = (0, 0);
        foreach (var one in cases.Where(one => one.Propensity is not null && one.Decision.OccurredAt > since && !evidence.Contains(one.Decision.Id) && !supporters.Contains(one.Ruling.By))
            .OrderBy(static one => one.Decision.OccurredAt).ThenBy(static one => one.Decision.Id, StringComparer.Ordinal))
        {
            if (looked == Plan) break;
            var final = alone.Decide(one.Decision, out var verdict);
            if (verdict.Cause != Cause.Rule) continue;
            looked++;
            var known = ReplayCase.Reviewed(one, CaseEvidence.HeldOut);
            // To stop or to ask is right where the proposal was wrong.
            if (final is null ? one.Ruling.IsWrong : known.ScoreOf(final) == Score.Right) right++;
        }
        return new(rule.Id, looked, right);
    }
}
