namespace Emend.Contracts.Journal;

/// <summary>What the verification of a whole journal found.</summary>
/// <param name="Sound">Whether everything verifies.</param>
/// <param name="Entries">Entries.</param>
/// <param name="Records">Records in them.</param>
/// <param name="ErasedRecords">Of these, with erased fields.</param>
/// <param name="Checkpoints">Signed checkpoints.</param>
/// <param name="Root">Root of the Merkle tree, base64.</param>
/// <param name="Findings">What is wrong.</param>
public sealed record AuditView(bool Sound, long Entries, long Records, long ErasedRecords, long Checkpoints, string Root, IReadOnlyList<string> Findings)
{
    /// <summary>Index of the first bad entry.</summary>
    public long? FirstBadIndex { get; init; }
}
