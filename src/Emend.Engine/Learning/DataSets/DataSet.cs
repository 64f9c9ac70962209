using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Emend.Engine.Normalizing;
using Emend.Logic.Conditions;

namespace Emend.Engine.Learning.DataSets;

/// <summary>
/// The exact rulings something is or could be trained from, named by their content. Its rows are not kept: they are read from the journal again, so that what
/// was withdrawn or erased since is gone from it too, and the digest says whether anything is.
/// </summary>
/// <param name="Digest">SHA-256 over the digests of its rows, sorted: <c>sha256:</c> and 64 hexadecimal digits. The same rulings give the same digest, whatever their order.</param>
/// <param name="Agent">The agent as it was defined then.</param>
/// <param name="Where">Which of its decisions; always: all.</param>
/// <param name="Rows">How many rulings.</param>
/// <param name="UpTo">Journal entries before this one were there.</param>
/// <param name="FixedAt">When, microseconds since 1970 UTC.</param>
/// <param name="Author">Pseudonym of who fixed it, or a policy.</param>
/// <param name="Bundles">Digests of the bundles that were built from exactly it.</param>
internal sealed record DataSet(string Digest, AgentDefinition Agent, Condition Where, long Rows, long UpTo, long FixedAt, string Author, ImmutableArray<string> Bundles);

/// <summary>Names a set of rulings while they go by: 32 bytes a row are remembered.</summary>
/// <remarks>A row is named as the manifest of a bundle names it (<see cref="CaseManifest.Line"/>): ids of the decision and its corrections, and what was ruled. Texts are not in it, so that no digest outlives an erasure and lets somebody try what the text was.</remarks>
internal sealed class DataSetDigest
{
    private readonly List<byte[]> _rows = [];

    /// <summary>Rows so far.</summary>
    public int Count => _rows.Count;

    /// <summary>Adds a ruling.</summary>
    public void Add(LearningCase reviewed) => _rows.Add(SHA256.HashData(Encoding.UTF8.GetBytes(CaseManifest.Line(reviewed))));

    /// <summary>The digest of all rows.</summary>
    public string Done()
    {
        _rows.Sort(static (a, b) => a.AsSpan().SequenceCompareTo(b));
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var row in _rows) hash.AppendData(row);
        return "sha256:" + Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>The digest of some rulings.</summary>
    public static string Of(IEnumerable<LearningCase> cases)
    {
        var digest = new DataSetDigest();
        foreach (var reviewed in cases) digest.Add(reviewed);
        return digest.Done();
    }
}
