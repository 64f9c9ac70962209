using Emend.Engine.Access;
using Emend.Engine.Storage;

namespace Emend.Server.Access;

/// <summary>Once a second: takes in keys that others changed, and journals what happened to keys and who was refused.</summary>
internal sealed partial class AccessWorker(ApiKeys keys, Workspaces workspaces, ServerOptions options, ILogger<AccessWorker> log) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    // Writing down when keys were used is worth a write a minute, not one a second.
    private const int RoundsPerNote = 60;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Pause, options.Clock);
        for (var round = 1; ; round++)
        {
            try
            {
                if (!await timer.WaitForNextTickAsync(stoppingToken)) return;
                await RoundAsync(stoppingToken);
                if (round % RoundsPerNote == 0) keys.NoteUse();
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception fault) when (fault is StorageException or Microsoft.Data.Sqlite.SqliteException)
            {
                // The next round tries again; nothing was dropped.
                RoundFailed(log, fault);
            }
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        try
        {
            await RoundAsync(CancellationToken.None);
        }
        catch (StorageException fault)
        {
            RoundFailed(log, fault);
        }
    }

    /// <summary>One round.</summary>
    public async Task RoundAsync(CancellationToken cancel)
    {
        keys.RefreshIfChanged();
        foreach (var name in workspaces.Names)
        {
            var engine = await workspaces.OfAsync(name);
            await engine.Access.TakeOverAsync(keys, name, cancel);
            await engine.Access.FlushAsync(cancel);
        }
    }

    [LoggerMessage(9101, LogLevel.Error, "Keys or refusals could not be journaled; trying again")]
    private static partial void RoundFailed(ILogger log, Exception fault);
}
