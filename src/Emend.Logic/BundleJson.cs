using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Emend.Logic.Conditions;
using Emend.Logic.Guardrails;
using Emend.Logic.Rules;

namespace Emend.Logic;

/// <summary>The canonical bytes of a bundle: RFC 8785 JSON, rules in evaluation order, guardrails by id, defaults left out.</summary>
/// <remarks>The same bundle has the same bytes whatever order its parts were added in. The shape is in docs/spec/bundle.md.</remarks>
public static class BundleJson
{
    private static readonly string[] RuleEffects = ["keep", "override", "patch", "block", "escalate"];
    private static readonly string[] Origins = ["written", "mined", "exact"];
    private static readonly string[] GuardrailEffects = ["block", "escalate"];
    private static readonly Encoding StrictUtf8 = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Writes the canonical bytes.</summary>
    /// <exception cref="ArgumentException">The bundle has no canonical form; <see cref="BundleProblems"/> lists why.</exception>
    public static byte[] Write(Bundle bundle)
    {
        ArgumentNullException.ThrowIfNull(bundle);
        var text = new StringBuilder(bundle.Rules.Length * 200 + 256);
        var to = new Members(text);
        to.String("agent", bundle.Agent);
        if (bundle.ContextSchema != 1) to.Integer("contextSchema", bundle.ContextSchema);
        if (bundle.Corrector is { } corrector) to.Raw("corrector", corrector);
        if (!bundle.Guardrails.IsEmpty)
        {
            to.Open("guardrails");
            foreach (var guardrail in bundle.Guardrails.OrderBy(static g => g.Id, StringComparer.Ordinal)) Write(to.Item(), guardrail);
            to.Close();
        }
        if (!bundle.Guidance.IsEmpty) to.Raw("guidance", "[" + string.Join(',', bundle.Guidance.Order(StringComparer.Ordinal)) + "]");
        if (bundle.Learner != "{}") to.Raw("learner", bundle.Learner);
        if (bundle.Manifest != BundleManifest.Empty)
            to.Raw("manifest", $$"""{"digest":{{CanonicalJson.Quote(bundle.Manifest.Digest)}},"records":{{bundle.Manifest.Records.ToString(CultureInfo.InvariantCulture)}}}""");
        if (bundle.Parent is { } parent) to.String("parent", parent);
        if (!bundle.Rules.IsEmpty)
        {
            to.Open("rules");
            foreach (var rule in Rule.Sort(bundle.Rules)) Write(to.Item(), rule);
            to.Close();
        }
        to.String("schema", Bundle.Schema);
        to.End();
        return StrictUtf8.GetBytes(text.ToString());
    }

    /// <summary>Reads a bundle, strictly: unknown members and wrong types are refused.</summary>
    /// <remarks>Accepts any JSON of the right shape; <see cref="BundleDigest.Verify"/> tells whether the bytes are the canonical ones.</remarks>
    /// <exception cref="JsonException">The bytes are not JSON, or not a bundle; the message starts with the path.</exception>
    public static Bundle Read(ReadOnlyMemory<byte> utf8)
    {
        using var document = CanonicalJson.Parse(utf8, maxDepth: (2 * ConditionLimits.MaxDepth) + 16);
        var from = new MemberReader(document.RootElement, "a bundle");
        var schema = from.String("schema");
        if (schema != Bundle.Schema) throw new LogicJsonException($"expected {Bundle.Schema}, found {schema}").Under(".schema");
        var bundle = new Bundle
        {
            Agent = from.String("agent"),
            ContextSchema = from.Integer("contextSchema", 1),
            Corrector = from.RawOrNull("corrector"),
            Guardrails = from.Items("guardrails", ReadGuardrail),
            Guidance = from.Items("guidance", CanonicalJson.Of),
            Learner = from.RawOrNull("learner") ?? "{}",
            Manifest = from.Member("manifest", ReadManifest) ?? BundleManifest.Empty,
            Parent = from.StringOrNull("parent"),
            Rules = from.Items("rules", ReadRule),
        };
        from.Done();
        return bundle;
    }

    /// <summary>Canonical JSON of a guardrail.</summary>
    public static string Write(Guardrail guardrail)
    {
        ArgumentNullException.ThrowIfNull(guardrail);
        var text = new StringBuilder();
        Write(new Members(text), guardrail);
        return text.ToString();
    }

    /// <summary>Canonical JSON of a rule.</summary>
    public static string Write(Rule rule)
    {
        ArgumentNullException.ThrowIfNull(rule);
        var text = new StringBuilder();
        Write(new Members(text), rule);
        return text.ToString();
    }

    /// <summary>Reads a guardrail, strictly.</summary>
    /// <exception cref="JsonException">The value is not a guardrail; the message starts with the path.</exception>
    public static Guardrail ReadGuardrail(JsonElement element)
    {
        var from = new MemberReader(element, "a guardrail");
        var guardrail = new Guardrail
        {
            Because = from.StringOrNull("because") ?? "",
            Effect = (GuardrailEffect)from.OneOf("effect", GuardrailEffects, null),
            Id = from.String("id"),
            When = from.Member("when", ConditionJson.Read) ?? throw new LogicJsonException("a guardrail needs `when`"),
        };
        from.Done();
        return guardrail;
    }

    /// <summary>Reads a rule, strictly.</summary>
    /// <exception cref="JsonException">The value is not a rule; the message starts with the path.</exception>
    public static Rule ReadRule(JsonElement element)
    {
        var from = new MemberReader(element, "a rule");
        var rule = new Rule
        {
            Action = from.StringOrNull("action"),
            Args = from.Member("args", ActionArgs.Of) ?? ActionArgs.None,
            Because = from.StringOrNull("because") ?? "",
            Effect = (RuleEffect)from.OneOf("effect", RuleEffects, null),
            Evidence = from.Items("evidence", MemberReader.StringItem),
            EvidenceThrough = from.InstantOrNull("evidenceThrough") ?? 0,
            ExpiresAt = from.InstantOrNull("expiresAt"),
            Id = from.String("id"),
            Origin = (RuleOrigin)from.OneOf("origin", Origins, 0),
            Priority = from.Integer("priority", 0),
            Right = from.Integer("right", 0),
            Submitters = from.Integer("submitters", 0),
            When = from.Member("when", ConditionJson.Read) ?? throw new LogicJsonException("a rule needs `when`"),
            Wrong = from.Integer("wrong", 0),
        };
        from.Done();
        return rule;
    }

    private static void Write(Members to, Guardrail guardrail)
    {
        if (guardrail.Because.Length > 0) to.String("because", guardrail.Because);
        to.String("effect", GuardrailEffects[(int)guardrail.Effect]);
        to.String("id", guardrail.Id);
        to.Condition("when", guardrail.When);
        to.End();
    }

    private static void Write(Members to, Rule rule)
    {
        if (rule.Action is { } action) to.String("action", action);
        if (!rule.Args.IsEmpty) to.Raw("args", rule.Args.Json);
        if (rule.Because.Length > 0) to.String("because", rule.Because);
        to.String("effect", RuleEffects[(int)rule.Effect]);
        if (!rule.Evidence.IsEmpty)
        {
            to.Open("evidence");
            foreach (var id in rule.Evidence) to.ItemString(id);
            to.Close();
        }
        if (rule.EvidenceThrough != 0) to.String("evidenceThrough", CanonicalJson.Instant(rule.EvidenceThrough));
        if (rule.ExpiresAt is { } end) to.String("expiresAt", CanonicalJson.Instant(end));
        to.String("id", rule.Id);
        if (rule.Origin != RuleOrigin.Written) to.String("origin", Origins[(int)rule.Origin]);
        if (rule.Priority != 0) to.Integer("priority", rule.Priority);
        if (rule.Right != 0) to.Integer("right", rule.Right);
        if (rule.Submitters != 0) to.Integer("submitters", rule.Submitters);
        to.Condition("when", rule.When);
        if (rule.Wrong != 0) to.Integer("wrong", rule.Wrong);
        to.End();
    }

    private static BundleManifest ReadManifest(JsonElement element)
    {
        var from = new MemberReader(element, "a manifest");
        var manifest = new BundleManifest(from.Integer("records", 0), from.String("digest"));
        from.Done();
        return manifest;
    }
}

/// <summary>The name of a bundle: SHA-256 of its canonical bytes.</summary>
public static class BundleDigest
{
    /// <summary><c>sha256:</c> and 64 lower-case hex digits.</summary>
    public static string Of(ReadOnlySpan<byte> canonicalBytes) => "sha256:" + Convert.ToHexStringLower(SHA256.HashData(canonicalBytes));

    /// <summary>Digest of a bundle's canonical bytes.</summary>
    public static string Of(Bundle bundle) => Of(BundleJson.Write(bundle));

    /// <summary>Reads a bundle whose name is known, and makes sure that it is that one: right digest, canonical bytes, no problem in it.</summary>
    /// <exception cref="JsonException">The bytes are another bundle, not canonical, or not sound; says which.</exception>
    public static Bundle Verify(ReadOnlyMemory<byte> bytes, string digest)
    {
        var actual = Of(bytes.Span);
        if (!string.Equals(actual, digest, StringComparison.Ordinal)) throw new LogicJsonException($"digest is {actual}, expected {digest}: the bytes were changed or are another bundle's");
        var bundle = BundleJson.Read(bytes);
        var problems = BundleProblems.Of(bundle);
        if (problems.Count > 0) throw new LogicJsonException($"the bundle has {problems.Count} problem(s), first: {problems[0]}");
        if (!BundleJson.Write(bundle).AsSpan().SequenceEqual(bytes.Span)) throw new LogicJsonException("the bytes are not the canonical form of the bundle they hold");
        return bundle;
    }
}
