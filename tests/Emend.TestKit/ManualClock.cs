namespace Emend.TestKit;

/// <summary>A clock that stands still until it is moved. It may be moved back.</summary>
public sealed class ManualClock(DateTimeOffset? start = null) : TimeProvider
{
    private long _ticks = (start ?? new DateTimeOffset(2026, 1, 5, 12, 0, 0, TimeSpan.Zero)).UtcTicks;

    /// <summary>What it shows.</summary>
    public DateTimeOffset Now => new(Interlocked.Read(ref _ticks), TimeSpan.Zero);

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => Now;

    /// <summary>Moves it, back when negative.</summary>
    public void Move(TimeSpan by) => Interlocked.Add(ref _ticks, by.Ticks);
}
