using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Emend.Engine.Journal;
using Emend.Engine.Normalizing;
using Emend.Logic;

namespace Emend.Engine.Learning.DataSets;

/// <summary>A ruling as one row, as JSON or as a line of a table. Fields beyond the revealed class are missing, never empty in disguise.</summary>
internal sealed class RulingRow(AgentDefinition agent, FieldClass revealed)
{
    private static readonly string[] Columns =
        ["id", "occurredAt", "agent", "taskType", "input", "proposedAction", "proposedArgs", "confidence", "subject", "wrong", "truthAction", "truthArgs", "weight", "ruledAt", "ruledBy", "corrections", "submitters", "part"];

    // Declared features have a column each; what nobody declared shares one.
    private readonly ImmutableArray<string> _declared = [.. agent.Schema.Features.Where(feature => feature.Class <= revealed).Select(static feature => feature.Name)];

    /// <summary>Whether a feature may be shown; what nobody declared is personal.</summary>
    public bool Shows(string feature) => (agent.Schema.Find(feature)?.Class ?? FieldClass.Personal) <= revealed;

    /// <summary>Whether texts, arguments and subjects may be shown.</summary>
    public bool ShowsPersonal => revealed >= FieldClass.Personal;

    /// <summary>The features that may be shown, canonical JSON.</summary>
    public string Features(Context context) =>
        "{" + string.Join(',', context.Features.Where(feature => Shows(feature.Name)).Select(static feature => CanonicalJson.Quote(feature.Name) + ":" + CanonicalJson.Text(feature.Value))) + "}";

    /// <summary>One JSON object.</summary>
    public string Json(LearningCase reviewed, string part)
    {
        var (decision, ruling) = reviewed;
        var row = new StringBuilder("{\"id\":").Append(CanonicalJson.Quote(decision.Id));
        row.Append(",\"occurredAt\":\"").Append(CanonicalJson.Instant(decision.OccurredAt)).Append("\",\"agent\":").Append(CanonicalJson.Quote(decision.Agent));
        if (decision.Context.TaskType is { } task) row.Append(",\"taskType\":").Append(CanonicalJson.Quote(task));
        if (ShowsPersonal && decision.Context.Text is { } text) row.Append(",\"input\":").Append(CanonicalJson.Quote(text));
        row.Append(",\"features\":").Append(Features(decision.Context)).Append(",\"proposed\":").Append(Action(decision.Proposed));
        if (decision.Confidence is { } confidence) row.Append(",\"confidence\":").Append(CanonicalJson.Number(confidence));
        if (ShowsPersonal && decision.Subject is { } subject) row.Append(",\"subject\":").Append(CanonicalJson.Quote(subject));
        row.Append(",\"wrong\":").Append(ruling.IsWrong ? "true" : "false").Append(",\"truth\":").Append(ruling.Truth is { } truth ? Action(truth) : "null");
        row.Append(",\"weight\":").Append(CanonicalJson.Number(reviewed.Weight)).Append(",\"ruledAt\":\"").Append(CanonicalJson.Instant(ruling.At)).Append("\",\"ruledBy\":").Append(CanonicalJson.Quote(ruling.By));
        row.Append(",\"corrections\":[").AppendJoin(',', ruling.Corrections.Select(CanonicalJson.Quote)).Append("],\"submitters\":[").AppendJoin(',', ruling.Submitters.Select(CanonicalJson.Quote)).Append(']');
        if (part.Length > 0) row.Append(",\"part\":").Append(CanonicalJson.Quote(part));
        return row.Append('}').ToString();
    }

    /// <summary>The head of the table.</summary>
    public string Head() => Cells([.. Columns, .. _declared.Select(static name => "feature." + name), .. HasOthers ? ["features"] : Array.Empty<string>()]);

    /// <summary>One line of the table.</summary>
    public string Line(LearningCase reviewed, string part)
    {
        var (decision, ruling) = reviewed;
        var cells = new List<string?>
        {
            decision.Id, CanonicalJson.Instant(decision.OccurredAt), decision.Agent, decision.Context.TaskType, ShowsPersonal ? decision.Context.Text : null,
            decision.Proposed.Label, Args(decision.Proposed), decision.Confidence is { } confidence ? CanonicalJson.Number(confidence) : null, ShowsPersonal ? decision.Subject : null,
            ruling.IsWrong ? "true" : "false", ruling.Truth?.Label, Args(ruling.Truth), CanonicalJson.Number(reviewed.Weight), CanonicalJson.Instant(ruling.At), ruling.By,
            string.Join(' ', ruling.Corrections), string.Join(' ', ruling.Submitters), part,
        };
        foreach (var name in _declared)
        {
            var value = decision.Context[name];
            cells.Add(value.Kind switch { FeatureKind.Missing => null, FeatureKind.String => value.AsString, FeatureKind.Timestamp => CanonicalJson.Instant(value.AsMicroseconds), _ => CanonicalJson.Text(value) });
        }
        if (HasOthers)
        {
            var others = decision.Context.Features.Where(feature => agent.Schema.Find(feature.Name) is null).Select(static feature => CanonicalJson.Quote(feature.Name) + ":" + CanonicalJson.Text(feature.Value)).ToList();
            cells.Add(others.Count == 0 ? null : "{" + string.Join(',', others) + "}");
        }
        return Cells(cells);
    }

    /// <summary>A cell as RFC 4180 writes it, made harmless for spreadsheets: what would begin a formula begins with an apostrophe. Numbers stay numbers.</summary>
    public static string Cell(string? value)
    {
        if (string.IsNullOrEmpty(value)) return "";
        // Also behind white space, and in the full-width forms that some spreadsheets take for the same.
        var first = value.AsSpan().TrimStart();
        var isFormula = value[0] is '\t' or '\r' or '\n' || (first.Length > 0 && first[0] is '=' or '+' or '-' or '@' or '＝' or '＋' or '－' or '＠');
        if (isFormula && !double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out _)) value = "'" + value;
        return value.AsSpan().IndexOfAny(",\"\r\n") < 0 && value[0] != ' ' && value[^1] != ' ' ? value : "\"" + value.Replace("\"", "\"\"", StringComparison.Ordinal) + "\"";
    }

    private bool HasOthers => ShowsPersonal && agent.Schema.IsOpen;

    private static string Cells(IEnumerable<string?> cells) => string.Join(',', cells.Select(Cell));

    private string? Args(AgentAction? action) => ShowsPersonal && action is { Args.IsEmpty: false } ? action.Args.Json : null;

    private string Action(AgentAction action) => "{\"action\":" + CanonicalJson.Quote(action.Label) + (ShowsPersonal && !action.Args.IsEmpty ? ",\"args\":" + action.Args.Json : "") + "}";
}
