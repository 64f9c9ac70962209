using System.Runtime.InteropServices;

namespace Emend.Engine.Evaluating.Statistics;

/// <summary>
/// Evidence that units do not fall into the arms as planned (sample ratio mismatch): assignment is broken, or one arm's records are
/// lost or late. Whatever the arms then seem to show is not to be trusted. May be looked at after every unit.
/// </summary>
/// <remarks>
/// Each unit multiplies the evidence by q / pi, where pi is the planned share of its arm and q = (100 pi + S) / (100 + n) what a
/// Dirichlet prior of weight 100 predicts from the n units before it at the same share. At one share that is the statistic of Lindon
/// and Malek 2022 (arXiv 2011.03567); counting each share apart keeps it a test martingale while a release widens.
/// </remarks>
internal sealed class SampleRatio
{
    /// <summary>Evidence at which the ratio is called broken: a false call in one release of a thousand.</summary>
    public const double Broken = 1_000;

    private const double PriorWeight = 100;
    private readonly Dictionary<double, (long InCanary, long All)> _byShare = [];

    /// <summary>Units in the canary.</summary>
    public long InCanary { get; private set; }

    /// <summary>Units in all.</summary>
    public long All { get; private set; }

    /// <summary>How many were to be expected in the canary.</summary>
    public double Expected { get; private set; }

    /// <summary>Natural logarithm of the evidence so far; 0 before the first unit.</summary>
    public double Log { get; private set; }

    /// <summary>Highest value the logarithm ever had.</summary>
    public double HighestLog { get; private set; }

    /// <summary>Time of the unit at which it was first broken; null while it is not.</summary>
    public long? BrokenAt { get; private set; }

    /// <summary>Whether the ratio is broken.</summary>
    public bool IsBroken => BrokenAt is not null;

    /// <summary>Takes one unit in.</summary>
    /// <param name="inCanary">Whether it is served the candidate.</param>
    /// <param name="share">Planned share of the canary when it was assigned, strictly between 0 and 1.</param>
    /// <param name="at">When, for <see cref="BrokenAt"/>.</param>
    public void Add(bool inCanary, double share, long at = 0)
    {
        if (!(share is > 0 and < 1)) throw new ArgumentOutOfRangeException(nameof(share), share, "the canary's share lies strictly between 0 and 1");
        ref var seen = ref CollectionsMarshal.GetValueRefOrAddDefault(_byShare, share, out _);
        var planned = inCanary ? share : 1 - share;
        var before = inCanary ? seen.InCanary : seen.All - seen.InCanary;
        Log += Math.Log((PriorWeight * planned + before) / (PriorWeight + seen.All) / planned);
        HighestLog = Math.Max(HighestLog, Log);
        if (BrokenAt is null && Log >= Math.Log(Broken)) BrokenAt = at;
        seen = (seen.InCanary + (inCanary ? 1 : 0), seen.All + 1);
        if (inCanary) InCanary++;
        All++;
        Expected += share;
    }
}
