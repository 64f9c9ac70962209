namespace SupportDeskAgent;

/// <summary>Counts seconds in which the desk is staffed: Monday to Friday, 08:00 to 18:00 UTC, from 2 March 2026 on.</summary>
internal static class OfficeClock
{
    public const long DaySeconds = 10 * 3600;
    private static readonly DateTimeOffset Monday = new(2026, 3, 2, 8, 0, 0, TimeSpan.Zero);

    public static DateTimeOffset At(long second)
    {
        var day = second / DaySeconds;
        return Monday.AddDays((day / 5 * 7) + (day % 5)).AddSeconds(second % DaySeconds);
    }

    /// <summary>When each of <paramref name="count"/> messages arrives: irregular gaps that fill <paramref name="days"/> working days.</summary>
    public static IReadOnlyList<long> Arrivals(int count, int days)
    {
        var coins = Coins.For("arrivals", "all");
        var upTo = new long[count + 1];
        for (var i = 1; i <= count; i++)
            upTo[i] = upTo[i - 1] + coins.Skewed(40, 4000);

        var arrivals = new long[count];
        for (var i = 0; i < count; i++)
            arrivals[i] = upTo[i] * days * DaySeconds / upTo[count];
        return arrivals;
    }
}
