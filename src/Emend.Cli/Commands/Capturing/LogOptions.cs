using System.CommandLine;

namespace Emend.Cli.Commands.Capturing;

/// <summary>Options of commands that read log files.</summary>
internal static class LogOptions
{
    public static readonly Option<bool> Strict = new("--strict") { Description = "Stop at the first bad line. Default: report it, count it, go on." };
}
