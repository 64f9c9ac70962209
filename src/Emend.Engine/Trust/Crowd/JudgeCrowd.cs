namespace Emend.Engine.Trust.Crowd;

/// <summary>What is to be thought of a crowd's answers.</summary>
/// <param name="Estimate">What is so, with probabilities that are as sure as known answers allow, and everybody's quality.</param>
/// <param name="FromMajority">Whether estimating started from what most say.</param>
/// <param name="Temperature">How much the probabilities were flattened; 1: not at all.</param>
/// <param name="Together">Groups of people who err together; each counted as one voice.</param>
/// <param name="Scores">How each way of estimating did on known answers; none when there were too few.</param>
internal sealed record CrowdJudgement(CrowdEstimate Estimate, bool FromMajority, double Temperature, IReadOnlyList<IReadOnlyList<string>> Together, IReadOnlyList<CrowdScore> Scores);

/// <summary>Truth from several people's answers: who errs together is one voice, the way of estimating is chosen by known answers, and no probability is surer than these allow. Pure.</summary>
internal static class JudgeCrowd
{
    /// <summary>Judges.</summary>
    /// <param name="votes">The votes; whoever may be bent by somebody is better judged apart (<see cref="CrowdLabels.Of"/>).</param>
    /// <param name="known">Label number by item, -1: not known.</param>
    public static CrowdJudgement Of(CrowdLabels votes, int[] known)
    {
        var options = new CrowdOptions { Voices = Collusion.Voices(votes, known) };
        var (method, fromMajority, scores) = ChooseCrowdMethod.By(votes, known, options);
        options = options with { StartsFromMajority = fromMajority };
        var temperature = CrowdHonesty.Temperature(votes, method, known, options);
        var estimate = CrowdHonesty.Of(EstimateCrowd.From(votes, method, known, options), temperature, known);
        return new(estimate, fromMajority, temperature, Collusion.Found(votes, known), scores);
    }
}
