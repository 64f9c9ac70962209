using System.Collections.Immutable;
using System.Text.Json;
using Emend.Logic;

namespace Emend.Engine.Releasing;

/// <summary>How a release widens and what takes it back. Fixed when the release starts and journaled with it.</summary>
internal sealed record ReleasePolicy
{
    /// <summary>Steps nobody changed.</summary>
    public static ReleasePolicy Default { get; } = new();

    /// <summary>Shares in basis points, rising; the first is where a release starts, the last is 10,000. Default: shadow, 1 %, 5 %, 25 %, all.</summary>
    public ImmutableArray<int> StepsBp { get; init; } = [0, 100, 500, 2_500, 10_000];

    /// <summary>Least time at a step. Default one hour: short enough for a day's release, long enough for somebody to notice.</summary>
    public TimeSpan Soak { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Least number of decisions the candidate took at a step (in the shadow: computed). Default 20.</summary>
    public int MinExposed { get; init; } = 20;

    /// <summary>Least number of decisions the candidate took in this release of which it is known how they did, before it widens beyond the first share that serves anybody. Default 5.</summary>
    public int MinJudged { get; init; } = 5;

    /// <summary>Probability of taking back a harmless candidate. Default 5 %.</summary>
    public double RollbackAlpha { get; init; } = 0.05;

    /// <summary>Probability of calling a candidate harmless that is worse by <see cref="Margin"/>. Default 5 %.</summary>
    public double PromotionAlpha { get; init; } = 0.05;

    /// <summary>Relative margin of non-inferiority. Default 25 %.</summary>
    public double Margin { get; init; } = 0.25;

    /// <summary>Metrics by which the candidate must do no worse, beside <c>wrong</c>, which is always watched. Default none.</summary>
    public ImmutableArray<WatchedMetric> Guards { get; init; } = [];

    /// <summary>Metrics of which at least one must be shown to do better before the last step: what makes a release an A/B test. Default none.</summary>
    public ImmutableArray<WatchedMetric> Success { get; init; } = [];

    /// <summary>What takes it back at once. Default none.</summary>
    public ImmutableArray<Tripwire> Tripwires { get; init; } = [];

    /// <summary>Decisions under the release at one step after which a person has to look, when nothing was shown by then. Default 40,000.</summary>
    public int HorizonDecisions { get; init; } = 40_000;

    /// <summary>Time at one step after which a person has to look, when nothing was shown by then. Default 7 days.</summary>
    public TimeSpan Horizon { get; init; } = TimeSpan.FromDays(7);

    /// <summary>Share of units that nothing learned is ever served to, in basis points, so that what it is all worth stays measurable. Default 0.</summary>
    public int HoldbackBp { get; init; }

    /// <summary>How many guard metrics share <see cref="RollbackAlpha"/>.</summary>
    public int GuardCount => 1 + (Guards.IsDefault ? 0 : Guards.Length);

    /// <summary>The policy with one more guard metric, unless it watches that already.</summary>
    public ReleasePolicy Watching(WatchedMetric? guard) =>
        guard is null || Guards.Any(known => string.Equals(known.Name, guard.Name, StringComparison.Ordinal)) ? this : this with { Guards = Guards.Add(guard) };

    /// <summary>The step after a share; null at the last one.</summary>
    public TrafficShare? After(TrafficShare share)
    {
        foreach (var bp in StepsBp)
            if (bp > share.BasisPoints) return TrafficShare.FromBasisPoints(bp);
        return null;
    }

    /// <summary>What is wrong with it; empty when nothing is.</summary>
    public IReadOnlyList<string> Problems()
    {
        var problems = new List<string>();
        if (StepsBp.IsDefaultOrEmpty || StepsBp[^1] != 10_000) problems.Add("the last step is 10,000 bp (everybody)");
        if (!StepsBp.IsDefaultOrEmpty && StepsBp.Any(static bp => bp is < 0 or > 10_000)) problems.Add("steps lie between 0 and 10,000 bp");
        if (!StepsBp.IsDefaultOrEmpty && StepsBp.Zip(StepsBp.Skip(1)).Any(static pair => pair.First >= pair.Second)) problems.Add("steps rise");
        if (!StepsBp.IsDefaultOrEmpty && StepsBp[0] == 10_000) problems.Add("a release has at least one step before everybody");
        if (Soak < TimeSpan.Zero) problems.Add("soak is not negative");
        if (MinExposed < 1) problems.Add("minExposed is at least 1: no data never widens a release");
        if (MinJudged < 0) problems.Add("minJudged is not negative");
        if (RollbackAlpha is not (> 0 and < 0.5)) problems.Add("rollbackAlpha lies between 0 and 0.5");
        if (PromotionAlpha is not (> 0 and < 0.5)) problems.Add("promotionAlpha lies between 0 and 0.5");
        if (Margin is not (> 0 and <= 10)) problems.Add("margin lies between 0 and 10");
        if (Guards.Concat(Success).GroupBy(static metric => metric.Name, StringComparer.Ordinal).FirstOrDefault(static same => same.Count() > 1) is { Key: var twice }) problems.Add($"metric {twice} is named twice");
        if (Guards.Length + Success.Length > MaxMetrics) problems.Add($"at most {MaxMetrics} metrics: each shares the probability of a false alarm with the others");
        if (HorizonDecisions < 1) problems.Add("horizonDecisions is at least 1");
        if (Horizon <= TimeSpan.Zero) problems.Add("horizon is longer than nothing");
        if (HoldbackBp is < 0 or > 5_000) problems.Add("holdbackBp lies between 0 and 5,000");
        return problems;
    }

    private const int MaxMetrics = 20;

    /// <summary>Canonical JSON.</summary>
    public string Canonical()
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            json.WriteStartArray("stepsBp");
            foreach (var bp in StepsBp) json.WriteNumberValue(bp);
            json.WriteEndArray();
            json.WriteNumber("soakSeconds", Soak.TotalSeconds);
            json.WriteNumber("minExposed", MinExposed);
            json.WriteNumber("minJudged", MinJudged);
            json.WriteNumber("rollbackAlpha", RollbackAlpha);
            json.WriteNumber("promotionAlpha", PromotionAlpha);
            json.WriteNumber("margin", Margin);
            Write(json, "guards", Guards);
            Write(json, "success", Success);
            Write(json, "tripwires", Tripwires);
            json.WriteNumber("horizonDecisions", HorizonDecisions);
            json.WriteNumber("horizonSeconds", Horizon.TotalSeconds);
            json.WriteNumber("holdbackBp", HoldbackBp);
            json.WriteEndObject();
        }
        return CanonicalJson.Of(bytes.ToArray());
    }

    /// <summary>Reads what <see cref="Canonical"/> wrote.</summary>
    public static ReleasePolicy Parse(string text)
    {
        using var document = JsonDocument.Parse(text);
        var root = document.RootElement;
        return new()
        {
            StepsBp = [.. root.GetProperty("stepsBp").EnumerateArray().Select(static bp => bp.GetInt32())],
            Soak = TimeSpan.FromSeconds(root.GetProperty("soakSeconds").GetDouble()),
            MinExposed = root.GetProperty("minExposed").GetInt32(),
            MinJudged = root.GetProperty("minJudged").GetInt32(),
            RollbackAlpha = root.GetProperty("rollbackAlpha").GetDouble(),
            PromotionAlpha = root.GetProperty("promotionAlpha").GetDouble(),
            Margin = root.GetProperty("margin").GetDouble(),
            // Policies journaled before there were metrics name none.
            Guards = Read(root, "guards", static text => WatchedMetric.Parse(text, out _)!),
            Success = Read(root, "success", static text => WatchedMetric.Parse(text, out _)!),
            Tripwires = Read(root, "tripwires", static text => Tripwire.Parse(text, out _)!),
            HorizonDecisions = root.TryGetProperty("horizonDecisions", out var decisions) ? decisions.GetInt32() : Default.HorizonDecisions,
            Horizon = root.TryGetProperty("horizonSeconds", out var horizon) ? TimeSpan.FromSeconds(horizon.GetDouble()) : Default.Horizon,
            HoldbackBp = root.TryGetProperty("holdbackBp", out var holdback) ? holdback.GetInt32() : 0,
        };
    }

    private static void Write<T>(Utf8JsonWriter json, string name, ImmutableArray<T> items) where T : notnull
    {
        json.WriteStartArray(name);
        foreach (var item in items) json.WriteStringValue(item.ToString());
        json.WriteEndArray();
    }

    private static ImmutableArray<T> Read<T>(JsonElement root, string name, Func<string, T> read) =>
        root.TryGetProperty(name, out var list) ? [.. list.EnumerateArray().Select(item => read(item.GetString()!))] : [];

    /// <inheritdoc/>
    public bool Equals(ReleasePolicy? other) => other is not null && string.Equals(Canonical(), other.Canonical(), StringComparison.Ordinal);

    /// <inheritdoc/>
    public override int GetHashCode() => Canonical().GetHashCode(StringComparison.Ordinal);
}
