using System.Globalization;
using System.Text.Json;
using Emend.Logic;

namespace Emend.Engine.Releasing;

/// <summary>What a step of a release was decided on, as the journal keeps it: counts and the two test martingales, so that anybody can check later why.</summary>
/// <param name="Exposed">Decisions the candidate took (or computed, in the shadow) since the step began.</param>
/// <param name="Judged">Decisions the candidate took in this release of which it was known how they did.</param>
/// <param name="AgainstLog">Natural logarithm of the highest evidence that it is worse.</param>
/// <param name="ForLog">Natural logarithm of the highest evidence that it is not.</param>
internal sealed record EvidenceNote(long Exposed, long Judged, double AgainstLog, double ForLog)
{
    /// <summary>Field of a journal record that holds it.</summary>
    public const string Field = "evidence";

    /// <summary>The note on some evidence.</summary>
    public static EvidenceNote Of(ReleaseEvidence evidence) => new(evidence.ExposedAtStep, evidence.Judged, evidence.AgainstLog, evidence.Promotion.HighestLog);

    /// <summary>Canonical JSON.</summary>
    public string Canonical() => string.Create(
        CultureInfo.InvariantCulture, $$"""{"againstLog":{{CanonicalJson.Number(AgainstLog)}},"exposed":{{Exposed}},"forLog":{{CanonicalJson.Number(ForLog)}},"judged":{{Judged}}}""");

    /// <summary>Reads what <see cref="Canonical"/> wrote; null for entries from before evidence was noted.</summary>
    public static EvidenceNote? Parse(string? json)
    {
        if (json is null) return null;
        using var document = JsonDocument.Parse(json);
        var root = document.RootElement;
        return new(root.GetProperty("exposed").GetInt64(), root.GetProperty("judged").GetInt64(), root.GetProperty("againstLog").GetDouble(), root.GetProperty("forLog").GetDouble());
    }
}
