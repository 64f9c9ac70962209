using System.CommandLine;

namespace Emend.Cli.Commands;

/// <summary>A command that only groups others.</summary>
internal static class Noun
{
    /// <summary>A noun with its verbs.</summary>
    public static Command Of(string name, string description, params ReadOnlySpan<Command> verbs)
    {
        var noun = new Command(name, description);
        foreach (var verb in verbs) noun.Add(verb);
        return noun;
    }
}
