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
            CommonOptions.Log,
            Demo.DemoCommand.Build(),
            Normalizing.AgentsCommand.Build(),
            Capturing.ImportCommand.Build(),
            Capturing.ExportCommand.Build(),
            Reviewing.CorrectionsCommand.Build(),
            Reviewing.ReviewsCommand.Build(),
            Learning.CandidatesCommand.Build(),
            Learning.RulesCommand.Build(),
            Evaluating.BacktestCommand.Build(),
            Evaluating.GoldenCommand.Build(),
            Evaluating.GuardrailsCommand.Build(),
            Releasing.ReleaseCommand.Build(),
            Serving.DecideCommand.Build(),
            Lineage.LineageCommand.Build(),
            Privacy.SubjectsCommand.Build(),
            Journal.AuditCommand.Build(),
        };
        foreach (var help in root.Options.OfType<HelpOption>())
            if (help.Action is HelpAction usual) help.Action = new HelpWithExample(usual);
        return root;
    }
}
