using System.Text.Json;
using Emend.Logic;

namespace Emend.Client.Serving;

/// <summary>A manifest that passed every check that needs no bundle: signature, agent, and an approval for each bundle it names.</summary>
internal sealed record VerifiedManifest(ReleaseManifest Manifest, string Note)
{
    /// <summary>Checks a note from a server or from disk.</summary>
    /// <exception cref="VerificationException">It is not to be used; says why.</exception>
    /// <param name="note">The note.</param>
    /// <param name="trust">Whom to believe.</param>
    /// <param name="held">What is in force: an approval that was verified for it, letter for letter, need not be again.</param>
    public static VerifiedManifest Of(string note, Trust trust, ReleaseManifest? held = null)
    {
        var (text, _) = PublicKey.Open(note, trust.Releases, "manifest.signature");
        if (!text.StartsWith(ReleaseManifest.Schema + "\n", StringComparison.Ordinal)) throw new VerificationException("manifest.malformed", $"it is not an {ReleaseManifest.Schema}");
        ReleaseManifest manifest;
        try
        {
            manifest = ReleaseManifestJson.Read(text[(ReleaseManifest.Schema.Length + 1)..^1]);
        }
        catch (JsonException why)
        {
            throw new VerificationException("manifest.malformed", why.Message, why);
        }
        if (manifest.Agent != trust.Agent) throw new VerificationException("manifest.agent", $"it is for agent '{manifest.Agent}', not '{trust.Agent}'");
        foreach (var bundle in manifest.Bundles)
            if (held is null || held.Workspace != manifest.Workspace || !held.Bundles.Contains(bundle)) MustBeApproved(bundle, manifest, trust);
        return new(manifest, note);
    }

    /// <summary>Refuses a manifest that is older than what was seen, or says something else under the same counter.</summary>
    public void MustNotGoBack(long floor, ReleaseManifest? held)
    {
        if (Manifest.Counter < floor) throw new VerificationException("manifest.counter", $"its release counter is {Manifest.Counter}, {floor} was seen before: an old one was replayed");
        if (held is null || held.Counter != Manifest.Counter) return;
        if (ReleaseManifestJson.WriteCore(held) != ReleaseManifestJson.WriteCore(Manifest))
            throw new VerificationException("manifest.counter-reused", $"two manifests with release counter {Manifest.Counter} say different things");
    }

    private static void MustBeApproved(ManifestBundle bundle, ReleaseManifest manifest, Trust trust)
    {
        var proven = Proof.Verify(bundle.Approval, trust.Journals);
        if (proven.Origin != manifest.Workspace) throw new VerificationException("approval.workspace", $"the approval of {bundle.Digest} stands in journal '{proven.Origin}', the manifest is of '{manifest.Workspace}'");
        if (proven.Type != "candidate.approved") throw new VerificationException("approval.missing", $"the receipt for {bundle.Digest} is of a '{proven.Type}' entry");
        if (!Says("candidate", CanonicalJson.Quote(bundle.Digest)) || !Says("agent", CanonicalJson.Quote(manifest.Agent)) || !Says("complete", "true"))
            throw new VerificationException("approval.missing", $"the receipt does not show that {bundle.Digest} was approved for '{manifest.Agent}'");

        bool Says(string field, string json) => proven.Fields.TryGetValue(field, out var value) && value == json;
    }
}

/// <summary>Whom a client believes.</summary>
internal sealed record Trust(string Agent, IReadOnlyList<PublicKey> Releases, IReadOnlyList<PublicKey> Journals)
{
    public static Trust Of(EmendClientOptions options) => new(options.Agent, [.. options.ReleaseKeys.Select(PublicKey.Parse)], [.. options.JournalKeys.Select(PublicKey.Parse)]);
}
