using System.Text.Json;
using Emend.Logic;

namespace Emend.Cli.Commands;

/// <summary>JSON given on the command line.</summary>
internal static class JsonArgument
{
    /// <summary>Arguments of an action; none when not given.</summary>
    /// <exception cref="Failure">The text is not a JSON object.</exception>
    public static ActionArgs Args(string? json)
    {
        try
        {
            return json is null ? ActionArgs.None : ActionArgs.Parse(json);
        }
        catch (JsonException fault)
        {
            throw new Failure(ExitCode.BadInput, $"--args is not a JSON object: {fault.Message}", """write e.g. --args '{"amount":20}'""");
        }
    }
}
