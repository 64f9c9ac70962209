using Emend.Engine.Capturing;
using Emend.Engine.Journal;
using Emend.Engine.Normalizing;
using Emend.Engine.Reviewing;
using Emend.Engine.Storage;

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
    /// <summary>Whether to open beside a process that writes, for reading only. Default false.</summary>
    public bool ReadOnly { get; init; }
}

/// <summary>
/// The governed loop on one workspace, in one process: the stages in their order, each with the use cases it offers. Open this
/// file first; docs/architecture.md follows one correction from here.
/// </summary>
/// <remarks>Owns the store; dispose it to flush and close. Safe for concurrent use.</remarks>
internal sealed class EmendEngine : IAsyncDisposable
{
    private EmendEngine(SqliteWorkspaceStore store, TimeProvider clock)
    {
        Store = store;
        Clock = clock;

        Agents = new(store);
        AgentHandler = new(store, Agents);

        Import = new(store, Agents, clock);
        Export = new(store);
        Parked = new(store, clock);

        Decisions = new(store);
        Corrections = new(store);

        Reviews = new(store);
        Rulings = new(store, Agents, clock);
        Withdrawals = new(store, clock);
        Cases = new(store, Agents);
    }

    /// <summary>The workspace's store: journal and read models.</summary>
    public SqliteWorkspaceStore Store { get; }
    /// <summary>The clock.</summary>
    public TimeProvider Clock { get; }

    /// <summary>Normalizing: registered agents.</summary>
    public Agents Agents { get; }
    /// <summary>Normalizing: registers and changes agents.</summary>
    public AgentHandler AgentHandler { get; }

    /// <summary>Capturing: takes logs in.</summary>
    public ImportLog Import { get; }
    /// <summary>Capturing: writes logs.</summary>
    public ExportLog Export { get; }
    /// <summary>Capturing: what waits for its decision.</summary>
    public ParkedSignals Parked { get; }

    /// <summary>Normalizing: decisions.</summary>
    public Decisions Decisions { get; }
    /// <summary>Normalizing: corrections.</summary>
    public Corrections Corrections { get; }

    /// <summary>Reviewing: what waits for people.</summary>
    public ListReviews Reviews { get; }
    /// <summary>Reviewing: rules what was right.</summary>
    public RecordRulingHandler Rulings { get; }
    /// <summary>Reviewing: takes corrections back.</summary>
    public WithdrawCorrectionHandler Withdrawals { get; }
    /// <summary>Reviewing: decisions with an effective ruling, for learners.</summary>
    public LearningCases Cases { get; }

    /// <summary>Opens a workspace, creating it when it does not exist.</summary>
    /// <exception cref="StorageException">The data directory cannot be used; the message says why and what to do.</exception>
    public static async Task<EmendEngine> OpenAsync(EngineOptions options, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(options);
        IReadOnlyList<IProjection> projections = [.. IntakeProjections.Create()];
        var store = await SqliteWorkspaceStore.OpenAsync(
            DataDirectory.Open(options.DataDirectory), options.Workspace, projections, options.Clock, new StoreOptions { ReadOnly = options.ReadOnly }, cancel).ConfigureAwait(false);
        return new(store, options.Clock);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Store.DisposeAsync();
}
