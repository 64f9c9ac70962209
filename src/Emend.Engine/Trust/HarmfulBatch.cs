using Emend.Engine.Learning;

namespace Emend.Engine.Trust;

/// <summary>What learning from somebody's newest corrections does to cases that others vouch for.</summary>
/// <param name="By">Who.</param>
/// <param name="Batch">Their cases that were tried.</param>
/// <param name="Vouched">Cases it was tried on.</param>
/// <param name="Worse">Mean extra surprise with their cases, in nats.</param>
/// <param name="Error">Its standard error.</param>
/// <param name="Flipped">Vouched cases whose likeliest action is right without their cases and wrong with them, less those the other way round.</param>
internal sealed record BatchFinding(string By, int Batch, int Vouched, double Worse, double Error, int Flipped)
{
    // One honest person in six is beyond one standard error by chance, one in 30,000 beyond four: every batch of everybody is tried.
    // Somebody who works on cases that nobody else sees makes all others a little less likely: only what comes out wrong is harm.
    private const double Sure = 4;

    /// <summary>Whether it is more than chance usually does: worth a look where somebody looks anyway.</summary>
    public bool IsHarmful => Worse > Error;

    /// <summary>Whether chance does not do that: worth calling somebody.</summary>
    public bool IsAlarming => Worse > Sure * Error && Flipped > 0;
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
    /// <param name="examined">Until when what somebody said was examined by a person, by name: it is tried no more; null: nothing was.</param>
    /// <param name="newest">How many of each person's newest cases are tried.</param>
    public static IReadOnlyList<BatchFinding> Look(IReadOnlyList<LearningCase> cases, IReadOnlyDictionary<string, long>? examined = null, int newest = 50)
    {
        var found = new List<BatchFinding>();
        var vouched = cases.Where(static one => !Actor.IsNameOfPolicy(one.Ruling.By) && one.Ruling.Truth is not null).ToArray();
        if (vouched.Length < LeastVouched) return found;
        var proofs = vouched.Select(static one => one.Decision.Id).ToHashSet(StringComparer.Ordinal);
        var taught = cases.Where(one => !proofs.Contains(one.Decision.Id)).ToArray();
        foreach (var said in taught.Where(static one => one.Ruling.Submitters.Length == 1).GroupBy(static one => one.Ruling.Submitters[0], StringComparer.Ordinal).OrderBy(static said => said.Key, StringComparer.Ordinal))
        {
            var batch = said.Where(one => one.Ruling.IsWrong && !(examined?.TryGetValue(said.Key, out var at) is true && one.Ruling.At <= at)).OrderByDescending(static one => one.Ruling.At).ThenBy(static one => one.Decision.Id, StringComparer.Ordinal).Take(newest)
                .Select(static one => one.Decision.Id).ToHashSet(StringComparer.Ordinal);
            var others = vouched.Where(one => !one.Ruling.Submitters.Contains(said.Key, StringComparer.Ordinal)).ToArray();
            if (batch.Count < Least || others.Length < LeastVouched) continue;
            var (with, without) = (CaseBayes.From(taught), CaseBayes.From(taught.Where(one => !batch.Contains(one.Decision.Id))));
            var worse = others.Select(one => with.Surprise(one.Decision, one.Ruling.Truth!.Label) - without.Surprise(one.Decision, one.Ruling.Truth.Label)).ToArray();
            var flipped = others.Sum(one => (without.Best(one.Decision) == one.Ruling.Truth!.Label ? 1 : 0) - (with.Best(one.Decision) == one.Ruling.Truth.Label ? 1 : 0));
            var mean = worse.Average();
            var error = Math.Sqrt(worse.Sum(one => (one - mean) * (one - mean)) / (worse.Length - 1.0) / worse.Length);
            found.Add(new(said.Key, batch.Count, others.Length, mean, error, flipped));
        }
        return found;
    }
}
