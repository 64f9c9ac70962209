using System.Text.Json;
using Emend.Cli.Output;
using Emend.Engine;
using Emend.Engine.Releasing;
using Emend.Logic;

namespace Emend.Cli.Commands.Learning;

/// <summary>A registry entry for machines.</summary>
internal static class CandidateJson
{
    public static void Write(Utf8JsonWriter json, EmendEngine engine, Candidate candidate)
    {
        json.WriteStartObject();
        json.WriteString("digest", candidate.Digest);
        json.WriteString("agent", candidate.Agent);
        json.WriteString("state", Format.Words(candidate.State));
        json.WriteString("author", engine.Ledger.NameOf(candidate.Author));
        json.WriteString("parent", candidate.Parent);
        json.WriteString("dataSet", candidate.DataSet);
        json.WriteNumber("records", candidate.Records);
        json.WriteString("builtAt", CanonicalJson.Instant(candidate.BuiltAt));
        if (candidate.Evaluation is { } evaluation)
        {
            json.WriteStartObject("evaluation");
            json.WriteString("report", evaluation.Report);
            json.WriteString("result", Format.Words(evaluation.Result));
            json.WriteString("incumbent", evaluation.Incumbent);
            json.WriteString("risk", Format.Words(evaluation.Risk));
            json.WriteString("by", engine.Ledger.NameOf(evaluation.By));
            json.WriteString("at", CanonicalJson.Instant(evaluation.At));
            json.WriteEndObject();
        }
        json.WriteNumber("approvalsNeeded", candidate.ApprovalsNeeded);
        json.WriteStartArray("approvals");
        foreach (var approval in candidate.Approvals)
        {
            json.WriteStartObject();
            json.WriteString("by", engine.Ledger.NameOf(approval.By));
            json.WriteString("at", CanonicalJson.Instant(approval.At));
            json.WriteString("report", approval.Report);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
