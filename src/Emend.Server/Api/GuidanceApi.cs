using System.Text.Json;
using Emend.Contracts.Serving;
using Emend.Engine.Access;
using Emend.Engine.Capturing.Logs;
using Emend.Engine.Serving;
using Emend.Logic;
using Emend.Logic.Guidance;
using Emend.Server.Access;

namespace Emend.Server.Api;

/// <summary>Serving, before the proposal: guidance for agents that do not hold the bundle themselves.</summary>
internal static class GuidanceApi
{
    private const int MostItems = 20, MostTokens = 8_000, LongestInput = 100_000, MostFeatures = 1_000;

    public static void MapGuidance(this IEndpointRouteBuilder routes) => routes.MapPost("/v1/guidance", AskAsync)
        .WithTags("Serving").WithName("AskForGuidance").WithSummary("Guidance for a case, before the agent proposes: items and a block for its prompt. With a decision id, what was shown is recorded.")
        .Produces<GuidanceView>().Needs(Permission.DecisionRecord).NeedsNoKey("once per decision: what was shown first stays recorded, asking again records nothing more; without a decision it reads only");

    private static async Task<IResult> AskAsync(Caller caller, GuidanceBody body, CancellationToken cancel)
    {
        if (Problem(body) is { } problem) return ApiProblems.From(new RequestIsWrong(problem));
        GuidanceQuery query;
        try
        {
            query = Query(body);
        }
        catch (JsonException fault)
        {
            return ApiProblems.From(new RequestIsWrong(fault.Message));
        }
        return Answers.Of(await caller.Engine.Guide.HandleAsync(new AskForGuidance(body.Agent, query, caller.Actor) { Decision = body.DecisionId }, cancel), static answer => Answers.Ok(View(answer), Answers.Wire.GuidanceView));
    }

    /// <exception cref="JsonException">A value that every JSON reader understands differently.</exception>
    private static GuidanceQuery Query(GuidanceBody body)
    {
        var context = Context.Of((body.Features ?? new Dictionary<string, JsonElement>(StringComparer.Ordinal)).Select(static f => new Feature(f.Key, ActionArgs.ValueOf(f.Value))), body.TaskType, body.Input);
        return new(context)
        {
            Draft = body.Draft is { } draft ? new(draft.Action, draft.Args is { } args ? ActionArgs.Of(args) : ActionArgs.None) : null,
            Confidence = body.Confidence,
            Unit = body.Unit ?? body.DecisionId,
            MaxItems = body.MaxItems ?? 0,
            MaxTokens = body.MaxTokens ?? 0,
        };
    }

    private static string? Problem(GuidanceBody body)
    {
        if (body.MaxItems is < 1 or > MostItems) return $"maxItems is a number from 1 to {MostItems}";
        if (body.MaxTokens is < 1 or > MostTokens) return $"maxTokens is a number from 1 to {MostTokens}";
        if (body.Confidence is not (null or (>= 0 and <= 1))) return "confidence is a number from 0 to 1";
        if (body.Input is { Length: > LongestInput }) return $"input has more than {LongestInput} characters";
        if (body.Features is { Count: > MostFeatures }) return $"there are more than {MostFeatures} features";
        foreach (var (name, value) in new[] { ("unit", body.Unit), ("decisionId", body.DecisionId), ("taskType", body.TaskType), ("draft.action", body.Draft?.Action) })
            if (value is { Length: 0 or > LogLimits.MaxName }) return $"{name} has 1 to {LogLimits.MaxName} characters";
        return body.Draft?.Args is { ValueKind: not (JsonValueKind.Object or JsonValueKind.Null) } ? "draft.args is an object" : null;
    }

    private static GuidanceView View(GuidanceAnswer answer) => new(
        answer.Text,
        [.. answer.Items.Select(static item => new GuidanceItemView(item.Id, Words.Of(item.Kind), GuidanceText.Line(item), item.Help, item.Harm) { Proposed = item.Proposed, Action = item.Action })],
        answer.Exposure.Withheld)
    {
        Bundle = answer.Exposure.Bundle.Length == 0 ? null : answer.Exposure.Bundle,
    };
}
