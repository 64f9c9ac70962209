using Emend.Contracts.Capturing;
using Emend.Engine.Access;
using Emend.Engine.Capturing;
using Emend.Engine.Normalizing;
using Emend.Engine.Reviewing;
using Emend.Server.Access;

namespace Emend.Server.Api;

/// <summary>Capturing, the other way: what was recorded, by pages, one by one, and as logs. Personal content is masked unless asked for with a reason.</summary>
internal static class RecordsApi
{
    private static readonly Permission[] CorrectionReaders = [Permission.CorrectionRead, Permission.CorrectionReadOwn];

    public static void MapRecords(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1").WithTags("Capturing");
        group.MapGet("/decisions", ListDecisions).WithName("ListDecisions").WithSummary("Decisions, newest first.").Produces<Contracts.Page<DecisionView>>().Needs(Permission.CorrectionRead);
        group.MapGet("/decisions/{id}", ShowDecisionAsync).WithName("ShowDecision").WithSummary("A decision and what is known of it.").Produces<DecisionDetail>().Needs(Permission.CorrectionRead);
        group.MapGet("/corrections", ListCorrections).WithName("ListCorrections").WithSummary("Corrections, newest first; with a submitter's key only their own.").Produces<Contracts.Page<CorrectionView>>().Needs(CorrectionReaders);
        group.MapGet("/corrections/{id}", ShowCorrectionAsync).WithName("ShowCorrection").WithSummary("A correction and what became of it.").Produces<CorrectionView>().Needs(CorrectionReaders);
        group.MapGet("/parked", ListParked).WithName("ListParked").WithSummary("Corrections and outcomes that wait for their decision.").Produces<IReadOnlyList<ParkedView>>().Needs(Permission.CorrectionRead);
        group.MapGet("/export/{kind}", ExportAsync).WithName("Export").WithSummary("decisions, corrections or outcomes as a log, one JSON object a line.").Produces(StatusCodes.Status200OK, contentType: "application/x-ndjson").Needs(Permission.ExportMasked).RunsLong();
    }

    private static IResult ListDecisions(Caller caller, string? agent, string? cursor, int? limit)
    {
        if (PageAsked.Read(cursor, limit, out var asked) is { } wrong) return wrong;
        if (caller.Engine.Pages.DecisionsPage(agent, asked.Cursor, asked.Limit) is not { } page) return PageAsked.WrongCursor;
        var schemas = Schemas(caller);
        return Answers.Ok(PageAsked.Wire(page, known => Masking.View(known.Decision, schemas(known.Decision.Agent), isClear: false)), Answers.Wire.PageDecisionView);
    }

    private static async Task<IResult> ShowDecisionAsync(Caller caller, string id, string? unmask, CancellationToken cancel)
    {
        if (caller.Engine.Decisions.Find(id) is not { } known) return ApiProblems.From(new DecisionIsUnknown(id));
        var (no, isClear) = await Masking.AskAsync(caller, unmask, $"decision {id}", cancel);
        if (no is not null) return no;
        var served = caller.Engine.Exposures.Recorded([id]).FirstOrDefault();
        return Answers.Ok(
            new DecisionDetail(Masking.View(known.Decision, Schemas(caller)(known.Decision.Agent), isClear), known.At.Entry, known.At.Position, known.IsErased, known.IsRuled)
            {
                Wrong = known.IsWrong,
                Truth = known.Truth?.Label,
                Served = served is null ? null : CapturingApi.View(served, withArgs: isClear),
            },
            Answers.Wire.DecisionDetail);
    }

    private static IResult ListCorrections(Caller caller, string? decision, string? cursor, int? limit)
    {
        if (PageAsked.Read(cursor, limit, out var asked) is { } wrong) return wrong;
        return caller.Engine.Pages.CorrectionsPage(decision, OnlyOwn(caller), asked.Cursor, asked.Limit) is { } page
            ? Answers.Ok(PageAsked.Wire(page, static known => Masking.View(known, isClear: false)), Answers.Wire.PageCorrectionView)
            : PageAsked.WrongCursor;
    }

    private static async Task<IResult> ShowCorrectionAsync(Caller caller, string id, string? unmask, CancellationToken cancel)
    {
        // Somebody else's is not there for whoever sees their own only: a 403 would say that it exists.
        if (caller.Engine.Corrections.Find(id) is not { } known || (OnlyOwn(caller) is { } own && !string.Equals(known.Correction.By, own, StringComparison.Ordinal)))
            return ApiProblems.From(new CorrectionIsUnknown(id));
        var (no, isClear) = await Masking.AskAsync(caller, unmask, $"correction {id}", cancel);
        return no ?? Answers.Ok(Masking.View(known, isClear), Answers.Wire.CorrectionView);
    }

    private static IResult ListParked(Caller caller) => Answers.Ok<IReadOnlyList<ParkedView>>(
        [.. caller.Engine.Parked.List(SignalPages.MostItems).Select(static parked => new ParkedView(parked.What, parked.Id, parked.DecisionId, Math.Round(parked.Age.TotalSeconds)))],
        Answers.Wire.IReadOnlyListParkedView);

    private static async Task<IResult> ExportAsync(HttpContext context, Caller caller, string kind, string? unmask, CancellationToken cancel)
    {
        if (Array.Find(Enum.GetValues<LogKind>(), known => string.Equals(known.Name(), kind, StringComparison.Ordinal)) is var log && !string.Equals(log.Name(), kind, StringComparison.Ordinal))
            return ApiProblems.From(new NotFound("log", kind));
        var (no, isClear) = await Masking.AskAsync(caller, unmask, $"export {kind}", cancel);
        if (no is not null) return no;
        context.Response.ContentType = "application/x-ndjson";
        var schemas = Schemas(caller);
        await using var body = context.Response.BodyWriter.AsStream(leaveOpen: true);
        // The writer of logs is synchronous and buffers 64 KiB; the pipe takes that without blocking until the client is slow.
        await Task.Run(
            () => caller.Engine.Export.Write(log, body, cancel, isClear ? null : decision => Masking.Masked(decision, schemas(decision.Agent)), isClear ? null : Masking.Masked, isClear ? null : Masking.Masked),
            cancel);
        return Results.Empty;
    }

    private static string? OnlyOwn(Caller caller) => caller.Actor.Rights.Has(Permission.CorrectionRead) ? null : caller.Actor.Name;

    private static Func<string, ContextSchema?> Schemas(Caller caller)
    {
        var known = new Dictionary<string, ContextSchema?>(StringComparer.Ordinal);
        return agent => known.TryGetValue(agent, out var schema) ? schema : known[agent] = caller.Engine.Agents.Find(agent)?.Schema;
    }
}
