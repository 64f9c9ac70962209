using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Emend.Engine.Learning.Rules;
using Emend.Logic;
using Emend.Logic.Guidance;
using Emend.Logic.Rules;

namespace Emend.Engine.Learning;

/// <summary>The exact set of cases a bundle was built from, as one digest: sorted canonical lines, one a case.</summary>
/// <remarks>What enters is what was decided and what was ruled; when or in which order Emend learned of it does not.</remarks>
internal static class CaseManifest
{
    /// <summary>Counts and digests the cases; how often each action was proposed, where that was used, what people wrote, what became of guidance and what was suspended are digested with them.</summary>
    public static BundleManifest Of(IEnumerable<LearningCase> cases, IReadOnlyDictionary<string, int>? decisions, IEnumerable<Rule>? written = null, GuidanceSource? guidance = null,
        IEnumerable<RetiredRule>? retired = null, long? correctorStoppedAt = null)
    {
        var lines = cases.Select(Line).ToArray();
        Array.Sort(lines, StringComparer.Ordinal);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var line in lines) hash.AppendData(Encoding.UTF8.GetBytes(line + "\n"));
        if (decisions is not null)
            foreach (var (action, count) in decisions.OrderBy(static d => d.Key, StringComparer.Ordinal))
                hash.AppendData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{{\"decisions\":{count},\"proposed\":{CanonicalJson.Quote(action)}}}\n")));
        foreach (var rule in (written ?? []).Where(static rule => rule.Origin == RuleOrigin.Written).OrderBy(static rule => rule.Id, StringComparer.Ordinal))
            hash.AppendData(Encoding.UTF8.GetBytes($"{{\"written\":{BundleJson.Write(rule)}}}\n"));
        foreach (var item in (guidance?.Written ?? []).OrderBy(static item => item.Id, StringComparer.Ordinal)) hash.AppendData(Encoding.UTF8.GetBytes($"{{\"writtenGuidance\":{GuidanceJson.Write(item)}}}\n"));
        foreach (var use in (guidance?.Uses ?? []).Select(static use => use.Line()).Order(StringComparer.Ordinal)) hash.AppendData(Encoding.UTF8.GetBytes(use + "\n"));
        foreach (var one in retired ?? []) hash.AppendData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{{\"retired\":{CanonicalJson.Quote(one.Rule.Id)},\"since\":{one.Since}}}\n")));
        if (correctorStoppedAt is { } stopped) hash.AppendData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{{\"retired\":\"corrector\",\"since\":{stopped}}}\n")));
        return new(lines.Length, "sha256:" + Convert.ToHexStringLower(hash.GetHashAndReset()));
    }

    /// <summary>One case as canonical JSON.</summary>
    public static string Line(LearningCase reviewed)
    {
        var (decision, ruling) = reviewed;
        var text = new StringBuilder("{\"corrections\":[").AppendJoin(',', ruling.Corrections.Select(CanonicalJson.Quote));
        text.Append("],\"decision\":").Append(CanonicalJson.Quote(decision.Id));
        text.Append(",\"probability\":").Append(CanonicalJson.Number(ruling.Probability));
        if (reviewed.Propensity is { } propensity) text.Append(",\"propensity\":").Append(CanonicalJson.Number(propensity));
        text.Append(",\"ruledAt\":").Append(CanonicalJson.Number(ruling.At));
        text.Append(",\"submitters\":[").AppendJoin(',', ruling.Submitters.Select(CanonicalJson.Quote)).Append(']');
        if (ruling.Truth is { } truth) text.Append(",\"truth\":{\"action\":").Append(CanonicalJson.Quote(truth.Label)).Append(",\"args\":").Append(truth.Args.Json).Append('}');
        // Left out where it is whole: a set of cases that everybody is trusted with keeps the name it always had.
        if (reviewed.Weight < 1) text.Append(",\"weight\":").Append(CanonicalJson.Number(reviewed.Weight));
        return text.Append(",\"wrong\":").Append(ruling.IsWrong ? "true" : "false").Append('}').ToString();
    }
}
