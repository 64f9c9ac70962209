using Emend.Engine.Learning;
using Emend.Engine.Normalizing;

namespace Emend.Engine.Trust;

/// <summary>
/// How many people a rule has to rest on before it may be released: nobody brings one about alone. A function of the agent and of the set of cases, so that a bundle is
/// built again as it was.
/// </summary>
/// <remarks>
/// Where fewer than three people have judged a good deal, no rule could stand on three: there the provenance gate (G6) tells who approves that it rests on one person.
/// How many those are is counted in people, never in shares: who floods a workspace under one name does not make it a workspace of one.
/// Whatever is of high risk, and whatever is released without a person, is asked for it however few there are.
/// </remarks>
internal static class RequiredSupport
{
    /// <summary>People behind a rule.</summary>
    public const int Quorum = 3;

    /// <summary>Largest share of a rule's cases that counts from one person.</summary>
    public const double MostOfOne = 1.0 / 3;

    /// <summary>Any so many people may turn out to be dishonest; where the risk is high, one more.</summary>
    public const int Dishonest = 1;

    // Fewer judgements make nobody a witness that could be missed.
    private const int LeastJudged = 10;

    /// <summary>What a learner is told for an agent's cases.</summary>
    /// <param name="agent">The agent: its risk, and how many people its envelope asks for.</param>
    /// <param name="cases">The cases.</param>
    /// <param name="options">Everything else.</param>
    /// <param name="isAutomatic">Whether nobody looks before it is released.</param>
    public static LearnerOptions For(AgentDefinition agent, IReadOnlyCollection<LearningCase> cases, LearnerOptions options, bool isAutomatic)
    {
        var envelope = isAutomatic ? Math.Max(1, agent.Envelope.MinSubmitters) : 1;
        var asked = options with { MinSubmitters = envelope, SurvivesLossOf = isAutomatic ? Dishonest : 0, SurvivesLossOfAtHighRisk = Dishonest + 1 };
        return Witnesses(cases) < Quorum ? asked : asked with { MinSubmitters = Math.Max(envelope, Quorum), MaxShareOfSubmitter = MostOfOne, SurvivesLossOf = Dishonest };
    }

    /// <summary>People who judged enough to be missed.</summary>
    public static int Witnesses(IEnumerable<LearningCase> cases) => cases.SelectMany(static one => one.Ruling.Behind).CountBy(static by => by, StringComparer.Ordinal).Count(static one => one.Value >= LeastJudged);
}
