using System.Security.Cryptography;

namespace Emend.Logic;

/// <summary>The canonical bytes of a bundle.</summary>
public static class BundleJson
{
}

/// <summary>The name of a bundle: SHA-256 of its canonical bytes.</summary>
public static class BundleDigest
{
    /// <summary><c>sha256:</c> and 64 lower-case hex digits.</summary>
    public static string Of(ReadOnlySpan<byte> canonicalBytes) => "sha256:" + Convert.ToHexStringLower(SHA256.HashData(canonicalBytes));
}
