using System.Globalization;
using System.Text;
using System.Text.Json;
using Emend.Logic;

namespace Emend.Client.Serving;

/// <summary>
/// The last good manifest and its bundles on disk, so that an agent that starts while the server is away decides as it did before.
/// What is read back is verified as if the network had brought it: the folder is not trusted.
/// </summary>
internal sealed class BundleDisk
{
    private readonly string _folder;

    public BundleDisk(string stateFolder)
    {
        _folder = Path.Combine(stateFolder, "bundles");
        DurableFile.CreateFolder(_folder);
    }

    private string ManifestFile => Path.Combine(_folder, "manifest.note");

    private string CounterFile => Path.Combine(_folder, "counter");

    /// <summary>The highest counter seen. It stands apart from the manifest so that damage to one does not lower the other.</summary>
    public long Floor()
    {
        try
        {
            return long.TryParse(File.ReadAllText(CounterFile), NumberStyles.None, CultureInfo.InvariantCulture, out var counter) ? counter : 0;
        }
        catch (Exception fault) when (fault is FileNotFoundException or DirectoryNotFoundException)
        {
            return 0;
        }
    }

    /// <summary>The note saved last; null when there is none.</summary>
    public string? Manifest() => File.Exists(ManifestFile) ? File.ReadAllText(ManifestFile) : null;

    /// <summary>A bundle, verified; null when it is not there.</summary>
    /// <exception cref="VerificationException">What is there is not that bundle.</exception>
    public CompiledBundle? Bundle(string digest)
    {
        var path = PathOf(digest);
        return File.Exists(path) ? Verified(File.ReadAllBytes(path), digest) : null;
    }

    /// <summary>Checks the bytes of a bundle against its name, and compiles it.</summary>
    /// <exception cref="VerificationException">They are not that bundle.</exception>
    public static CompiledBundle Verified(byte[] bytes, string digest)
    {
        try
        {
            return new(digest, BundleDigest.Verify(bytes, digest));
        }
        catch (JsonException why)
        {
            throw new VerificationException("bundle.digest", why.Message, why);
        }
    }

    /// <summary>Saves a bundle.</summary>
    public void Save(string digest, byte[] bytes) => DurableFile.Write(PathOf(digest), bytes);

    /// <summary>Saves a manifest whose bundles are saved, then forgets the bundles it does not name.</summary>
    public void Save(VerifiedManifest verified)
    {
        // The counter last: a crash in between leaves a manifest that is at least as new as the counter, never one that it refuses.
        DurableFile.Write(ManifestFile, Encoding.UTF8.GetBytes(verified.Note));
        if (verified.Manifest.Counter > Floor()) DurableFile.Write(CounterFile, Encoding.ASCII.GetBytes(verified.Manifest.Counter.ToString(CultureInfo.InvariantCulture)));
        var kept = verified.Manifest.Bundles.Select(bundle => PathOf(bundle.Digest)).ToHashSet(StringComparer.Ordinal);
        foreach (var path in Directory.EnumerateFiles(_folder, "*.json*"))
            if (!kept.Contains(path)) File.Delete(path);
    }

    // A digest is checked to be one before it names a file.
    private string PathOf(string digest) => digest is ['s', 'h', 'a', '2', '5', '6', ':', .. var hex] && hex.Length == 64 && hex.All(char.IsAsciiHexDigitLower)
        ? Path.Combine(_folder, hex + ".json")
        : throw new VerificationException("manifest.malformed", "it names a bundle by something that is no digest");
}
