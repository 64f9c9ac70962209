using Emend.Engine.Capturing.Logs;
using Emend.Logic;
using Emend.Logic.Evaluation;

namespace Emend.Engine.Serving;

/// <summary>What a client did with a decision, as one line of JSON. Shape: docs/spec/bundle-manifest.md, section 5.</summary>
internal static class ServingLines
{
    private static readonly string[] Members = ["decisionId", "at", "arm", "release", "shareBp", "bundle", "cause", "rule", "disposition", "action", "args", "inclusion", "guidance"];
    private static readonly string[] Arms = ["stable", "canary", "shadow", "holdback"];
    private static readonly string[] Causes = ["none", "kill-switch", "guardrail", "rule", "corrector"];
    private static readonly string[] Dispositions = ["keep", "override", "patch", "block", "escalate"];

    public static ReportedServing? Read(ref LineParser line)
    {
        uint seen = 0;
        string? decision = null, arm = null, release = null, bundle = null, cause = null, rule = null, disposition = null, label = null;
        long? at = null;
        double? share = null, inclusion = null;
        ActionArgs? args = null, guidance = null;
        while (line.NextMember())
        {
            if (line.Is("decisionId"u8)) { if (line.Once(ref seen, 0, "decisionId")) decision = line.Name("decisionId", pooled: false); }
            else if (line.Is("at"u8)) { if (line.Once(ref seen, 1, "at")) at = line.Instant("at"); }
            else if (line.Is("arm"u8)) { if (line.Once(ref seen, 2, "arm")) arm = line.Name("arm"); }
            else if (line.Is("release"u8)) { if (line.Once(ref seen, 3, "release")) release = line.Name("release"); }
            else if (line.Is("shareBp"u8)) { if (line.Once(ref seen, 4, "shareBp")) share = line.Number("shareBp"); }
            else if (line.Is("bundle"u8)) { if (line.Once(ref seen, 5, "bundle")) bundle = line.Name("bundle"); }
            else if (line.Is("cause"u8)) { if (line.Once(ref seen, 6, "cause")) cause = line.Name("cause"); }
            else if (line.Is("rule"u8)) { if (line.Once(ref seen, 7, "rule")) rule = line.Name("rule"); }
            else if (line.Is("disposition"u8)) { if (line.Once(ref seen, 8, "disposition")) disposition = line.Name("disposition"); }
            else if (line.Is("action"u8)) { if (line.Once(ref seen, 9, "action")) label = line.Name("action"); }
            else if (line.Is("args"u8)) { if (line.Once(ref seen, 10, "args")) args = line.Args("args"); }
            else if (line.Is("inclusion"u8)) { if (line.Once(ref seen, 11, "inclusion")) inclusion = line.Number("inclusion"); }
            else if (line.Is("guidance"u8)) { if (line.Once(ref seen, 12, "guidance")) guidance = line.Args("guidance"); }
            else line.Unknown("", Members);
        }
        line.Close();
        line.Require(decision is not null, seen, 0, "decisionId", "name the decision");
        line.Require(at is not null, seen, 1, "at", "say when, e.g. 2025-11-03T08:02:59Z");
        var (armIs, causeIs, dispositionIs) = (One(ref line, "arm", arm, Arms), One(ref line, "cause", cause, Causes), One(ref line, "disposition", disposition, Dispositions));
        if (share is { } bp && (bp is < 0 or > Assignment.AllBasisPoints || bp != Math.Floor(bp))) line.Add("shareBp", "out-of-range", "is no share", "give whole basis points, 0 to 10000", column: 1);
        if (inclusion is not (null or (> 0 and <= 1))) line.Add("inclusion", "out-of-range", "is no probability of being recorded", "give more than 0 and at most 1, or leave it out for 1", column: 1);
        var isDone = (Disposition)dispositionIs is Disposition.Keep or Disposition.Override or Disposition.Patch;
        if (isDone && label is null) line.Add("action", "missing", "is missing", "name what was done", column: 1);
        if (!isDone && (label is not null || args is { IsEmpty: false })) line.Add("action", "not-for-disposition", $"does not go with disposition {disposition}", "leave it out: nothing was done", column: 1);
        var read = guidance is { IsEmpty: false } ? GuidanceExposures.Read(guidance.Json) : null;
        if (guidance is { IsEmpty: false } && read is null) line.Add("guidance", "bad-value", "does not say what was shown", """send {"bundle":"sha256:…","shown":["g-…"],"withheld":[]} as the answer to the question for guidance had it""", column: 1);
        return !line.IsClean ? null : new(
            decision!, at!.Value, (Arm)armIs, release, (int)(share ?? 0), bundle, (Cause)causeIs, rule, (Disposition)dispositionIs, label is null ? null : new(label, args ?? ActionArgs.None), inclusion ?? 1) { Guidance = read };
    }

    private static int One(ref LineParser line, string path, string? value, string[] known)
    {
        var index = value is null ? 0 : Array.IndexOf(known, value);
        if (index < 0) line.Add(path, "unknown-value", $"is none of {string.Join(", ", known)}", Closest.Hint(value!, known) + "use one of them, or leave it out for the first", column: 1);
        return Math.Max(index, 0);
    }
}
