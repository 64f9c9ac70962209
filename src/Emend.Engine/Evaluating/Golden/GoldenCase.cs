using System.Collections.Immutable;
using System.Text;
using Emend.Engine.Evaluating.Replay;
using Emend.Engine.Normalizing;
using Emend.Logic;

namespace Emend.Engine.Evaluating.Golden;

/// <summary>A protected case: what must come out, whatever is learned. Feedback never writes to it; people do.</summary>
/// <param name="Id">Id within the agent.</param>
/// <param name="Decision">The case: a copy of a decision, or one written for the purpose.</param>
/// <param name="Expected">The action that must come out.</param>
/// <param name="Why">Why it is protected.</param>
internal sealed record GoldenCase(string Id, Decision Decision, AgentAction Expected, string Why);

/// <summary>The protected cases of an agent, sorted by id.</summary>
internal sealed record GoldenSet
{
    private GoldenSet(ImmutableArray<GoldenCase> cases)
    {
        Cases = cases;
        var text = new StringBuilder();
        foreach (var one in cases) text.Append(CanonicalJson.Quote(one.Id)).Append(GoldenCaseJson.Write(one)).Append('\n');
        Digest = BundleDigest.Of(Encoding.UTF8.GetBytes(text.ToString()));
    }

    /// <summary>No cases.</summary>
    public static GoldenSet Empty { get; } = new([]);

    /// <summary>The cases.</summary>
    public ImmutableArray<GoldenCase> Cases { get; }

    /// <summary>Name of exactly this set: an evaluation under another set does not count.</summary>
    public string Digest { get; }

    /// <summary>A set of cases, in any order.</summary>
    public static GoldenSet Of(IEnumerable<GoldenCase> cases) => new([.. cases.OrderBy(static one => one.Id, StringComparer.Ordinal)]);

    /// <summary>Runs every case through both policies; without an incumbent the agent alone takes its place.</summary>
    public GoldenResult Judge(CompiledPolicy? incumbent, CompiledPolicy candidate)
    {
        var newly = ImmutableArray.CreateBuilder<string>();
        var still = ImmutableArray.CreateBuilder<string>();
        foreach (var one in Cases)
        {
            if (ReplayCase.Same(candidate.Decide(one.Decision, out _), one.Expected)) continue;
            var before = incumbent is null ? one.Decision.Proposed : incumbent.Decide(one.Decision, out _);
            (ReplayCase.Same(before, one.Expected) ? newly : still).Add(one.Id);
        }
        return new(Cases.Length, newly.ToImmutable(), still.ToImmutable());
    }
}

/// <summary>How the protected cases came out.</summary>
/// <param name="Cases">How many there are.</param>
/// <param name="NewlyWrong">Right before and not now; being asked about counts as not right.</param>
/// <param name="StillWrong">Not right before either.</param>
internal sealed record GoldenResult(int Cases, ImmutableArray<string> NewlyWrong, ImmutableArray<string> StillWrong)
{
    /// <summary>No cases.</summary>
    public static GoldenResult Empty { get; } = new(0, [], []);
}
