using System.CommandLine.Parsing;
using System.Text.Json;
using Emend.Cli.Commands;

namespace Emend.Cli.Tests;

/// <summary>One command line that was run in this process.</summary>
internal sealed record CliRun(string Line, ExitCode Code, string Output, string Error)
{
    /// <summary>The one JSON value on stdout; fails when there is anything else.</summary>
    public JsonElement Json
    {
        get
        {
            try
            {
                using var document = JsonDocument.Parse(Output);
                return document.RootElement.Clone();
            }
            catch (JsonException fault)
            {
                Assert.Fail($"stdout is not one JSON value ({fault.Message}):\n{this}");
                return default;
            }
        }
    }

    /// <summary>The lines on stdout.</summary>
    public string[] Lines => Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Runs a command line as a shell would split it, double quotes only.</summary>
    public static Task<CliRun> OfAsync(string line) => OfAsync([.. CommandLineParser.SplitCommandLine(line)]);

    /// <summary>Runs arguments.</summary>
    public static async Task<CliRun> OfAsync(params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = (ExitCode)await EmendCommand.RunAsync(args, output, error);
        return new(string.Join(' ', args), code, output.ToString(), error.ToString());
    }

    /// <summary>Itself, when it ended so.</summary>
    public CliRun Ends(ExitCode expected = ExitCode.Done)
    {
        if (Code != expected) Assert.Fail($"expected {expected}:\n{this}");
        return this;
    }

    public override string ToString() => $"$ emend {Line}\n{Output}{Error}-> {Code}";
}
