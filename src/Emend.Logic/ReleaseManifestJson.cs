using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Emend.Logic;

/// <summary>Canonical JSON (RFC 8785) of a manifest, defaults left out.</summary>
/// <remarks>Reading passes over members it does not know: what signs a manifest may be newer than what reads it. Another schema is refused.</remarks>
public static class ReleaseManifestJson
{
    /// <summary>Writes the canonical text.</summary>
    public static string Write(ReleaseManifest manifest)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        return Write(manifest, isCore: false);
    }

    /// <summary>The part that is a function of agent and counter: without the time of signing and the receipts, which are made anew. Two manifests with one counter must agree on it.</summary>
    public static string WriteCore(ReleaseManifest manifest)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        return Write(manifest, isCore: true);
    }

    /// <summary>Reads a manifest.</summary>
    /// <exception cref="JsonException">The text is not one; the message starts with the path.</exception>
    public static ReleaseManifest Read(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        using var document = CanonicalJson.Parse(Encoding.UTF8.GetBytes(text), maxDepth: 16);
        var from = new MemberReader(document.RootElement, "a manifest");
        var schema = from.String("schema");
        if (schema != ReleaseManifest.Schema) throw new LogicJsonException($"expected {ReleaseManifest.Schema}, found {schema}").Under(".schema");
        var manifest = new ReleaseManifest
        {
            Agent = from.String("agent"),
            Bundles = from.Items("bundles", ReadBundle),
            ChangedAt = from.InstantOrNull("changedAt") ?? 0,
            Counter = from.Count("counter"),
            HoldbackBp = from.Integer("holdbackBp", 0),
            IssuedAt = from.InstantOrNull("issuedAt") ?? throw new LogicJsonException("a manifest needs `issuedAt`"),
            IsKilled = from.Flag("killed"),
            Previous = from.StringOrNull("previous"),
            Release = from.Member("release", ReadRelease),
            Served = from.StringOrNull("served"),
            Suspended = from.Items("suspended", MemberReader.StringItem),
            Workspace = from.String("workspace"),
        };
        if (Problem(manifest) is { } problem) throw new LogicJsonException(problem);
        return manifest;
    }

    private static string Write(ReleaseManifest manifest, bool isCore)
    {
        var to = new Members(new StringBuilder(1_024));
        to.String("agent", manifest.Agent);
        if (!isCore && !manifest.Bundles.IsEmpty)
        {
            to.Open("bundles");
            foreach (var bundle in manifest.Bundles)
            {
                var item = to.Item();
                item.String("approval", bundle.Approval);
                item.String("digest", bundle.Digest);
                item.End();
            }
            to.Close();
        }
        if (manifest.ChangedAt != 0) to.String("changedAt", CanonicalJson.Instant(manifest.ChangedAt));
        to.Raw("counter", manifest.Counter.ToString(CultureInfo.InvariantCulture));
        if (manifest.HoldbackBp != 0) to.Integer("holdbackBp", manifest.HoldbackBp);
        if (!isCore) to.String("issuedAt", CanonicalJson.Instant(manifest.IssuedAt));
        if (manifest.IsKilled) to.Raw("killed", "true");
        if (manifest.Previous is { } previous) to.String("previous", previous);
        if (manifest.Release is { } release)
        {
            to.Raw("release", string.Create(CultureInfo.InvariantCulture,
                $$"""{"bundle":{{CanonicalJson.Quote(release.Bundle)}},"id":{{CanonicalJson.Quote(release.Id)}},"salt":{{CanonicalJson.Quote(release.Salt)}},"shareBp":{{release.ShareBp}}}"""));
        }
        to.String("schema", ReleaseManifest.Schema);
        if (manifest.Served is { } served) to.String("served", served);
        if (!manifest.Suspended.IsEmpty)
        {
            to.Open("suspended");
            foreach (var id in manifest.Suspended) to.ItemString(id);
            to.Close();
        }
        to.String("workspace", manifest.Workspace);
        to.End();
        return to.ToString();
    }

    private static ManifestBundle ReadBundle(JsonElement element)
    {
        var from = new MemberReader(element, "a bundle of a manifest");
        return new(from.String("digest"), from.String("approval"));
    }

    private static ManifestRelease ReadRelease(JsonElement element)
    {
        var from = new MemberReader(element, "a release");
        return new(from.String("id"), from.String("bundle"), from.String("salt"), from.Integer("shareBp", 0));
    }

    private static string? Problem(ReleaseManifest manifest)
    {
        if (manifest.Release is { ShareBp: < 0 or > Assignment.AllBasisPoints } release) return $"a share of {release.ShareBp} bp is outside 0 to {Assignment.AllBasisPoints}";
        if (manifest.HoldbackBp is < 0 or > Assignment.AllBasisPoints) return $"a holdback of {manifest.HoldbackBp} bp is outside 0 to {Assignment.AllBasisPoints}";
        var listed = manifest.Bundles.Select(static bundle => bundle.Digest).ToImmutableHashSet(StringComparer.Ordinal);
        string?[] named = [manifest.Served, manifest.Previous, manifest.Release?.Bundle];
        return Array.Find(named, digest => digest is not null && !listed.Contains(digest)) is { } missing ? $"{missing} is to be served but not among `bundles`" : null;
    }
}
