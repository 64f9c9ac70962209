using System.Collections.Immutable;

namespace Emend.Logic;

/// <summary>
/// What one agent is served at one moment, as the server signs it and every client checks it: which bundles, to whom, and since when.
/// Its canonical bytes are <see cref="ReleaseManifestJson"/>; the signature around them is in docs/spec/bundle-manifest.md.
/// </summary>
public sealed record ReleaseManifest
{
    /// <summary>Version of this shape.</summary>
    public const string Schema = "emend/manifest/v1";

    /// <summary>The agent.</summary>
    public required string Agent { get; init; }

    /// <summary>Origin of the journal that the approvals are proven against, <c>emend/WORKSPACE/ID</c>: a manifest of one workspace is no good in another.</summary>
    public required string Workspace { get; init; }

    /// <summary>Grows with every change of what is served and never falls; a client refuses a smaller one than it has seen.</summary>
    public required long Counter { get; init; }

    /// <summary>When that change was made, microseconds since 1970 UTC; 0 while nothing was ever released.</summary>
    public long ChangedAt { get; init; }

    /// <summary>When this was signed, microseconds since 1970 UTC. Signed again from time to time, so that its age tells how long ago the server was heard.</summary>
    public required long IssuedAt { get; init; }

    /// <summary>Everything learned is off: the agent's own proposals stand.</summary>
    public bool IsKilled { get; init; }

    /// <summary>Share of units that nothing learned is served to, in basis points: those whose place under <see cref="HoldbackSalt"/> is below it. Guardrails hold for them.</summary>
    public int HoldbackBp { get; init; }

    /// <summary>Ids of rules (and <see cref="Suspension.Corrector"/>) that do not act for the time being, sorted (<see cref="Suspension"/>).</summary>
    public ImmutableArray<string> Suspended { get; init; } = [];

    /// <summary>What units are hashed with for the holdback: the same over all releases of an agent, so that who is held back stays so.</summary>
    public static string HoldbackSalt(string agent) => "holdback:" + agent;

    /// <summary>Digest of the bundle served to everybody (while a release runs: to those outside the canary); null: the agent alone.</summary>
    public string? Served { get; init; }

    /// <summary>Digest of what was served before. Clients keep it loaded, so that going back needs no download.</summary>
    public string? Previous { get; init; }

    /// <summary>The release under way; null when there is none.</summary>
    public ManifestRelease? Release { get; init; }

    /// <summary>Every bundle named above, once each, sorted by digest.</summary>
    public ImmutableArray<ManifestBundle> Bundles { get; init; } = [];
}

/// <summary>A release under way.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Bundle">Digest of the bundle being released.</param>
/// <param name="Salt">What units are hashed with (<see cref="Assignment"/>).</param>
/// <param name="ShareBp">Share of units it is served to, in basis points; 0: to nobody, it is computed beside (shadow).</param>
public sealed record ManifestRelease(string Id, string Bundle, string Salt, int ShareBp);

/// <summary>A bundle and why it may be served.</summary>
/// <param name="Digest">Digest of its canonical bytes.</param>
/// <param name="Approval">Journal receipt (docs/spec/journal-format.md, section 8) of the approval that completed; shows the fields <c>agent</c>, <c>candidate</c> and <c>complete</c>.</param>
public sealed record ManifestBundle(string Digest, string Approval);
