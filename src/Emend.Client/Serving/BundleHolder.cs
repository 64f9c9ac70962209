namespace Emend.Client.Serving;

/// <summary>Holds the one snapshot that decides. Readers take it with one volatile read; swapping it is one reference.</summary>
internal sealed class BundleHolder
{
    private ServingSnapshot? _current;

    /// <summary>What decides now; null while nothing verified has arrived.</summary>
    public ServingSnapshot? Current => Volatile.Read(ref _current);

    /// <summary>Highest release counter ever seen, over restarts.</summary>
    public long Floor { get; private set; }

    /// <summary>Puts a verified snapshot in place. One caller at a time.</summary>
    public void Swap(ServingSnapshot next)
    {
        Floor = Math.Max(Floor, next.Verified.Manifest.Counter);
        Volatile.Write(ref _current, next);
    }

    /// <summary>What was seen before this process started.</summary>
    public void Remember(long floor) => Floor = Math.Max(Floor, floor);
}
