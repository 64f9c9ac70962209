namespace Emend.Engine.Privacy;

/// <summary>The key that protects one subject's fields in one workspace. Destroying it is what erasure means.</summary>
/// <param name="Token">Random name of the key; stands in the journal in place of the subject.</param>
/// <param name="Subject">Whom it belongs to; null for the workspace's own key.</param>
/// <param name="Secret">256 random bits.</param>
internal sealed record DataKey(Guid Token, string? Subject, byte[] Secret)
{
    /// <summary>Never shows the secret.</summary>
    public override string ToString() => $"key {Token:N}";
}
