using System.CommandLine;
using Emend.Cli.Output;

namespace Emend.Cli.Commands;

/// <summary>A command that does something: a description, one worked example, and an action that answers with an exit code.</summary>
internal sealed class Verb : Command
{
    public Verb(string name, string description, string example) : base(name, description) => Example = example;

    /// <summary>One command line that works, shown by <c>--help</c>.</summary>
    public string Example { get; }

    /// <summary>Sets what it does. Refusals, bad input and faults become messages and exit codes here, and nowhere else.</summary>
    public Verb Does(Func<Invocation, CancellationToken, Task<ExitCode>> action)
    {
        SetAction(async (parse, cancel) =>
        {
            var streams = parse.InvocationConfiguration;
            var terminal = new Terminal(streams.Output, streams.Error, parse.GetValue(CommonOptions.Json), parse.GetValue(CommonOptions.Plain));
            using var log = parse.GetValue(CommonOptions.Log) is { } file ? ActivityLog.To(file.FullName) : null;
            try
            {
                await using var invocation = new Invocation(parse, terminal);
                return (int)await action(invocation, cancel);
            }
            catch (Exception fault)
            {
                return (int)Failure.Explain(fault, terminal);
            }
        });
        return this;
    }

    /// <summary>Adds the options of a command that works on a data directory.</summary>
    public Verb OnStore() => With(CommonOptions.Data).With(CommonOptions.Workspace).With(CommonOptions.As);

    /// <summary>Adds an argument or option.</summary>
    public Verb With(Symbol symbol)
    {
        switch (symbol)
        {
            case Argument argument: Add(argument); break;
            case Option option: Add(option); break;
            default: throw new ArgumentException($"{symbol.Name} is neither argument nor option", nameof(symbol));
        }
        return this;
    }
}
