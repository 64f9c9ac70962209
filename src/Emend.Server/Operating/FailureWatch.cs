using Emend.Engine;

namespace Emend.Server.Operating;

/// <summary>
/// Ends the server when a journal has failed: after a flush that failed nobody knows what is durable, and only a new start, whose recovery
/// reads what is, makes it known. The program exits with 1, so that a supervisor starts it again.
/// </summary>
internal sealed partial class FailureWatch(Workspaces workspaces, ServerOptions options, IHostApplicationLifetime life, ILogger<FailureWatch> log)
    : Rounds(workspaces, options.Clock, TimeSpan.FromSeconds(1), log)
{
    private readonly ILogger _log = log;

    /// <summary>Whether a journal has failed.</summary>
    public bool HasFailed { get; private set; }

    /// <inheritdoc/>
    public override Task RoundAsync(string workspace, EmendEngine engine, CancellationToken cancel)
    {
        if (engine.Store.Failure is { } failure && !HasFailed)
        {
            HasFailed = true;
            Failed(_log, workspace, failure);
            life.StopApplication();
        }
        return Task.CompletedTask;
    }

    [LoggerMessage(9221, LogLevel.Critical, "The journal of workspace {Workspace} failed; the server ends. Agents go on with what they have. Check the disk, then start again")]
    private static partial void Failed(ILogger log, string workspace, Exception failure);
}
