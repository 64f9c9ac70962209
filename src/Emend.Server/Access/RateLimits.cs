using System.Collections.Concurrent;

namespace Emend.Server.Access;

/// <summary>A bucket of tokens for each credential, and a small one for each address that knocks without a good one.</summary>
internal sealed class RateLimits(ServerOptions options)
{
    private const int FailuresPerSecond = 10, FailureBurst = 50, MostAddresses = 10_000;

    private readonly ConcurrentDictionary<string, Bucket> _callers = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Bucket> _strangers = new(StringComparer.Ordinal);

    /// <summary>Takes one request of a credential; false with the time to wait when there is none left.</summary>
    public bool Take(string credential, out TimeSpan wait) =>
        _callers.GetOrAdd(credential, static _ => new()).Take(options.Clock, options.RequestsPerSecond, 2L * options.RequestsPerSecond, out wait);

    /// <summary>Takes one failed attempt of an address.</summary>
    public bool TakeFailure(string address, out TimeSpan wait)
    {
        // Addresses are free, memory is not: forgetting all of them at once only gives each a full bucket again.
        if (_strangers.Count >= MostAddresses) _strangers.Clear();
        return _strangers.GetOrAdd(address, static _ => new()).Take(options.Clock, FailuresPerSecond, FailureBurst, out wait);
    }

    private sealed class Bucket
    {
        private readonly Lock _gate = new();
        private double _tokens = double.NaN;
        private DateTimeOffset _at;

        public bool Take(TimeProvider clock, long perSecond, long most, out TimeSpan wait)
        {
            lock (_gate)
            {
                var now = clock.GetUtcNow();
                _tokens = double.IsNaN(_tokens) ? most : Math.Min(most, _tokens + Math.Max(0, (now - _at).TotalSeconds) * perSecond);
                _at = now;
                wait = _tokens >= 1 ? TimeSpan.Zero : TimeSpan.FromSeconds((1 - _tokens) / perSecond);
                if (_tokens < 1) return false;
                _tokens--;
                return true;
            }
        }
    }
}
