using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Emend.Engine.Learning.DataSets;
using Emend.Engine.Releasing;

namespace Emend.Engine.Learning.Models;

/// <summary>There is no such model.</summary>
internal sealed record ModelIsUnknown(string Digest) : Refusal("model.unknown", $"no bundle holds a model {Digest}; `emend models list` shows what there is");

/// <summary>A trained corrector and where it comes from.</summary>
/// <param name="Digest">SHA-256 of its canonical bytes.</param>
/// <param name="Agent">The agent.</param>
/// <param name="Size">Bytes of its canonical form.</param>
/// <param name="Versions">The bundles that hold it, oldest first, each with the data set it was built from.</param>
internal sealed record Model(string Digest, string Agent, int Size, ImmutableArray<ModelVersion> Versions)
{
    /// <summary>Digest of the data set it was first trained from; null where that was not kept.</summary>
    public string? DataSet => Versions[0].DataSet;

    /// <summary>The name of a corrector.</summary>
    public static string DigestOf(string corrector) => "sha256:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(corrector)));
}

/// <summary>A bundle that holds a model.</summary>
/// <param name="Bundle">The candidate.</param>
/// <param name="DataSet">Digest of the data set it was built from; null where that was not kept.</param>
internal readonly record struct ModelVersion(Candidate Bundle, string? DataSet);

/// <summary>The models in the registry of bundles. A model is a part of a bundle: it is approved, released and taken back with it.</summary>
internal sealed class ModelRegistry(ReleaseLedger ledger, DataSetRegistry sets)
{
    // Bundles never change, so what is in one is looked up once.
    private readonly ConcurrentDictionary<string, (string Digest, int Size)> _models = new(StringComparer.Ordinal);

    /// <summary>All models of an agent, or of all, newest first.</summary>
    public IReadOnlyList<Model> All(string? agent = null) =>
    [
        .. (agent is null ? ledger.Agents() : [agent]).SelectMany(ledger.Candidates)
            .Select(candidate => (Candidate: candidate, Model: Of(candidate.Digest)))
            .Where(static one => one.Model.Digest.Length > 0)
            .GroupBy(static one => (one.Model.Digest, one.Candidate.Agent))
            .Select(group => new Model(
                group.Key.Digest, group.Key.Agent, group.First().Model.Size,
                [.. group.OrderBy(static one => one.Candidate.BuiltAt).Select(one => new ModelVersion(one.Candidate, sets.Of(one.Candidate.Digest)))]))
            .OrderByDescending(static model => model.Versions[0].Bundle.BuiltAt).ThenBy(static model => model.Digest, StringComparer.Ordinal),
    ];

    /// <summary>A model by its digest or enough of its first digits.</summary>
    public Answer<Model> Find(string digest)
    {
        var digits = digest.StartsWith("sha256:", StringComparison.Ordinal) ? digest : "sha256:" + digest;
        return All().Where(model => model.Digest.StartsWith(digits, StringComparison.Ordinal)).ToList() is [var only] ? only : new ModelIsUnknown(digest);
    }

    /// <summary>Canonical JSON of a model.</summary>
    public string Text(Model model) => ledger.Bundle(model.Versions[0].Bundle.Digest)?.Corrector ?? throw new InvalidDataException($"bundle {model.Versions[0].Bundle.Digest} has lost its corrector");

    private (string Digest, int Size) Of(string bundle) =>
        _models.GetOrAdd(bundle, static (digest, ledger) => ledger.Bundle(digest)?.Corrector is { } text ? (Model.DigestOf(text), Encoding.UTF8.GetByteCount(text)) : ("", 0), ledger);
}
