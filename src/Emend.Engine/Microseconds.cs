namespace Emend.Engine;

/// <summary>Instants as Emend keeps them: microseconds since 1970-01-01T00:00:00Z in a 64-bit integer.</summary>
internal static class Microseconds
{
    /// <summary>From an instant; parts below a microsecond are cut off.</summary>
    public static long Of(DateTimeOffset instant) => (instant - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;

    /// <summary>To an instant in UTC.</summary>
    public static DateTimeOffset Instant(long microseconds) => DateTimeOffset.UnixEpoch.AddTicks(microseconds * TimeSpan.TicksPerMicrosecond);
}
