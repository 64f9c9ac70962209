using System.CommandLine;

namespace Emend.Cli.Commands.Lineage;

/// <summary><c>emend explain</c>: why the final action of a decision was what it was, in plain words.</summary>
internal static class ExplainCommand
{
    private static readonly Argument<string> Id = new("DECISION") { Description = "The decision." };

    public static Command Build() => new Verb(
            "explain",
            "Why the final action was what it was: what decided, what it looked at, who let it through, whose corrections it stands on.",
            "emend explain sd-0412")
        .OnStore().With(Id).Does(RunAsync);

    private static async Task<ExitCode> RunAsync(Invocation run, CancellationToken cancel)
    {
        // Whoever works on the data directory itself may see what is in it.
        var explained = Invocation.Take((await run.EngineAsync(cancel)).Explain.Of(run.Get(Id), isClear: true));
        run.Terminal.Json(explained.WriteTo);
        foreach (var line in explained.Text) run.Terminal.Line(line);
        return ExitCode.Done;
    }
}
