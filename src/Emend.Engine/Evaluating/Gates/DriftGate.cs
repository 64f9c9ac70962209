using Emend.Logic;
using static Emend.Engine.Evaluating.Gates.Figures;

namespace Emend.Engine.Evaluating.Gates;

/// <summary>G8: nothing is built upon what was found to do harm. Logic of the incumbent that is suspended must not come again in the candidate.</summary>
internal static class DriftGate
{
    public const string Id = "G8";
    private const string Title = "drift";

    public static GateResult Judge(GateInput input)
    {
        if (input.Suspended.Count == 0 && input.Alarms.Count == 0) return new(Id, Title, 0, 0, GateVerdict.Pass, "nothing that acts is suspended, and no alarm is open");
        var again = input.Suspended.Where(id => id == Suspension.Corrector ? input.Candidate.Corrector is not null : input.Candidate.Rules.Any(rule => rule.Id == id)).ToList();
        if (again.Count > 0)
        {
            var what = $"{List(again)} {(again.Count == 1 ? "is" : "are")} suspended for doing harm and stand{(again.Count == 1 ? "s" : "")} in the candidate; restore what was suspended wrongly (`emend release restore`), or withdraw what it rests on";
            return new(Id, Title, again.Count, 0, input.Purpose == EvaluationPurpose.Withdraw ? GateVerdict.Warn : input.IsAutomatic || input.Risk == Normalizing.RiskClass.High ? GateVerdict.Block : GateVerdict.InsufficientEvidence, what);
        }
        return input.Alarms.Count > 0
            ? new(Id, Title, input.Alarms.Count, 0, GateVerdict.Warn, $"an alarm is open on {List(input.Alarms)}: what was measured before it may hold no longer")
            : new(Id, Title, 0, 0, GateVerdict.Pass, $"{List(input.Suspended)} {(input.Suspended.Count == 1 ? "is" : "are")} suspended, and not in the candidate");
    }
}
