using Emend.Engine.Evaluating.Replay;
using Emend.Engine.Normalizing;
using Emend.Logic.Rules;
using static Emend.Engine.Evaluating.Gates.Figures;

namespace Emend.Engine.Evaluating.Gates;

/// <summary>
/// G6: no single person moves the logic. Every generalised rule stands on enough distinct people, and the gain survives taking out
/// all that any one of them said.
/// </summary>
internal static class ProvenanceGate
{
    public const string Id = "G6";
    private const string Title = "provenance";

    public static GateResult Judge(GateInput input)
    {
        var least = Math.Max(1, input.Agent.Envelope.MinSubmitters);
        if (input.IsAutomatic && input.Change.Added.Any(static rule => rule.Origin == RuleOrigin.Written))
            return new(Id, Title, null, least, GateVerdict.InsufficientEvidence, "it brings a rule that a person wrote: another person has to approve it");
        var mined = input.Change.Added.Where(static rule => rule.Origin == RuleOrigin.Mined).ToArray();
        if (mined.Length == 0)
            return new(Id, Title, null, least, GateVerdict.NotApplicable, "no new generalised rule; approval by somebody other than the author covers the rest");

        var thin = mined.Where(rule => rule.Submitters < least).Select(static rule => rule.Id).ToArray();
        // Where nobody looks, or much is at stake, thin provenance is a refusal; elsewhere a person may take it on knowingly.
        var weak = input.IsAutomatic || input.Risk == RiskClass.High ? GateVerdict.Block : GateVerdict.InsufficientEvidence;
        var fewest = mined.Min(static rule => rule.Submitters);
        if (thin.Length > 0)
            return new(Id, Title, fewest, least, weak, $"{Count(thin.Length, "new rule")} of {mined.Length} stand on fewer than {Count(least, "person", "people")}: {List(thin)}");
        if (DependsOnOne(input))
            return new(Id, Title, 1, least, weak, "without what one single person submitted, it would no longer fix more than it breaks");
        return new(Id, Title, fewest, least, GateVerdict.Pass, $"every new rule stands on at least {Count(fewest, "person", "people")}, and the gain on no single one");
    }

    /// <summary>Whether removing one person's cases turns more fixes than breaks into no more fixes than breaks.</summary>
    internal static bool DependsOnOne(GateInput input)
    {
        var all = input.Independent;
        if (all.Fixes <= all.Breaks) return false;
        var people = new Dictionary<string, PairCounts>(StringComparer.Ordinal);
        foreach (var result in new[] { input.History, input.OutOfFold })
        {
            if (result is null) continue;
            foreach (var (who, counts) in result.Submitters) people[who] = people.GetValueOrDefault(who) + counts;
        }
        return people.Count > 1 && people.Values.Any(own => all.Fixes - own.Fixes <= all.Breaks - own.Breaks);
    }
}
