using System.Collections.Immutable;
using Emend.Logic.Guardrails;
using Emend.Logic.Rules;

namespace Emend.Logic;

/// <summary>
/// One version of an agent's logic: rules, corrector, guidance and guardrails, immutable and named by the SHA-256 of its
/// canonical bytes (<see cref="BundleDigest"/>). A pure function of its <see cref="Manifest"/>, <see cref="Parent"/> and <see cref="Learner"/>.
/// </summary>
public sealed record Bundle
{
    /// <summary>Version of this shape.</summary>
    public const string Schema = "emend/bundle/v1";

    /// <summary>The agent it is for.</summary>
    public required string Agent { get; init; }

    /// <summary>Version of the agent's context schema it was built against; 1 or more.</summary>
    public int ContextSchema { get; init; } = 1;

    /// <summary>Digest of the bundle it follows; null for the first.</summary>
    public string? Parent { get; init; }

    /// <summary>Rules in the order they are tried (<see cref="Rule"/>).</summary>
    public ImmutableArray<Rule> Rules { get; init; } = [];

    /// <summary>Invariants, sorted by id.</summary>
    public ImmutableArray<Guardrail> Guardrails { get; init; } = [];

    /// <summary>Canonical JSON of the corrector; null while the agent has none.</summary>
    public string? Corrector { get; init; }

    /// <summary>Guidance items, canonical JSON each, sorted; empty while the agent has none.</summary>
    public ImmutableArray<string> Guidance { get; init; } = [];

    /// <summary>Canonical JSON of the learner's configuration: what, besides the data, the build depended on.</summary>
    public string Learner { get; init; } = "{}";

    /// <summary>What it was built from.</summary>
    public BundleManifest Manifest { get; init; } = BundleManifest.Empty;
}

/// <summary>The exact set of records a bundle was built from.</summary>
/// <param name="Records">How many.</param>
/// <param name="Digest">SHA-256 over the sorted records, <c>sha256:</c> and 64 hex digits.</param>
public sealed record BundleManifest(int Records, string Digest)
{
    /// <summary>Nothing: the digest of no bytes.</summary>
    public static BundleManifest Empty { get; } = new(0, "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}
