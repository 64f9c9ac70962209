namespace Emend.Engine;

/// <summary>Where an engine keeps its data and what time it is.</summary>
internal sealed record EngineOptions
{
    /// <summary>Data directory; created on first use.</summary>
    public required string DataDirectory { get; init; }
    /// <summary>Workspace. Default <c>default</c>.</summary>
    public string Workspace { get; init; } = "default";
    /// <summary>Clock. Default: the system's.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;
}

internal sealed class EmendEngine : IAsyncDisposable
{
    public static Task<EmendEngine> OpenAsync(EngineOptions options, CancellationToken cancel) => throw new NotSupportedException();
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
