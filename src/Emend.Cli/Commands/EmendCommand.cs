using System.CommandLine;
using System.CommandLine.Help;

namespace Emend.Cli.Commands;

/// <summary>The whole command line: one noun per stage of the loop, in its order.</summary>
internal static class EmendCommand
{
    public static RootCommand Build()
    {
        var root = new RootCommand("Emend turns corrections of AI agents into governed, undoable changes of what the agents do.")
        {
            CommonOptions.Json,
            CommonOptions.Plain,
            Normalizing.AgentsCommand.Build(),
            Capturing.ImportCommand.Build(),
            Capturing.ExportCommand.Build(),
            Reviewing.ReviewsCommand.Build(),
            Evaluating.BacktestCommand.Build(),
        };
        foreach (var help in root.Options.OfType<HelpOption>())
            if (help.Action is HelpAction usual) help.Action = new HelpWithExample(usual);
        return root;
    }
}
