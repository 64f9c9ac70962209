using System.Security.Cryptography;
using System.Text;
using Emend.Logic;

namespace Emend.Engine.Normalizing;

/// <summary>Ids of corrections: a function of where a signal came from and its key, or of its content when it has no key.</summary>
internal static class CorrectionId
{
    private const int IdBytes = 12;

    /// <summary>The correction with its id.</summary>
    public static Correction Sign(Correction correction) => correction with { Id = Of(correction) };

    /// <summary>The id of a correction. 96 bits of SHA-256: two signals of one workspace never meet by chance.</summary>
    public static string Of(Correction correction)
    {
        var identity = new StringBuilder(128).Append('[');
        CanonicalJson.AppendQuoted(identity, correction.Source);
        identity.Append(',');
        if (correction.Key is { } key) CanonicalJson.AppendQuoted(identity, key);
        else identity.Append("null,").Append(CorrectionJson.Body(correction));
        identity.Append(']');
        return "c-" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(identity.ToString())).AsSpan(0, IdBytes));
    }
}
