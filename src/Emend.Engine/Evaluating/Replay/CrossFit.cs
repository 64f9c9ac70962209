using Emend.Engine.Learning;
using Emend.Engine.Normalizing;
using Emend.Logic;

namespace Emend.Engine.Evaluating.Replay;

/// <summary>What the learner would have built from these cases, with everything else (parent, configuration) unchanged. Pure.</summary>
internal delegate Bundle Rebuild(IReadOnlyList<LearningCase> cases);

/// <summary>
/// Independent evidence from the very cases a candidate was built from: each fifth of them is scored by logic built without it.
/// </summary>
/// <remarks>
/// Folds are blocks of time, not random rows, and a unit (subject, else trace) never straddles two of them: the same customer
/// writing twice must not vouch for itself. What is measured is the learner on this data, slightly to its disadvantage since
/// each build sees four fifths. See docs/decisions/2026-11-22-independent-evidence.md.
/// </remarks>
internal static class CrossFit
{
    /// <summary>Number of folds. Five keeps four fifths of a small team's cases for learning.</summary>
    public const int Folds = 5;

    /// <summary>Scores every case by a bundle built without its fold.</summary>
    public static async Task<ReplayResult> RunAsync(IReadOnlyList<LearningCase> cases, Rebuild rebuild, CompiledPolicy? incumbent, ReplayOptions options, CancellationToken cancel)
    {
        var fold = Assign(cases, Folds);
        var total = new ReplayTally(0, 0, options.Examples);
        for (var i = 0; i < Folds; i++)
        {
            var kept = new List<LearningCase>(cases.Count);
            var left = new List<ReplayCase>();
            for (var c = 0; c < cases.Count; c++)
            {
                if (fold[c] == i) left.Add(ReplayCase.Reviewed(cases[c], CaseEvidence.CrossFitted));
                else kept.Add(cases[c]);
            }
            if (left.Count == 0) continue;
            var built = new CompiledPolicy(rebuild(kept));
            var result = await ReplayRun.OverAsync(left, incumbent, built, options with { Progress = null }, cancel).ConfigureAwait(false);
            total.AddPairs(result.Tally);
        }
        return new(total, candidate: null);
    }

    /// <summary>The fold of each case: units in order of their first case, cut into blocks of about equal size.</summary>
    internal static int[] Assign(IReadOnlyList<LearningCase> cases, int folds)
    {
        var order = Enumerable.Range(0, cases.Count)
            .OrderBy(i => cases[i].Decision.OccurredAt)
            .ThenBy(i => cases[i].Decision.Id, StringComparer.Ordinal)
            .ToArray();
        var units = new Dictionary<string, List<int>>(StringComparer.Ordinal);
        var inOrder = new List<List<int>>();
        foreach (var i in order)
        {
            var unit = UnitOf(cases[i].Decision);
            if (!units.TryGetValue(unit, out var members))
            {
                units[unit] = members = [];
                inOrder.Add(members);
            }
            members.Add(i);
        }

        var fold = new int[cases.Count];
        var placed = 0;
        foreach (var members in inOrder)
        {
            var block = Math.Min(folds - 1, (int)((long)placed * folds / cases.Count));
            foreach (var i in members) fold[i] = block;
            placed += members.Count;
        }
        return fold;
    }

    private static string UnitOf(Decision decision) => decision.Subject ?? decision.CorrelationId ?? decision.Id;
}
