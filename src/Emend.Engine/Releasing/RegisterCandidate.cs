using System.Collections.Immutable;
using System.Text;
using Emend.Logic;

namespace Emend.Engine.Releasing;

/// <summary>Puts a built bundle into the registry. Doing it twice changes nothing.</summary>
/// <param name="Bundle">The bundle.</param>
/// <param name="Submitters">Names of the people behind its evidence.</param>
/// <param name="By">Who asked for it to be built: its author.</param>
internal sealed record RegisterCandidate(Bundle Bundle, ImmutableArray<string> Submitters, Actor By)
{
    internal static Answer<CandidateBuilt> Decide(ReleaseView now, string digest, Bundle bundle, string canonical, ImmutableArray<string> submitters, string by, long at)
    {
        if (now.Candidate is { } known && !string.Equals(known.Agent, bundle.Agent, StringComparison.Ordinal)) return new CandidateIsForAnotherAgent(digest, known.Agent);
        return new CandidateBuilt(bundle.Agent, by, at, digest, bundle.Parent, bundle.Manifest.Digest, bundle.Manifest.Records, submitters, canonical);
    }
}

internal sealed class RegisterCandidateHandler(ReleaseLedger ledger)
{
    /// <summary>Answers the digest of the candidate.</summary>
    public async Task<Answer<string>> HandleAsync(RegisterCandidate ask, CancellationToken cancel)
    {
        var bytes = BundleJson.Write(ask.Bundle);
        var digest = BundleDigest.Of(bytes);
        if (ledger.Candidate(digest) is { } known && string.Equals(known.Agent, ask.Bundle.Agent, StringComparison.Ordinal)) return digest;
        var submitters = ask.Submitters.Select(ledger.PersonOf).Order(StringComparer.Ordinal).Distinct(StringComparer.Ordinal).ToImmutableArray();
        var canonical = Encoding.UTF8.GetString(bytes);
        var answer = await ledger.ChangeAsync(ask.Bundle.Agent, digest, ask.By,
            (now, by, at) => RegisterCandidate.Decide(now, digest, ask.Bundle, canonical, submitters, by, at), cancel).ConfigureAwait(false);
        return answer is Answer<CandidateBuilt>.Refused(var why) ? why : digest;
    }
}
