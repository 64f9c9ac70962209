namespace Emend.Client;

/// <summary>How long to wait before the next attempt: doubling, with jitter so that a thousand clients do not come back at once.</summary>
internal sealed class Backoff(TimeSpan first, TimeSpan longest, uint seed)
{
    private static readonly TimeSpan MostAsked = TimeSpan.FromMinutes(10);

    private uint _state = seed | 1;
    private int _failures;

    /// <summary>The pause after one more failure.</summary>
    /// <param name="asked">What the server asked for; null: nothing.</param>
    public TimeSpan Next(TimeSpan? asked = null)
    {
        var most = Math.Min(longest.TotalMilliseconds, first.TotalMilliseconds * Math.Pow(2, Math.Min(_failures++, 30)));
        // xorshift32: between half and all of it.
        _state ^= _state << 13;
        _state ^= _state >> 17;
        _state ^= _state << 5;
        var pause = TimeSpan.FromMilliseconds(most * (0.5 + (_state / (double)uint.MaxValue / 2)));
        return asked is { } wanted && wanted > pause ? (wanted < MostAsked ? wanted : MostAsked) : pause;
    }

    /// <summary>The pause that an answer asks for (<c>Retry-After</c>); null: none.</summary>
    public static TimeSpan? AskedBy(HttpResponseMessage answer, TimeProvider clock) => answer.Headers.RetryAfter switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } => date - clock.GetUtcNow(),
        _ => null,
    };

    /// <summary>It worked.</summary>
    public void Reset() => _failures = 0;
}
