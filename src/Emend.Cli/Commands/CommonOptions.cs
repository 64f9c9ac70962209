using System.CommandLine;

namespace Emend.Cli.Commands;

/// <summary>Options that many commands share.</summary>
internal static class CommonOptions
{
    public static readonly Option<DirectoryInfo> Data = new("--data")
    {
        Description = "Data directory. Created on first use.",
        DefaultValueFactory = static _ => new DirectoryInfo("emend-data"),
        HelpName = "DIR",
    };

    public static readonly Option<string> Workspace = new("--workspace")
    {
        Description = "Workspace: nothing crosses from one to another.",
        DefaultValueFactory = static _ => "default",
        HelpName = "NAME",
    };

    public static readonly Option<string> As = new("--as")
    {
        Description = "Who you are; recorded with everything you do.",
        DefaultValueFactory = static _ => Environment.UserName,
        HelpName = "NAME",
    };

    public static readonly Option<bool> Json = new("--json")
    {
        Description = "Print one JSON value on stdout, for machines.",
        Recursive = true,
    };

    public static readonly Option<bool> Plain = new("--plain")
    {
        Description = "No colours and no progress bars.",
        Recursive = true,
    };

    public static readonly Option<FileInfo?> Log = new("--log")
    {
        Description = "Append a structured log (JSON Lines, no personal data) to this file.",
        HelpName = "FILE",
        Recursive = true,
    };
}
