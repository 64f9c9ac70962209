using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Emend.Logic.Conditions;
using Emend.Logic.Rules;

namespace Emend.Engine.Learning.Rules;

/// <summary>Two rules that hold on the same cases and want different things.</summary>
/// <param name="First">The one that is tried first.</param>
/// <param name="Second">The other.</param>
/// <param name="Overlap">Reviewed cases both hold on.</param>
/// <param name="FirstRight">Of them, cases the first would have fixed.</param>
/// <param name="SecondRight">Of them, cases the second would have fixed.</param>
internal readonly record struct RuleConflict(DraftRule First, DraftRule Second, int Overlap, int FirstRight, int SecondRight);

/// <summary>
/// Finds rules that contradict each other. Where the evidence on their overlap bears out the order of evaluation, the order settles it; where it
/// does not and both promise about the same, neither acts on the overlap: a rule that keeps the agent's action comes before both.
/// </summary>
internal static class RuleConflicts
{
    private const int MinOverlap = 3;
    private const double MinShareOfSmaller = 0.05;
    private const double AboutTheSame = 0.05;

    /// <summary>Conflicts that the order does not settle.</summary>
    public static IEnumerable<RuleConflict> Unsettled(IReadOnlyList<DraftRule> ordered)
    {
        for (var i = 0; i < ordered.Count; i++)
        {
            for (var j = i + 1; j < ordered.Count; j++)
            {
                var (first, second) = (ordered[i].Candidate, ordered[j].Candidate);
                if (first.Remedy == second.Remedy || Math.Abs(first.Promise.Score - second.Promise.Score) > AboutTheSame) continue;
                var overlap = Bits.CountBoth(first.Cover, second.Cover);
                if (overlap < Math.Max(MinOverlap, MinShareOfSmaller * Math.Min(first.Tally.Rows, second.Tally.Rows))) continue;
                int forFirst = 0, forSecond = 0;
                foreach (var row in Bits.Members(first.Cover))
                {
                    if (!Bits.Has(second.Cover, row)) continue;
                    if (ordered[i].Table.Remedy[row] == first.Remedy) forFirst++;
                    else if (ordered[i].Table.Remedy[row] == second.Remedy) forSecond++;
                }
                if (forFirst <= forSecond) yield return new(ordered[i], ordered[j], overlap, forFirst, forSecond);
            }
        }
    }

    /// <summary>The rule that keeps the agent's action where both hold.</summary>
    public static Rule NeitherActs(RuleConflict conflict, LearnerOptions options)
    {
        var (first, second) = (conflict.First, conflict.Second);
        ImmutableArray<Condition> terms = [.. Terms(first.When), .. Terms(second.When).Except(Terms(first.When))];
        var newest = Math.Max(first.EvidenceThrough, second.EvidenceThrough);
        return new()
        {
            Id = "c-" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{first.Id} {second.Id}")).AsSpan(0, 6)),
            Origin = RuleOrigin.Mined,
            Priority = first.Priority + 1,
            When = new All(terms),
            Effect = RuleEffect.Keep,
            Because = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{first.Id} and {second.Id} contradict each other here ({conflict.FirstRight} against {conflict.SecondRight} of {conflict.Overlap} reviewed cases): neither acts until people decide"),
            EvidenceThrough = newest,
            ExpiresAt = newest + RuleExceptions.Microseconds(options.TimeToLive),
        };
    }

    private static ImmutableArray<Condition> Terms(Condition when) => when is All all ? all.Terms : [when];
}
