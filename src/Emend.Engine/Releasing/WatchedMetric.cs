using System.Globalization;

namespace Emend.Engine.Releasing;

/// <summary>An outcome metric that a release is watched by: either what counts as a bad outcome, or a mean within bounds.</summary>
/// <remarks>
/// As text: <c>reopened</c> (bad at 1 or more), <c>latency_ms&gt;=5000</c>, <c>csat&lt;=2</c>; means with the better direction, their bounds, how much
/// worse is still no worse, and <c>exact</c> for an interval that holds from the first unit: <c>latency_ms:low:0..8000:400</c>, <c>csat:high:1..5::exact</c>.
/// </remarks>
internal sealed record WatchedMetric
{
    /// <summary>What is always watched: the final action was not the right one, by a ruling or a revealed truth.</summary>
    public const string WrongName = "wrong";

    /// <summary>Share of right final actions, as a mean.</summary>
    public const string AccuracyName = "accuracy";

    /// <summary>Margin of a mean when none is given: a twentieth of its bounds.</summary>
    private const double UsualMargin = 0.05;

    /// <summary>Name, as outcomes have it.</summary>
    public required string Name { get; init; }

    /// <summary>Whether its mean is compared; else how often it is bad.</summary>
    public bool IsMean { get; init; }

    /// <summary>Where bad begins.</summary>
    public double Threshold { get; init; } = 1;

    /// <summary>Whether high values are bad (reopened, latency); else low ones (csat).</summary>
    public bool IsHighBad { get; init; } = true;

    /// <summary>Lower bound of a mean; values below are cut to it.</summary>
    public double Low { get; init; }

    /// <summary>Upper bound of a mean; values above are cut to it.</summary>
    public double High { get; init; } = 1;

    /// <summary>How much worse a mean may be and still count as no worse, in the metric's unit.</summary>
    public double Margin { get; init; } = UsualMargin;

    /// <summary>Whether the interval holds from the first unit on (wider); else from about a hundred units an arm on.</summary>
    public bool IsExact { get; init; }

    /// <summary>Share of right final actions.</summary>
    public static WatchedMetric Accuracy { get; } = new() { Name = AccuracyName, IsMean = true, IsHighBad = false };

    /// <summary>Whether a value is bad.</summary>
    public bool IsBad(double value) => IsHighBad ? value >= Threshold : value <= Threshold;

    /// <summary>A value between 0 and 1: 0 at or below the lower bound, 1 at or above the upper one.</summary>
    public double Scaled(double value) => (Math.Clamp(value, Low, High) - Low) / (High - Low);

    /// <summary>Reads the text form.</summary>
    /// <param name="text">The text.</param>
    /// <param name="problem">What is wrong with it; empty when nothing is.</param>
    /// <returns>The metric; null when something is wrong.</returns>
    public static WatchedMetric? Parse(string text, out string problem)
    {
        problem = $"'{text}' names no metric: write NAME, NAME>=VALUE, NAME<=VALUE, or NAME:low|high:FROM..TO[:MARGIN[:exact]]";
        if (string.Equals(text, AccuracyName, StringComparison.Ordinal)) return Found(Accuracy, out problem);
        var parts = text.Split(':');
        if (parts.Length > 1) return Mean(parts, ref problem);
        var at = text.AsSpan().IndexOfAny('<', '>');
        if (at < 0) return IsName(text) ? Found(new() { Name = text }, out problem) : null;
        if (!IsName(text[..at]) || at + 1 >= text.Length || text[at + 1] != '=' || !Number(text[(at + 2)..], out var threshold)) return null;
        return Found(new() { Name = text[..at], Threshold = threshold, IsHighBad = text[at] == '>' }, out problem);
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        if (this == Accuracy) return AccuracyName;
        if (!IsMean) return string.Create(CultureInfo.InvariantCulture, $"{Name}{(IsHighBad ? ">=" : "<=")}{Threshold}");
        return string.Create(CultureInfo.InvariantCulture, $"{Name}:{(IsHighBad ? "low" : "high")}:{Low}..{High}:{Margin}{(IsExact ? ":exact" : "")}");
    }

    private static WatchedMetric? Mean(string[] parts, ref string problem)
    {
        if (parts.Length is < 3 or > 5 || !IsName(parts[0]) || parts[1] is not ("low" or "high") || parts[2].Split("..") is not [var from, var to]) return null;
        if (!Number(from, out var low) || !Number(to, out var high)) return null;
        var margin = UsualMargin * (high - low);
        if (parts.Length > 3 && parts[3].Length > 0 && !Number(parts[3], out margin)) return null;
        if (parts.Length > 4 && parts[4] is not "exact") return null;
        if (high <= low)
        {
            problem = $"the bounds of {parts[0]} do not rise";
            return null;
        }
        if (margin < 0)
        {
            problem = $"the margin of {parts[0]} is negative";
            return null;
        }
        return Found(new() { Name = parts[0], IsMean = true, IsHighBad = parts[1] == "low", Low = low, High = high, Margin = margin, IsExact = parts.Length > 4 }, out problem);
    }

    private static WatchedMetric Found(WatchedMetric metric, out string problem)
    {
        problem = "";
        return metric;
    }

    private static bool Number(string text, out double value) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value) && double.IsFinite(value);

    private static bool IsName(string text) => text.Length is > 0 and <= 100 && !text.Any(static c => char.IsWhiteSpace(c) || char.IsControl(c)) && text is not (WrongName or AccuracyName);
}

/// <summary>Something so bad that no statistics are waited for: so many units of the canary, and it is taken back.</summary>
/// <param name="Metric">When an outcome is that bad.</param>
/// <param name="Count">How many units suffice; 1 or more.</param>
internal sealed record Tripwire(WatchedMetric Metric, int Count)
{
    /// <summary>Reads <c>METRIC</c> or <c>METRIC*COUNT</c>; null when it is neither.</summary>
    public static Tripwire? Parse(string text, out string problem)
    {
        var at = text.LastIndexOf('*');
        var count = 1;
        if (at >= 0 && (!int.TryParse(text[(at + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out count) || count < 1))
        {
            problem = $"'{text}' is no tripwire: write METRIC or METRIC*COUNT, e.g. leaked*1";
            return null;
        }
        if (WatchedMetric.Parse(at < 0 ? text : text[..at], out problem) is not { } metric) return null;
        if (!metric.IsMean) return new(metric, count);
        problem = $"a tripwire counts bad outcomes; {metric.Name} is given as a mean";
        return null;
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Metric}*{Count}");
}
