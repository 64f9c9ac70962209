using System.Collections.Immutable;
using Emend.Engine.Evaluating.Statistics;

namespace Emend.Engine.Observing.Drift;

/// <summary>What a stream is about.</summary>
internal enum StreamKind : byte
{
    /// <summary>The agent's proposals.</summary>
    Agent,
    /// <summary>Its proposals of one action.</summary>
    Action,
    /// <summary>Its proposals on one kind of task.</summary>
    Task,
    /// <summary>What one rule changed.</summary>
    Rule,
    /// <summary>What the corrector changed.</summary>
    Corrector,
}

/// <summary>A case whose right answer became known, whatever the agent had done.</summary>
/// <param name="At">When it became known, microseconds since 1970 UTC.</param>
/// <param name="Decision">The decision.</param>
/// <param name="IsWrong">Whether what is watched was wrong.</param>
/// <param name="IsBreak">Of a change: whether the proposal had been right.</param>
/// <param name="IsFix">Of a change: whether it is right and the proposal was not.</param>
internal readonly record struct JudgedCase(long At, string Decision, bool IsWrong, bool IsBreak = false, bool IsFix = false);

/// <summary>How one stream stands.</summary>
/// <param name="Kind">What it is about.</param>
/// <param name="Name">The action, task type or rule; empty for the agent and the corrector.</param>
/// <param name="Cases">Judged cases.</param>
/// <param name="Wrong">Of those, wrong ones.</param>
/// <param name="Tolerated">Rate of errors that is tolerated; null while there are too few cases to say.</param>
/// <param name="Watched">Cases held against it.</param>
/// <param name="WatchedWrong">Of those, wrong ones.</param>
/// <param name="Evidence">Evidence that the rate is above it.</param>
/// <param name="Alarms">Numbers of the cases at which an alarm began.</param>
/// <param name="IsAlarmed">Whether the last of them lasts.</param>
/// <param name="Changes">Changes of the mean in either direction.</param>
/// <param name="Before">Mean before the last change; null when there was none.</param>
/// <param name="Now">Mean since the last change.</param>
/// <param name="Breaks">Of changes that were watched: those that made a right proposal wrong.</param>
/// <param name="Fixes">Of changes that were watched: those that put a wrong proposal right.</param>
internal sealed record StreamFinding(
    StreamKind Kind, string Name, long Cases, long Wrong, double? Tolerated, long Watched, long WatchedWrong, double Evidence, ImmutableArray<long> Alarms, bool IsAlarmed, int Changes, double? Before, double Now, long Breaks, long Fixes);

/// <summary>
/// Watches one stream of judged cases: harm (errors above the tolerated rate) by <see cref="ShiryaevRoberts"/>, change in either direction by
/// <see cref="Adwin"/>. A fold over the cases in the order in which they became known: the same cases give the same finding.
/// </summary>
internal sealed class DriftStream
{
    private const double Relief = 0.1;

    private readonly StreamKind _kind;
    private readonly string _name;
    private readonly DriftPolicy _policy;
    private readonly double _alarm, _calibrationAlpha;
    private readonly Adwin _adwin = new();
    private ShiryaevRoberts? _detector;
    private long _cases, _wrong, _watchedWrong, _breaks, _fixes;
    private readonly ImmutableArray<long>.Builder _alarms = ImmutableArray.CreateBuilder<long>();
    private bool _isAlarmed;

    /// <param name="kind">What it is about.</param>
    /// <param name="name">The action, task type or rule.</param>
    /// <param name="policy">How it is watched.</param>
    /// <param name="streams">How many streams of the agent are watched: they share the rate of false alarms.</param>
    /// <param name="tolerated">Tolerated rate of errors; null: the upper bound of the first cases.</param>
    public DriftStream(StreamKind kind, string name, DriftPolicy policy, int streams, double? tolerated = null)
    {
        (_kind, _name, _policy) = (kind, name, policy);
        (_alarm, _calibrationAlpha, Tolerated) = (policy.Alarm * streams, policy.CalibrationAlpha / streams, tolerated);
        if (tolerated is { } rate) _detector = new(rate);
    }

    /// <summary>Tolerated rate of errors; null while there are too few cases to say.</summary>
    public double? Tolerated { get; private set; }

    /// <summary>Takes the next case in.</summary>
    public void Add(in JudgedCase judged)
    {
        _cases++;
        if (judged.IsWrong) _wrong++;
        _adwin.Add(judged.IsWrong ? 1 : 0);
        if (_detector is null)
        {
            if (_cases < _policy.Calibration) return;
            Tolerated = ClopperPearson.Upper(_wrong, _cases, _calibrationAlpha);
            // Nearly everything is wrong already: there is no room to get worse.
            if (Tolerated < 0.9) _detector = new(Tolerated.Value);
            return;
        }
        _detector.Add(judged.IsWrong);
        if (judged.IsWrong) _watchedWrong++;
        if (judged.IsBreak) _breaks++;
        if (judged.IsFix) _fixes++;
        if (!_isAlarmed && _detector.Evidence >= _alarm) _alarms.Add(_cases);
        // Between raising and clearing lies a gap, so that evidence at the border is one alarm and not many.
        _isAlarmed = _detector.Evidence >= (_isAlarmed ? Relief * _alarm : _alarm);
    }

    /// <summary>How it stands.</summary>
    public StreamFinding Finding() => new(
        _kind, _name, _cases, _wrong, Tolerated, _detector?.Count ?? 0, _watchedWrong, _detector?.Evidence ?? 0, _alarms.ToImmutable(), _isAlarmed, _adwin.Changes, _adwin.Before, _adwin.Mean, _breaks, _fixes);
}
