using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Emend.Cli.Commands;

/// <summary>The whole command line: one noun per stage of the loop, in its order.</summary>
internal static class EmendCommand
{
    /// <summary>The tree of commands. One for the process: options are shared by commands, and each remembers every tree it was added to.</summary>
    public static RootCommand Root { get; } = Build();

    /// <summary>Runs one command line. A line that does not parse is bad input like any other, and says so on stderr only.</summary>
    public static async Task<int> RunAsync(IReadOnlyList<string> args, TextWriter output, TextWriter error, CancellationToken cancel = default)
    {
        if (Serving.ServeCommand.IsAsked(args)) return await Serving.ServeCommand.RunAsync(args, error);
        var parse = Root.Parse(args);
        var streams = new InvocationConfiguration { Output = output, Error = error, EnableDefaultExceptionHandler = false };
        if (parse.Action is not ParseErrorAction wrong) return await parse.InvokeAsync(streams, cancel);
        // A noun without its verb asks what there is; for anything else the message and `--help` are enough.
        wrong.ShowHelp = parse.CommandResult.Command.Subcommands.Count > 0;
        streams.Output = error;
        await parse.InvokeAsync(streams, cancel);
        return (int)ExitCode.BadInput;
    }

    private static RootCommand Build()
    {
        var root = new RootCommand("Emend turns corrections of AI agents into governed, undoable changes of what the agents do.")
        {
            CommonOptions.Json,
            CommonOptions.Plain,
            CommonOptions.Log,
            Demo.DemoCommand.Build(),
            Normalizing.AgentsCommand.Build(),
            Capturing.ImportCommand.Build(),
            Capturing.ExportCommand.Build(),
            Reviewing.CorrectionsCommand.Build(),
            Reviewing.ReviewsCommand.Build(),
            Trust.TrustCommand.Build(),
            Learning.CandidatesCommand.Build(),
            Learning.RulesCommand.Build(),
            Learning.FeaturesCommand.Build(),
            Learning.DataSetsCommand.Build(),
            Learning.ModelsCommand.Build(),
            Learning.GuidanceCommand.Build(),
            Evaluating.BacktestCommand.Build(),
            Evaluating.GoldenCommand.Build(),
            Evaluating.GuardrailsCommand.Build(),
            Releasing.ReleaseCommand.Build(),
            Serving.DecideCommand.Build(),
            Serving.ServeCommand.Build(),
            Observing.AlertsCommand.Build(),
            Observing.DriftCommand.Build(),
            Messaging.WebhooksCommand.Build(),
            Operating.ConfigCommand.Build(),
            Storage.BackupCommand.Backup(),
            Storage.BackupCommand.Restore(),
            Lineage.LineageCommand.Build(),
            Lineage.ExplainCommand.Build(),
            Access.KeysCommand.Build(),
            Privacy.SubjectsCommand.Build(),
            Journal.AuditCommand.Build(),
        };
        foreach (var help in root.Options.OfType<HelpOption>())
            if (help.Action is HelpAction usual) help.Action = new HelpWithExample(usual);
        return root;
    }
}
