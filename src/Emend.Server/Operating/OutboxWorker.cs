using System.Collections.Concurrent;
using Emend.Engine;
using Emend.Engine.Messaging;

namespace Emend.Server.Operating;

/// <summary>Sends what happened to webhooks. Its lanes end before the stores do.</summary>
internal sealed class OutboxWorker(Workspaces workspaces, ServerOptions options, WebhookSender sender, ILogger<OutboxWorker> log)
    : Rounds(workspaces, options.Clock, TimeSpan.FromSeconds(1), log)
{
    private readonly ConcurrentDictionary<string, OutboxDispatcher> _dispatchers = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _ending = new();

    /// <summary>What sends a workspace's events.</summary>
    public OutboxDispatcher Of(string workspace, EmendEngine engine) => _dispatchers.GetOrAdd(workspace, static (_, of) => of.engine.Dispatcher(of.sender, of.options), (engine, sender, options: options.Operating.Webhooks));

    /// <inheritdoc/>
    public override Task RoundAsync(string workspace, EmendEngine engine, CancellationToken cancel) => Of(workspace, engine).LookAsync(_ending.Token);

    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await _ending.CancelAsync();
        foreach (var dispatcher in _dispatchers.Values) await dispatcher.IdleAsync();
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        base.Dispose();
        _ending.Dispose();
    }
}
