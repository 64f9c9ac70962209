using Emend.Engine.Learning;

namespace Emend.Engine.Trust;

/// <summary>What learning from somebody's newest corrections does to cases that others vouch for.</summary>
/// <param name="By">Who.</param>
/// <param name="Batch">Their cases that were tried.</param>
/// <param name="Vouched">Cases it was tried on.</param>
/// <param name="Worse">Mean extra surprise with their cases, in nats.</param>
/// <param name="Error">Its standard error.</param>
internal sealed record BatchFinding(string By, int Batch, int Vouched, double Worse, double Error)
{
    /// <summary>Whether it is more than chance would do.</summary>
    public bool IsHarmful => Worse > Error;
}

/// <summary>
/// Tries somebody's newest cases before they are learned from (reject on negative impact: Nelson et al., LEET 2008, on a small model): one model
/// with them and one without, compared on cases that persons ruled on or whose answer is known, and that were not theirs. A hint for people; it holds nothing back by itself.
/// </summary>
internal static class HarmfulBatch
{
    private const int Least = 5, LeastVouched = 20;

    /// <summary>Tries everybody's newest cases; those without enough to try or to try on are left out.</summary>
    /// <param name="cases">All cases.</param>
    /// <param name="newest">How many of each person's newest cases are tried.</param>
    public static IReadOnlyList<BatchFinding> Look(IReadOnlyList<LearningCase> cases, int newest = 50)
    {
        var found = new List<BatchFinding>();
        var vouched = cases.Where(static one => !Actor.IsNameOfPolicy(one.Ruling.By) && one.Ruling.Truth is not null).ToArray();
        if (vouched.Length < LeastVouched) return found;
        var proofs = vouched.Select(static one => one.Decision.Id).ToHashSet(StringComparer.Ordinal);
        var taught = cases.Where(one => !proofs.Contains(one.Decision.Id)).ToArray();
        foreach (var said in taught.Where(static one => one.Ruling.Submitters.Length == 1).GroupBy(static one => one.Ruling.Submitters[0], StringComparer.Ordinal).OrderBy(static said => said.Key, StringComparer.Ordinal))
        {
            var batch = said.Where(static one => one.Ruling.IsWrong).OrderByDescending(static one => one.Ruling.At).ThenBy(static one => one.Decision.Id, StringComparer.Ordinal).Take(newest)
                .Select(static one => one.Decision.Id).ToHashSet(StringComparer.Ordinal);
            var others = vouched.Where(one => !one.Ruling.Submitters.Contains(said.Key, StringComparer.Ordinal)).ToArray();
            if (batch.Count < Least || others.Length < LeastVouched) continue;
            var (with, without) = (CaseBayes.From(taught), CaseBayes.From(taught.Where(one => !batch.Contains(one.Decision.Id))));
            var worse = others.Select(one => with.Surprise(one.Decision, one.Ruling.Truth!.Label) - without.Surprise(one.Decision, one.Ruling.Truth.Label)).ToArray();
            var mean = worse.Average();
            var error = Math.Sqrt(worse.Sum(one => (one - mean) * (one - mean)) / (worse.Length - 1.0) / worse.Length);
            found.Add(new(said.Key, batch.Count, others.Length, mean, error));
        }
        return found;
    }
}
