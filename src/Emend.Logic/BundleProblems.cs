using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Emend.Logic.Conditions;
using Emend.Logic.Corrector;
using Emend.Logic.Guidance;
using Emend.Logic.Rules;

namespace Emend.Logic;

/// <summary>Everything that is wrong with a bundle, not only the first thing.</summary>
public static class BundleProblems
{
    /// <summary>The problems, each with the part it is in; empty for a sound bundle.</summary>
    public static IReadOnlyList<string> Of(Bundle bundle)
    {
        ArgumentNullException.ThrowIfNull(bundle);
        var problems = new List<string>();
        void Report(string problem) => problems.Add(problem);

        if (string.IsNullOrEmpty(bundle.Agent)) Report("agent: a bundle is for an agent");
        if (bundle.ContextSchema < 1) Report($"contextSchema: {bundle.ContextSchema} is not a version (1 or more)");
        if (bundle.Parent is { } parent && !IsDigest(parent)) Report($"parent: {CanonicalJson.Quote(parent)} is not a digest (sha256: and 64 lower-case hex digits)");
        if (bundle.Manifest.Records < 0) Report("manifest: a count of records cannot be negative");
        if (!IsDigest(bundle.Manifest.Digest)) Report($"manifest: {CanonicalJson.Quote(bundle.Manifest.Digest)} is not a digest (sha256: and 64 lower-case hex digits)");
        Json("learner", bundle.Learner);
        if (bundle.Corrector is { } corrector) Corrector(corrector);
        var items = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < bundle.Guidance.Length; i++)
            foreach (var problem in OfGuidance(bundle.Guidance[i], items)) Report($"guidance[{i}]: {problem}");
        for (var i = 1; i < bundle.Guidance.Length; i++)
            if (string.CompareOrdinal(bundle.Guidance[i - 1], bundle.Guidance[i]) > 0) Report($"guidance[{i}]: not sorted");

        var ids = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < bundle.Guardrails.Length; i++)
        {
            var guardrail = bundle.Guardrails[i];
            var where = $"guardrail {Named(guardrail.Id, i)}";
            Id(where, guardrail.Id);
            if (!Enum.IsDefined(guardrail.Effect)) Report($"{where}: effect {(int)guardrail.Effect} does not exist");
            if (!CanonicalJson.IsWellFormed(guardrail.Because)) Report($"{where}: because holds half a surrogate pair");
            foreach (var problem in ConditionProblems.Of(guardrail.When)) Report($"{where}: {problem}");
            if (i > 0 && string.CompareOrdinal(bundle.Guardrails[i - 1].Id, guardrail.Id) > 0) Report($"{where}: guardrails are sorted by id");
        }

        ids.Clear();
        for (var i = 0; i < bundle.Rules.Length; i++)
        {
            var rule = bundle.Rules[i];
            var where = $"rule {Named(rule.Id, i)}";
            Id(where, rule.Id);
            foreach (var problem in Of(rule)) Report($"{where}: {problem}");
            if (i > 0 && Rule.Order.Compare(bundle.Rules[i - 1], rule) > 0) Report($"{where}: stands after a rule it comes before (priority, specificity, newest evidence, id)");
        }
        return problems;

        void Id(string where, string id)
        {
            if (string.IsNullOrEmpty(id)) Report($"{where}: needs an id");
            else if (!CanonicalJson.IsWellFormed(id)) Report($"{where}: id holds half a surrogate pair");
            else if (!ids.Add(id)) Report($"{where}: another one has the same id");
        }

        void Corrector(string json)
        {
            try
            {
                if (CorrectorJson.Write(CorrectorJson.Read(json)) != json) Report("corrector: not in its canonical form");
            }
            catch (JsonException e)
            {
                Report($"corrector: {e.Message}");
            }
        }

        void Json(string where, string json)
        {
            try
            {
                if (CanonicalJson.Of(json) != json) Report($"{where}: not canonical JSON");
            }
            catch (JsonException e)
            {
                Report($"{where}: {e.Message}");
            }
        }
    }

    /// <summary>Problems of one rule by itself.</summary>
    public static IEnumerable<string> Of(Rule rule)
    {
        ArgumentNullException.ThrowIfNull(rule);
        if (!Enum.IsDefined(rule.Effect)) yield return $"effect {(int)rule.Effect} does not exist";
        if (!Enum.IsDefined(rule.Origin)) yield return $"origin {(int)rule.Origin} does not exist";
        if (rule.Effect == RuleEffect.Override && string.IsNullOrEmpty(rule.Action)) yield return "an override needs an action";
        if (rule.Effect != RuleEffect.Override && rule.Action is not null) yield return $"only an override has an action; the effect is {rule.Effect.ToString().ToLowerInvariant()}";
        if (rule.Effect is not (RuleEffect.Override or RuleEffect.Patch) && !rule.Args.IsEmpty) yield return $"only an override and a patch have args; the effect is {rule.Effect.ToString().ToLowerInvariant()}";
        if (rule.Effect == RuleEffect.Patch && rule.Args.IsEmpty) yield return "a patch needs args to change";
        if (rule.Priority is < -1_000 or > 1_000) yield return $"priority {rule.Priority} is outside -1000 to 1000";
        if (rule.Right < 0 || rule.Wrong < 0 || rule.Submitters < 0) yield return "counts (right, wrong, submitters) cannot be negative";
        if (!IsInstant(rule.EvidenceThrough)) yield return "evidenceThrough lies outside the years 1 to 9999";
        if (rule.ExpiresAt is { } end && !IsInstant(end)) yield return "expiresAt lies outside the years 1 to 9999";
        if (rule.Action is { } action && !CanonicalJson.IsWellFormed(action) || !CanonicalJson.IsWellFormed(rule.Because)) yield return "a text holds half a surrogate pair";
        for (var i = 0; i < rule.Evidence.Length; i++)
        {
            if (string.IsNullOrEmpty(rule.Evidence[i]) || !CanonicalJson.IsWellFormed(rule.Evidence[i])) yield return string.Create(CultureInfo.InvariantCulture, $"evidence[{i}] is not an id");
            if (i > 0 && string.CompareOrdinal(rule.Evidence[i - 1], rule.Evidence[i]) >= 0) yield return string.Create(CultureInfo.InvariantCulture, $"evidence[{i}] is not sorted or stands twice");
        }
        foreach (var problem in ConditionProblems.Of(rule.When)) yield return problem;
    }

    private static IEnumerable<string> OfGuidance(string json, HashSet<string> ids)
    {
        GuidanceItem item;
        string? unreadable = null;
        try
        {
            item = GuidanceJson.Read(json);
            if (GuidanceProblems.Of(item).FirstOrDefault() is { } problem) unreadable = problem;
            else if (!string.Equals(GuidanceJson.Write(item), json, StringComparison.Ordinal)) unreadable = "not canonical JSON";
        }
        catch (JsonException e)
        {
            return [e.Message];
        }
        if (unreadable is not null) return [unreadable];
        return ids.Add(item.Id) ? [] : [$"id {item.Id} stands twice"];
    }

    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdef");

    private static bool IsInstant(long microseconds) => microseconds is >= FeatureValue.MinMicroseconds and <= FeatureValue.MaxMicroseconds;

    private static bool IsDigest(string text) =>
        text.Length == 71 && text.StartsWith("sha256:", StringComparison.Ordinal) && !text.AsSpan(7).ContainsAnyExcept(HexDigits);

    private static string Named(string id, int index) => string.IsNullOrEmpty(id) ? $"#{index}" : id;
}
