using Emend.Engine;

namespace Emend.Server.Operating;

/// <summary>Work that is done again and again, in every workspace. A fault in one workspace or round is logged and the next round goes on.</summary>
internal abstract partial class Rounds(Workspaces workspaces, TimeProvider clock, TimeSpan pause, ILogger log) : BackgroundService
{
    /// <summary>One round in one workspace. Safe to run twice.</summary>
    public abstract Task RoundAsync(string workspace, EmendEngine engine, CancellationToken cancel);

    /// <summary>One round in every workspace.</summary>
    public async Task RoundAsync(CancellationToken cancel)
    {
        foreach (var (name, engine) in workspaces.Open())
        {
            try
            {
                await RoundAsync(name, engine, cancel);
            }
            // Whatever it is: a worker that ended would take the server with it, and every other workspace.
            catch (Exception fault) when (fault is not OperationCanceledException || !cancel.IsCancellationRequested)
            {
                RoundFailed(log, GetType().Name, fault);
            }
        }
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(pause, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken)) await RoundAsync(stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The server ends.
        }
    }

    [LoggerMessage(9201, LogLevel.Error, "A round of {Worker} failed; the next one tries again")]
    private static partial void RoundFailed(ILogger log, string worker, Exception fault);
}
