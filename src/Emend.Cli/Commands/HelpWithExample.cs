using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Emend.Cli.Commands;

/// <summary>The usual help, and below it one command line that works.</summary>
internal sealed class HelpWithExample(HelpAction usual) : SynchronousCommandLineAction
{
    /// <inheritdoc/>
    public override bool ClearsParseErrors => true;

    /// <inheritdoc/>
    public override int Invoke(ParseResult parseResult)
    {
        var code = usual.Invoke(parseResult);
        if (parseResult.CommandResult.Command is Verb verb)
        {
            var output = parseResult.InvocationConfiguration.Output;
            output.WriteLine("Example:");
            output.WriteLine("  " + verb.Example);
            output.WriteLine();
        }
        return code;
    }
}
