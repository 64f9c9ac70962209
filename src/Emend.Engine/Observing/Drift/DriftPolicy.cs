namespace Emend.Engine.Observing.Drift;

/// <summary>How drift is watched. One set of thresholds for all agents and streams.</summary>
internal sealed record DriftPolicy
{
    /// <summary>What nobody changed.</summary>
    public static DriftPolicy Default { get; } = new();

    /// <summary>Judged cases from which the tolerated rate of a stream is taken: its upper bound. Default 300.</summary>
    public int Calibration { get; init; } = 300;

    /// <summary>Probability that any of an agent's upper bounds lies below its true rate. Default 5 %, shared by its streams.</summary>
    public double CalibrationAlpha { get; init; } = 0.05;

    /// <summary>Evidence that raises an alarm, for one stream: the mean number of cases between two false ones. Times the number of streams. Default 10,000.</summary>
    public double Alarm { get; init; } = 10_000;

    /// <summary>Evidence that is worth a warning, for one stream. Default 1,000.</summary>
    public double Warning { get; init; } = 1_000;

    /// <summary>Share of wrong changes that is tolerated of a rule about which nothing better is known. Default 10 %.</summary>
    public double RuleTolerated { get; init; } = 0.10;

    /// <summary>Decisions of the later stretch whose inputs are compared with as many before them. Default 1,000.</summary>
    public int InputStretch { get; init; } = 1_000;
}
