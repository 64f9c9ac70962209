namespace Emend.Engine.Storage;

/// <summary>How a workspace's store works.</summary>
internal sealed record StoreOptions
{
    /// <summary>Whether to open for reading only, beside a process that writes. Default false.</summary>
    public bool ReadOnly { get; init; }

    /// <summary>Changes that may share one commit. Default 256.</summary>
    public int GroupLimit { get; init; } = 256;

    /// <summary>Changes that may wait; further callers wait outside. Default 4,096.</summary>
    public int QueueLimit { get; init; } = 4_096;

    /// <summary>Bytes of the write-ahead log after which the writer moves it into the file between two groups. Default 32 MiB.</summary>
    public long LogLimit { get; init; } = 32 << 20;

    /// <summary>Idle time after which it does so anyway. Default 200 ms.</summary>
    public TimeSpan IdleCheckpoint { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>Keys of subjects kept in memory, at most twice this number. Default 65,536.</summary>
    public int CachedKeys { get; init; } = 65_536;
}
