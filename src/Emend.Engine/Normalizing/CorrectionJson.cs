using System.Text;
using Emend.Logic;

namespace Emend.Engine.Normalizing;

/// <summary>The canonical body of a correction: what makes two deliveries the same signal.</summary>
internal static class CorrectionJson
{
    /// <summary>Names of the verdicts on the wire.</summary>
    public static string Name(CorrectionVerdict verdict) => verdict switch
    {
        CorrectionVerdict.Confirm => "confirm",
        CorrectionVerdict.Modify => "modify",
        CorrectionVerdict.Escalate => "escalate",
        _ => "reject",
    };

    /// <summary>The verdict of a name.</summary>
    /// <exception cref="ArgumentException">There is no such verdict.</exception>
    public static CorrectionVerdict Verdict(string name) => name switch
    {
        "confirm" => CorrectionVerdict.Confirm,
        "modify" => CorrectionVerdict.Modify,
        "escalate" => CorrectionVerdict.Escalate,
        "reject" => CorrectionVerdict.Reject,
        _ => throw new ArgumentException($"'{name}' is no verdict", nameof(name)),
    };

    /// <summary>Canonical JSON of everything the sender said, key and source left out.</summary>
    public static string Body(Correction correction)
    {
        var json = new StringBuilder(256).Append('{');
        if (correction.Action is { } action)
        {
            Member(json, "action", action.Label);
            if (!action.Args.IsEmpty) json.Append("\"args\":").Append(action.Args.Json).Append(',');
        }
        Member(json, "at", CanonicalJson.Instant(correction.At));
        Member(json, "by", correction.By);
        Member(json, "comment", correction.Comment);
        Member(json, "decisionId", correction.DecisionId);
        Member(json, "reason", correction.Reason);
        Member(json, "verdict", Name(correction.Verdict));
        json.Length--;
        return json.Append('}').ToString();
    }

    private static void Member(StringBuilder json, string name, string? value)
    {
        if (value is null) return;
        json.Append('"').Append(name).Append("\":");
        CanonicalJson.AppendQuoted(json, value);
        json.Append(',');
    }
}
