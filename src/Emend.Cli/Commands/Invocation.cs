using System.CommandLine;
using Emend.Cli.Output;
using Emend.Engine;
using Emend.Engine.Storage;

namespace Emend.Cli.Commands;

/// <summary>One run of one command: its arguments, its terminal, and the engine once it is needed.</summary>
internal sealed class Invocation(ParseResult parse, Terminal terminal) : IAsyncDisposable
{
    private EmendEngine? _engine;

    /// <summary>Where to write.</summary>
    public Terminal Terminal { get; } = terminal;

    /// <summary>Who asks.</summary>
    public Actor Actor => new(Get(CommonOptions.As));

    /// <summary>The value of an option or argument that has a default or is required.</summary>
    public T Get<T>(Option<T> option) => parse.GetValue(option)!;

    /// <inheritdoc cref="Get{T}(Option{T})"/>
    public T Get<T>(Argument<T> argument) => parse.GetValue(argument)!;

    /// <summary>Whether an option stands on the command line.</summary>
    public bool IsGiven(Option option) => parse.GetResult(option) is { Implicit: false };

    /// <summary>The engine on <c>--data</c>, opened on first use.</summary>
    /// <exception cref="Failure">The workspace cannot have this name.</exception>
    public async Task<EmendEngine> EngineAsync(CancellationToken cancel)
    {
        if (!DataDirectory.IsName(Get(CommonOptions.Workspace)))
            throw new Failure(ExitCode.BadInput, $"'{Get(CommonOptions.Workspace)}' cannot name a workspace", "use 1 to 64 of a-z, 0-9, '-' and '_', starting with a letter or a digit");
        if (_engine is not null) return _engine;
        var isNew = !File.Exists(Path.Combine(Get(CommonOptions.Data).FullName, "workspaces", Get(CommonOptions.Workspace), "journal.db"));
        _engine = await EmendEngine.OpenAsync(new EngineOptions { DataDirectory = Get(CommonOptions.Data).FullName, Workspace = Get(CommonOptions.Workspace) }, cancel);
        // Once for each workspace: with every command it would be read by nobody.
        if (isNew && SqliteFile.Warning is { } warning) Terminal.Say($"[yellow]note:[/]  {Terminal.Escape(warning)}");
        return _engine;
    }

    /// <summary>The value of an answer; a refusal ends the command.</summary>
    public static T Take<T>(Answer<T> answer) => answer switch
    {
        Answer<T>.Granted(var value) => value,
        Answer<T>.Refused(var why) => throw Failure.Refused(why),
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _engine?.DisposeAsync() ?? ValueTask.CompletedTask;
}
