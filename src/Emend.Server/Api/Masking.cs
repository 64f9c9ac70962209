using Emend.Contracts.Capturing;
using Emend.Engine.Access;
using Emend.Engine.Journal;
using Emend.Engine.Normalizing;
using Emend.Logic;
using Emend.Server.Access;

namespace Emend.Server.Api;

/// <summary>What a reader sees of personal content: nothing, unless they may, say why, and it is journaled first.</summary>
internal static class Masking
{
    private const int LongestReason = 500;

    /// <summary>Whether content is shown in clear.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="why">The reason given; null: not asked for in clear.</param>
    /// <param name="what">What is read, for the journal.</param>
    /// <param name="cancel">Cancels.</param>
    /// <returns>The answer to a wrong request, or whether it is shown in clear.</returns>
    public static async Task<(IResult? No, bool IsClear)> AskAsync(Caller caller, string? why, string what, CancellationToken cancel)
    {
        if (why is null) return (null, false);
        if (caller.Actor.Lacks(Permission.CorrectionUnmask) is { } no) return (ApiProblems.From(no), false);
        if (string.IsNullOrWhiteSpace(why) || why.Length > LongestReason) return (ApiProblems.From(new RequestIsWrong($"unmask gives the reason, in 1 to {LongestReason} characters; it stays in the journal")), false);
        await caller.Engine.Access.UnmaskedAsync(what, why, caller.Actor, cancel);
        return (null, true);
    }

    /// <summary>A decision.</summary>
    public static DecisionView View(Decision decision, ContextSchema? schema, bool isClear) => new(decision.Id, CanonicalJson.Instant(decision.OccurredAt), decision.Agent, decision.Proposed.Label, !isClear)
    {
        TaskType = decision.Context.TaskType,
        Confidence = decision.Confidence,
        Features = Features(decision.Context, schema, isClear),
        Input = isClear ? decision.Context.Text : null,
        ProposedArgs = isClear && !decision.Proposed.Args.IsEmpty ? Words.Json(decision.Proposed.Args.Json) : null,
        Subject = isClear ? decision.Subject : null,
        CorrelationId = decision.CorrelationId,
    };

    /// <summary>A correction.</summary>
    public static CorrectionView View(KnownCorrection known, bool isClear) =>
        new(known.Correction.Id, known.Correction.DecisionId, Words.Of(known.Correction.Verdict), known.Correction.By, CanonicalJson.Instant(known.Correction.At), known.IsParked, known.IsWithdrawn, !isClear)
        {
            Action = known.Correction.Action?.Label,
            Args = isClear && known.Correction.Action is { Args.IsEmpty: false } action ? Words.Json(action.Args.Json) : null,
            Reason = known.Correction.Reason,
            Comment = isClear ? known.Correction.Comment : null,
        };

    /// <summary>A decision for an export.</summary>
    public static Decision Masked(Decision decision, ContextSchema? schema) => decision with
    {
        Context = Context.OfSorted([.. decision.Context.Features.Where(feature => IsHarmless(feature.Name, schema))], decision.Context.TaskType, null),
        Proposed = new(decision.Proposed.Label, ActionArgs.None),
        Subject = null,
    };

    /// <summary>A correction for an export.</summary>
    public static Correction Masked(Correction correction) => correction with { Comment = null, Action = correction.Action is { } action ? new(action.Label, ActionArgs.None) : null };

    /// <summary>An outcome for an export.</summary>
    public static Outcome Masked(Outcome outcome) => outcome with { Action = outcome.Action is { } action ? new(action.Label, ActionArgs.None) : null };

    private static System.Text.Json.JsonElement? Features(Context context, ContextSchema? schema, bool isClear)
    {
        var shown = context.Features.Where(feature => isClear || IsHarmless(feature.Name, schema)).ToList();
        return shown.Count == 0 ? null : Words.Json("{" + string.Join(',', shown.Select(static feature => CanonicalJson.Quote(feature.Name) + ":" + CanonicalJson.Text(feature.Value))) + "}");
    }

    // A feature nobody declared is personal.
    private static bool IsHarmless(string feature, ContextSchema? schema) => (schema?.Find(feature)?.Class ?? FieldClass.Personal) < FieldClass.Personal;
}
