using Emend.Engine.Evaluating.Replay;
using Emend.Engine.Evaluating.Statistics;
using Emend.Engine.Normalizing;
using static Emend.Engine.Evaluating.Gates.Figures;

namespace Emend.Engine.Evaluating.Gates;

/// <summary>
/// G4: no slice pays for the gain of the whole. Slices are fixed beforehand: the proposed and the final action, the kind of task, boolean features. In each the
/// breaks are held against the fixes (exact binomial); over all of them Holm's correction keeps chance from blocking. Slices of an action of high risk are
/// critical and block without it: a correction for looking often must not hide harm.
/// </summary>
internal static class SliceGate
{
    public const string Id = "G4";
    private const string Title = "slices";

    public static GateResult Judge(GateInput input)
    {
        var limit = input.Policy.SliceP;
        if (input.Change.IsExactOnly || input.Change.IsGuidanceOnly) return new(Id, Title, null, null, GateVerdict.NotApplicable, "generalises nothing");
        var slices = new Dictionary<Slice, ActionCounts>();
        foreach (var (slice, counts) in input.History.Slices.Concat(input.OutOfFold?.Slices ?? new Dictionary<Slice, ActionCounts>()))
        {
            var sum = slices.GetValueOrDefault(slice);
            sum.Add(counts);
            slices[slice] = sum;
        }
        var judged = slices.Where(static one => one.Value.Fixes + one.Value.Breaks > 0)
            .Select(one => (Name: one.Key.Text, one.Value.Fixes, one.Value.Breaks, P: McNemar.P(one.Value.Breaks, one.Value.Fixes), IsCritical: IsCritical(one.Key, input.Agent)))
            .OrderBy(static one => one.P).ThenBy(static one => one.Name, StringComparer.Ordinal).ToList();
        if (judged.Count == 0) return new(Id, Title, null, limit, GateVerdict.NotApplicable, "no judged change to look at by slice");

        var adjusted = 0.0;
        var harmed = new List<string>();
        for (var i = 0; i < judged.Count; i++)
        {
            adjusted = Math.Max(adjusted, Math.Min(1, (judged.Count - i) * judged[i].P));
            if (adjusted <= limit || (judged[i].IsCritical && judged[i].P <= limit)) harmed.Add(Say(judged[i].Name, judged[i].Fixes, judged[i].Breaks, judged[i].P));
        }
        var worst = judged[0];
        if (harmed.Count > 0)
        {
            var what = $"harm in {Count(harmed.Count, "slice")} of {judged.Count}: {string.Join("; ", harmed.Take(3))}";
            return input.Purpose == EvaluationPurpose.Withdraw
                ? new(Id, Title, worst.P, limit, GateVerdict.Warn, what + "; that is what the withdrawal takes back")
                : new(Id, Title, worst.P, limit, GateVerdict.Block, what);
        }
        return worst.P <= limit
            ? new(Id, Title, worst.P, limit, GateVerdict.Warn, $"{Say(worst.Name, worst.Fixes, worst.Breaks, worst.P)}: among {judged.Count} slices chance would do that, but look")
            : new(Id, Title, worst.P, limit, GateVerdict.Pass, $"{Count(judged.Count, "slice")} with judged changes, none harmed beyond chance");
    }

    private static string Say(string name, long fixes, long breaks, double p) => $"{name}: {Count(fixes, "fix", "fixes")}, {Count(breaks, "break")}, p {P(p)}";

    private static bool IsCritical(Slice slice, AgentDefinition agent) => slice.Kind is SliceKind.Proposed or SliceKind.Final && agent.RiskOf(slice.Name) == RiskClass.High;
}
