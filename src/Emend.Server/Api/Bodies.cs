using System.Text.Json;
using Emend.Logic;

namespace Emend.Server.Api;

/// <summary>Members of bodies that need more than a type.</summary>
internal static class Bodies
{
    /// <summary>An action with arguments; null when no label is given.</summary>
    /// <returns>The answer when it is none.</returns>
    public static IResult? Action(string? label, JsonElement? args, out AgentAction? action)
    {
        action = null;
        if (label is null) return args is null ? null : ApiProblems.From(new RequestIsWrong("args go with an action; say which"));
        if (label.Length is 0 or > Engine.Capturing.Logs.LogLimits.MaxName) return ApiProblems.From(new RequestIsWrong("an action has 1 to 200 characters"));
        try
        {
            var given = args is { ValueKind: not JsonValueKind.Null } value ? value : (JsonElement?)null;
            if (given is { ValueKind: not JsonValueKind.Object }) return ApiProblems.From(new RequestIsWrong("args is an object"));
            action = new(label, given is { } some ? ActionArgs.Of(some) : ActionArgs.None);
            return null;
        }
        catch (JsonException why)
        {
            return ApiProblems.From(new RequestIsWrong("args: " + why.Message));
        }
    }
}
