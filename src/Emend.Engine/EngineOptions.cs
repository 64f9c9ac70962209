using Emend.Engine.Storage;

namespace Emend.Engine;

/// <summary>Where an engine keeps its data and what time it is.</summary>
internal sealed record EngineOptions
{
    /// <summary>The workspace of an installation that has one.</summary>
    public const string UsualWorkspace = "default";

    /// <summary>Data directory; created on first use.</summary>
    public required string DataDirectory { get; init; }
    /// <summary>Workspace. Default <c>default</c>.</summary>
    public string Workspace { get; init; } = UsualWorkspace;
    /// <summary>Clock. Default: the system's.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;
    /// <summary>Whether to open beside a process that writes, for reading only. Default false.</summary>
    public bool ReadOnly { get; init; }
    /// <summary>Stands between the stages and their store: where a simulation puts crashes, full disks and other people. Default: nothing.</summary>
    public Func<SqliteWorkspaceStore, IWorkspaceStore>? Around { get; init; }
}
