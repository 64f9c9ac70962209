namespace Emend.Engine.Trust;

/// <summary>How people's words are weighed. One set of defaults serves every agent.</summary>
internal sealed record TrustPolicy
{
    /// <summary>The defaults.</summary>
    public static TrustPolicy Default { get; } = new();

    /// <summary>Right answers that everybody is taken to have given before any was measured. Default 9.</summary>
    public double RightBefore { get; init; } = 9;

    /// <summary>The same, wrong ones. Default 1.</summary>
    public double WrongBefore { get; init; } = 1;

    /// <summary>After how long an answer counts half. Default 90 days.</summary>
    public TimeSpan HalfLife { get; init; } = TimeSpan.FromDays(90);

    /// <summary>Chance that honest people's corrections are held back, over all tests of one look. Default 1e-4.</summary>
    public double AlarmLevel { get; init; } = 1e-4;

    /// <summary>Fewest corrections from one action to another that are looked at. Default 4.</summary>
    public int LeastCorrections { get; init; } = 4;
}
