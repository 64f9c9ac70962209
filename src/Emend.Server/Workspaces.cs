using System.Collections.Concurrent;
using Emend.Engine;
using Emend.Engine.Storage;

namespace Emend.Server;

/// <summary>The workspaces of an installation, one engine each, opened when first asked for and closed together.</summary>
internal sealed class Workspaces(ServerOptions options) : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, Lazy<Task<EmendEngine>>> _open = new(StringComparer.Ordinal);
    private volatile bool _isClosing;

    /// <summary>Where they lie.</summary>
    public DataDirectory Directory { get; } = DataDirectory.Open(options.DataDirectory);

    /// <summary>Names of those that are open, sorted.</summary>
    public IEnumerable<string> Names => _open.Where(static open => open.Value is { IsValueCreated: true, Value.IsCompletedSuccessfully: true }).Select(static open => open.Key).Order(StringComparer.Ordinal);

    /// <summary>Those that are open, with their engines, by name.</summary>
    public IReadOnlyList<(string Name, EmendEngine Engine)> Open() =>
        _isClosing ? [] : [.. _open.Where(static open => open.Value is { IsValueCreated: true, Value.IsCompletedSuccessfully: true }).Select(static open => (open.Key, open.Value.Value.GetAwaiter().GetResult())).OrderBy(static open => open.Key, StringComparer.Ordinal)];

    /// <summary>The engine of a workspace. A failure to open it is not remembered: the next caller tries again.</summary>
    /// <exception cref="StorageException">It cannot be opened; the message says why.</exception>
    public async ValueTask<EmendEngine> OfAsync(string workspace)
    {
        ObjectDisposedException.ThrowIf(_isClosing, this);
        var open = _open.GetOrAdd(workspace, static (name, self) => new(() => self.OpenAsync(name)), this);
        try
        {
            return await open.Value;
        }
        catch
        {
            _open.TryRemove(new(workspace, open));
            throw;
        }
    }

    /// <summary>Every workspace there is on disk, opened.</summary>
    public async Task OpenAllAsync()
    {
        foreach (var name in Directory.Workspaces()) await OfAsync(name);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _isClosing = true;
        foreach (var (_, open) in _open)
        {
            if (!open.IsValueCreated) continue;
            // One that could not be opened has nothing to close.
            if (await open.Value.ContinueWith(static opened => opened.IsCompletedSuccessfully, TaskScheduler.Default)) await (await open.Value).DisposeAsync();
        }
        _open.Clear();
    }

    private async Task<EmendEngine> OpenAsync(string name)
    {
        var engine = await EmendEngine.OpenAsync(new() { DataDirectory = options.DataDirectory, Workspace = name, Clock = options.Clock }, CancellationToken.None);
        // From here on what an agent's change envelope covers acts without anybody asking; what came in while nobody followed comes first.
        engine.FastLane.Follow();
        return engine;
    }
}
