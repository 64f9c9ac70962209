using System.CommandLine;
using System.Diagnostics;
using System.Text.Json;
using Emend.Cli.Commands.Serving;

namespace Emend.Cli.Commands.Operating;

/// <summary><c>emend config</c>: how a server would run. The server itself answers, for only it knows its settings.</summary>
internal static class ConfigCommand
{
    private static readonly Option<string?> File = new("--config") { Description = "Configuration file. Default: the one EMEND_CONFIG names.", HelpName = "FILE" };

    public static Command Build() => Noun.Of(
        "config",
        "How the server is configured.",
        new Verb("show", "What is in force and where each value comes from: flag, environment, file or default. Secrets are masked.", "emend config show --config /etc/emend/emend.json")
            .With(CommonOptions.Data).With(File).Does(ShowAsync));

    private static async Task<ExitCode> ShowAsync(Invocation run, CancellationToken cancel)
    {
        if (ServeCommand.Find() is not { } program)
            throw new Failure(ExitCode.NotFound, "the server is not here: emend-server lies neither beside this program nor beside its build", "install the server package, or run  dotnet build src/Emend.Server -c Release  in a checkout");
        ServeCommand.ShareRuntime();
        List<string> line = [.. program[1..], run.Terminal.IsJson ? "--show-config-json" : "--show-config"];
        if (run.IsGiven(CommonOptions.Data)) line.AddRange(["--data", run.Get(CommonOptions.Data).FullName]);
        if (run.Get(File) is { } file) line.AddRange(["--config", file]);
        using var server = Process.Start(new ProcessStartInfo(program[0], line) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var (output, error) = (server.StandardOutput.ReadToEndAsync(cancel), server.StandardError.ReadToEndAsync(cancel));
        await server.WaitForExitAsync(cancel);
        if (server.ExitCode != 0)
        {
            foreach (var problem in (await error).Split('\n', StringSplitOptions.RemoveEmptyEntries)) run.Terminal.Problem(problem);
            return ExitCode.BadInput;
        }
        if (!run.Terminal.IsJson)
        {
            run.Terminal.Raw(await output);
            return ExitCode.Done;
        }
        using var json = JsonDocument.Parse(await output);
        run.Terminal.Json(json.RootElement.WriteTo);
        return ExitCode.Done;
    }
}
