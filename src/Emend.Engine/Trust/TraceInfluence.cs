using Emend.Engine.Learning;
using Emend.Engine.Releasing;

namespace Emend.Engine.Trust;

/// <summary>A bundle was built elsewhere: what it was learned from is not known here.</summary>
internal sealed record InfluenceIsUnknown(string Bundle) : Refusal("trust.influence-unknown", $"bundle {Bundle} was not built here, so nobody can say whose word carries it; `emend candidates list` shows what was");

/// <summary>Tells whose word carries a bundle of the registry. Builds it again without each of those who support anything in it: takes as long as so many builds.</summary>
internal sealed class TraceInfluence(CandidateSource source, CandidateSnapshots snapshots, ReleaseLedger ledger)
{
    /// <summary>Looks.</summary>
    /// <param name="digest">Digest of the bundle.</param>
    /// <param name="most">Most people tried, the strongest first, 1 to <see cref="Influence.MostPeople"/>.</param>
    /// <param name="cancel">Cancels between two builds.</param>
    public Answer<InfluenceReport> Of(string digest, int most, CancellationToken cancel)
    {
        if (ledger.Candidate(digest) is not { } candidate || ledger.Bundle(digest) is not { } bundle) return new CandidateIsUnknown(digest);
        if (snapshots.Of(digest) is not { } snapshot) return new InfluenceIsUnknown(digest);
        using var activity = TrustTelemetry.Source.StartActivity("influence");
        return Influence.Of(bundle, source.Cases(snapshot), from => source.Build(snapshot, candidate.Parent, from, cancel).Bundle, most, cancel);
    }
}
