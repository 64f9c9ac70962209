using System.Buffers;
using System.Text;
using System.Text.Json;
using Emend.Contracts.Journal;
using Emend.Engine.Access;
using Emend.Engine.Journal;
using Emend.Engine.Lineage;
using Emend.Engine.Reviewing;
using Emend.Server.Access;
using Emend.Server.Operating;

namespace Emend.Server.Api;

/// <summary>Journal and Lineage: proof that nothing was lost, changed or slipped in, and which corrections stand behind a decision.</summary>
internal static class JournalApi
{
    public static void MapJournal(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/journal").WithTags("Journal");
        group.MapGet("/receipts/{id}", ReceiptAsync).WithName("IssueReceipt").WithSummary("Proof that a decision or correction is in the journal, verifiable offline; ?disclose=FIELD shows fields that are not personal.").Produces<string>(contentType: "text/plain").Needs(Permission.AuditRead);
        group.MapPost("/checkpoints", CheckpointAsync).WithName("SignCheckpoint").WithSummary("Sign the journal's present state. Keep it where the operator cannot reach it.").Produces<string>(contentType: "text/plain").Needs(Permission.AuditRead).NeedsNoKey("signs what is there: of the same journal it is the same statement");
        group.MapGet("/key", Key).WithName("VerifierKey").WithSummary("Public key that verifies checkpoints and receipts.").Produces<string>(contentType: "text/plain").Needs(Permission.AuditRead);
        group.MapPost("/verification", VerifyAsync).WithName("VerifyJournal").WithSummary("Recompute the whole journal: every commitment, leaf and signature.").Produces<AuditView>().Needs(Permission.AuditRead).RunsLong().NeedsNoKey("reads only");
        routes.MapGet("/v1/lineage/{id}", Lineage).WithTags("Lineage").WithName("TraceLineage").WithSummary("From a decision back to the corrections and people behind it; from a correction forward to what it changed. ?format=prov gives W3C PROV-JSON.").Needs(Permission.CorrectionRead);
        routes.MapGet("/v1/decisions/{id}/explanation", ExplainAsync).WithTags("Lineage").WithName("ExplainDecision").WithSummary("Why the final action was what it was, and what stands behind it: in plain words and for programs.").Needs(Permission.CorrectionRead);
    }

    private static async Task<IResult> ExplainAsync(Caller caller, string id, string? unmask, CancellationToken cancel)
    {
        if (caller.Engine.Decisions.Find(id) is null) return ApiProblems.From(new DecisionIsUnknown(id));
        var (no, isClear) = await Masking.AskAsync(caller, unmask, $"explanation of decision {id}", cancel);
        return no ?? Answers.Of(caller.Engine.Explain.Of(id, isClear), static explained =>
        {
            var bytes = new ArrayBufferWriter<byte>();
            using (var json = new Utf8JsonWriter(bytes, new JsonWriterOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping })) explained.WriteTo(json);
            return Answers.Raw(Encoding.UTF8.GetString(bytes.WrittenSpan));
        });
    }

    private static async Task<IResult> ReceiptAsync(Caller caller, string id, string[]? disclose, CancellationToken cancel)
    {
        var engine = caller.Engine;
        RecordAt at;
        if (engine.Decisions.Find(id) is { } decision) at = decision.At;
        else if (engine.Corrections.Find(id) is { } correction) at = correction.At;
        else return ApiProblems.From(new NotFound("decision or correction", id));
        // A receipt leaves the house: what is personal stays out of it, whoever asks.
        var open = engine.Store.Record(at.Entry, at.Position).Fields.Where(static f => f.Json is not null && f.Class < FieldClass.Personal).Select(static f => f.Path).ToList();
        var asked = disclose ?? [];
        if (Array.Find(asked, path => !open.Contains(path, StringComparer.Ordinal)) is not null)
            return ApiProblems.From(new RequestIsWrong($"a receipt of this record can disclose {string.Join(", ", open)}"));
        return TypedResults.Text(await Receipt.IssueAsync(engine.Store, at.Entry, at.Position, asked, cancel), "text/plain; charset=utf-8");
    }

    // A signature says "this is what was accepted": not over a journal of which is known that it is not.
    private static async Task<IResult> CheckpointAsync(Caller caller, Verifications verifications, CancellationToken cancel) => verifications.Of(caller.Workspace) is { IsSound: false } known
        ? ApiProblems.From(new JournalDoesNotVerify(known.FirstBadIndex))
        : TypedResults.Text(await SignCheckpoint.SignAsync(caller.Engine.Store, cancel), "text/plain; charset=utf-8");

    private static async Task<IResult> Key(Caller caller, CancellationToken cancel)
    {
        // The key is made with the first checkpoint.
        if (!File.Exists(caller.Engine.Store.Files.VerifierKey)) await SignCheckpoint.SignAsync(caller.Engine.Store, cancel);
        return TypedResults.Text(await File.ReadAllTextAsync(caller.Engine.Store.Files.VerifierKey, cancel), "text/plain; charset=utf-8");
    }

    private static async Task<IResult> VerifyAsync(Caller caller, Verifications verifications, CancellationToken cancel)
    {
        var audit = await Task.Run(() => VerifyJournal.Run(caller.Engine.Store, null, cancel), cancel);
        verifications.Note(caller.Workspace, new(audit.IsSound, audit.FirstBadIndex));
        return Answers.Ok(
            new AuditView(
                audit.IsSound, audit.Entries, audit.Records, audit.ErasedRecords, audit.Checkpoints, Convert.ToBase64String(audit.Root),
                [.. audit.Findings.Select(static finding => finding.Index is { } index ? $"entry {index}: {finding.What}" : finding.What)]) { FirstBadIndex = audit.FirstBadIndex },
            Answers.Wire.AuditView);
    }

    private static IResult Lineage(Caller caller, string id, string? format) => format is null or "prov" or "graph"
        ? Answers.Of(caller.Engine.Lineage.Of(id), graph => Answers.Raw(Json(graph, isProv: format == "prov")))
        : ApiProblems.From(new RequestIsWrong("format is none of graph, prov"));

    private static string Json(LineageGraph graph, bool isProv)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes))
        {
            if (isProv) ProvJson.Write(json, graph);
            else LineageJson.Write(json, graph);
        }
        return Encoding.UTF8.GetString(bytes.WrittenSpan);
    }
}
