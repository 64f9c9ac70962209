using Emend.Contracts.Capturing;
using Emend.Engine.Access;
using Emend.Engine.Capturing.Logs;
using Emend.Engine.Normalizing;
using Emend.Engine.Serving;
using Emend.Server.Access;

namespace Emend.Server.Api;

/// <summary>Capturing: decisions, corrections and outcomes come in; agents that do not decide in their own process ask what to do.</summary>
internal static class CapturingApi
{
    private static readonly SignalRoute<Decision> Decisions = new(LineShapes.Decision, static intake => intake.Decisions, static intake => intake.OneDecision, static d => d.Id, static (d, _, _) => d);

    private static readonly SignalRoute<Correction> Corrections = new(LineShapes.Correction, static intake => intake.Corrections, static intake => intake.OneCorrection, static c => c.Id, Sign);

    private static readonly SignalRoute<Outcome> Outcomes = new(LineShapes.Outcome, static intake => intake.Outcomes, static intake => intake.OneOutcome, static _ => null, static (o, _, _) => o);

    public static void MapCapturing(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1").WithTags("Capturing");
        group.MapPost("/decisions", (HttpContext context, Caller caller, CancellationToken cancel) => Decisions.HandleAsync(context, caller, cancel))
            .WithName("AcceptDecisions").WithSummary("Record decisions: one, a batch, or a stream of lines. Once per id.").Takes<DecisionBody>().Needs(Permission.DecisionRecord).NeedsNoKey("takes the key itself and keeps it for good: the journal knows every signal by it");
        group.MapPost("/corrections", (HttpContext context, Caller caller, CancellationToken cancel) => Corrections.HandleAsync(context, caller, cancel))
            .WithName("AcceptCorrections").WithSummary("Send corrections: one, a batch, or a stream of lines. Once per idempotency key.").Takes<CorrectionBody>().Needs(Permission.CorrectionSubmit).NeedsNoKey("takes the key itself and keeps it for good: the journal knows every signal by it");
        group.MapPost("/outcomes", (HttpContext context, Caller caller, CancellationToken cancel) => Outcomes.HandleAsync(context, caller, cancel))
            .WithName("AcceptOutcomes").WithSummary("Report what became of decisions: one, a batch, or a stream of lines. Once per decision, metric and time.").Takes<OutcomeBody>().Needs(Permission.OutcomeRecord).NeedsNoKey("takes the key itself and keeps it for good: the journal knows every signal by it");
        group.MapPost("/decide", DecideAsync)
            .WithName("Decide").WithSummary("Record a decision and answer what to do: for agents that do not hold the bundle themselves. Asking again gives the first answer.")
            .Accepts<DecisionBody>("application/json").Produces<DecidedView>().Needs(Permission.DecisionRecord).NeedsNoKey("once per id of the decision: asking again gives the first answer for good");
    }

    private static async Task<IResult> DecideAsync(HttpContext context, Caller caller, CancellationToken cancel)
    {
        var (asked, bad) = await Decisions.OnlyAsync(context, caller, cancel);
        if (asked is null) return bad!;
        var acceptance = await Decisions.AcceptAsync(asked, caller, cancel);
        if (acceptance.Why is { } why) return ApiProblems.From(why);
        var engine = caller.Engine;
        // As stored, so that features are typed by the agent's schema.
        var stored = engine.Decisions.Find(asked.Id)!.Decision;
        await engine.Serve.HandleAsync(new ServeDecisions([stored], caller.Actor), cancel);
        // From the journal: who asks again, after a lost answer, is told what was done the first time.
        var done = engine.Exposures.Recorded([asked.Id]).Single();
        return Answers.Ok(View(done, withArgs: true), Answers.Wire.DecidedView);
    }

    /// <summary>What was done with a decision.</summary>
    public static DecidedView View(RecordedServing done, bool withArgs) => new(done.Decision, Words.Of(done.Disposition), Words.Of(done.Cause), Words.Of(done.Arm))
    {
        Action = done.Action,
        Args = withArgs && done.Args is { } args ? Words.Json(args) : null,
        Rule = done.Rule,
        Bundle = done.Bundle,
    };

    private static Correction Sign(Correction correction, Caller caller, string? key) =>
        CorrectionId.Sign(correction with { Source = caller.Actor.Name, Key = correction.Key ?? key });

    private static RouteHandlerBuilder Takes<T>(this RouteHandlerBuilder route) where T : notnull => route
        .Accepts<T>("application/json", "application/x-ndjson")
        .Produces<SignalResult>(StatusCodes.Status201Created).Produces<SignalResult>().Produces<Contracts.Problem>(StatusCodes.Status409Conflict, "application/problem+json");
}
