using System.Globalization;
using System.Text.Json;
using Emend.Engine.Evaluating;
using Emend.Engine.Evaluating.Gates;

namespace Emend.Engine.Lineage;

/// <summary>An explanation in plain words: what happened, why, what stands behind it, and what is known by now. One finding a line.</summary>
internal static class ExplanationText
{
    private const int ShownDigits = 12;

    public static IEnumerable<string> Of(DecisionExplanation one)
    {
        yield return What(one);
        if (Why(one) is { } why) yield return why;
        foreach (var predicate in one.Predicates)
            yield return $"  {predicate.Text}: {(predicate.Holds ? "yes" : "no")}{(predicate.Actual is null ? "" : $" (it was {predicate.Actual})")}";
        if (one.Bundle is { } bundle) yield return Which(one, bundle);
        foreach (var gate in one.Gates.Where(static gate => gate.Verdict != GateVerdict.NotApplicable)) yield return $"  {gate.Id} {EvaluationReport.Word(gate.Verdict)}, {gate.Says}";
        if (one.Certificate is { } certificate) yield return "The corrector acts above a certified threshold: " + Figures(certificate);
        if (Behind(one) is { } behind) yield return behind;
        if (one.Guidance is { } guidance)
        {
            yield return guidance.Shown.IsEmpty ? "The agent had asked for guidance and was shown none." : $"Before it proposed, the agent had read guidance {string.Join(", ", guidance.Shown)}.";
            if (!guidance.Withheld.IsEmpty) yield return $"Withheld from it, to learn what they are worth: {string.Join(", ", guidance.Withheld)}.";
        }
        yield return Known(one);
        if (one.DrawnWith is { } share) yield return string.Create(CultureInfo.InvariantCulture, $"It was drawn at random ({100 * share:0.###} % are), and a person looked whether it was right or wrong: it counts as proof.");
    }

    private static string What(DecisionExplanation one) => one.Outcome switch
    {
        "not-served" => $"{one.Agent} proposed {one.Proposed}. Emend recorded the decision and had no part in what was done.",
        "kept" => $"{one.Agent} proposed {one.Proposed}, and that was done.",
        "changed" => string.Equals(one.Final, one.Proposed, StringComparison.Ordinal) ? $"{one.Agent} proposed {one.Proposed}; that was done with other arguments." : $"{one.Agent} proposed {one.Proposed}; {one.Final} was done instead.",
        "blocked" => $"{one.Agent} proposed {one.Proposed}; nothing was done.",
        _ => $"{one.Agent} proposed {one.Proposed}; a person was asked instead.",
    };

    private static string? Why(DecisionExplanation one) => one.Cause switch
    {
        "kill-switch" => "The kill switch was on, or there was no logic to decide with: then the agent's own proposal stands.",
        "none" when one.Bundle is null => "No logic had been released for the agent yet, so nothing stood against its proposal.",
        "none" => "No guardrail, rule or corrector had anything to say of this case.",
        "guardrail" => $"Guardrail {one.CauseId} decided{Because(one)}",
        "rule" => $"Rule {one.CauseId} decided{Because(one)}",
        "corrector" => "No rule applied; the learned corrector was sure enough that the proposal was wrong.",
        _ => null,
    };

    private static string Because(DecisionExplanation one) => string.IsNullOrEmpty(one.Because) ? "." : ": " + one.Because.TrimEnd('.') + ".";

    private static string Which(DecisionExplanation one, string bundle)
    {
        var sha = bundle.StartsWith("sha256:", StringComparison.Ordinal) && bundle.Length > 7 + ShownDigits ? bundle[..(7 + ShownDigits)] : bundle;
        var text = $"Logic in force: bundle {sha}";
        if (one.Author is { } author) text += $", built by {author}";
        text += one.Approvers.IsEmpty ? "" : $", approved by {string.Join(" and ", one.Approvers)}";
        return text + (one.Release is null ? "." : $"; release {one.Release}, {one.Arm} of traffic.");
    }

    private static string? Behind(DecisionExplanation one)
    {
        if (one.People.IsEmpty) return null;
        var named = string.Join(", ", one.People.Select(static p => p.Corrections == 0 ? p.Name : string.Create(CultureInfo.InvariantCulture, $"{p.Name} ({p.Corrections})")));
        return one.Corrections == 0
            ? $"Written by {named}; it stands on no correction."
            : string.Create(CultureInfo.InvariantCulture, $"It stands on {one.Corrections} {(one.Corrections == 1 ? "correction" : "corrections")} by {named}.");
    }

    private static string Known(DecisionExplanation one) => (one.ProposalWasWrong, one.Truth) switch
    {
        (null, _) => "Whether that was right is not known yet.",
        (false, _) => "By now it is known that the proposal was right.",
        (true, null) => "By now it is known that the proposal was wrong; what would have been right is not.",
        (true, { } truth) => $"By now it is known that the proposal was wrong and {truth} right.",
    };

    private static string Figures(string certificate)
    {
        using var json = JsonDocument.Parse(certificate);
        return json.RootElement.ValueKind != JsonValueKind.Object ? certificate
            : string.Join(", ", json.RootElement.EnumerateObject().Where(static m => m.Value.ValueKind is JsonValueKind.Number or JsonValueKind.String).Select(static m => $"{m.Name} {m.Value}"));
    }
}
