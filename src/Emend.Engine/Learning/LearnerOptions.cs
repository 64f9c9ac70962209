using System.Globalization;
using Emend.Logic;

namespace Emend.Engine.Learning;

/// <summary>
/// What, besides the data, a build depends on. One set of defaults serves every agent: none of them is fitted to a data set.
/// </summary>
internal sealed record LearnerOptions
{
    /// <summary>Version of the algorithm: grows whenever the same cases could give other rules.</summary>
    public const string Algorithm = "rules/1+softmax/1";

    /// <summary>The defaults.</summary>
    public static LearnerOptions Default { get; } = new();

    /// <summary>Whether rules are mined. Default true; false: single corrections are remembered, nothing is generalised.</summary>
    public bool Mines { get; init; } = true;

    /// <summary>Whether a corrector is trained. Default true.</summary>
    public bool Corrects { get; init; } = true;

    /// <summary>Fixes a rule must show among the cases it was mined from. Default 3.</summary>
    public int MinFixes { get; init; } = 3;

    /// <summary>
    /// The same where the proposal has never been right, or where a condition means one thing whatever was proposed. Default 2: one case is
    /// no pattern. (For proposals outside the catalogue one case suffices: nothing can be broken.)
    /// </summary>
    public int MinFixesOfDeadProposal { get; init; } = 2;

    /// <summary>How many fixes one break outweighs. Default 6: a rule may break at most about 15 % of what it fixes.</summary>
    public double HarmCost { get; init; } = 6;

    /// <summary>Largest share of breaks among the decisions whose rightness a family of rules changes. Default 0.13 = 15 % of the fixes.</summary>
    public double MaxBreakShare { get; init; } = 0.13;

    /// <summary>How sure the walk-forward test must be of <see cref="MaxBreakShare"/>. Default 0.95.</summary>
    public double Confidence { get; init; } = 0.95;

    /// <summary>Most conditions of a rule besides the proposed action. Default 4.</summary>
    public int MaxDepth { get; init; } = 4;

    /// <summary>Width of the beam. Default 16.</summary>
    public int BeamWidth { get; init; } = 16;

    /// <summary>Most rules of one kind of mistake. Default 6.</summary>
    public int MaxRulesPerMistake { get; init; } = 6;

    /// <summary>Longest phrase, in words. Default 3; 0: texts are not looked at.</summary>
    public int PhraseWords { get; init; } = 3;

    /// <summary>Reviewed decisions a phrase must occur in. Default 3: a rarer one could name a person, or be planted.</summary>
    public int MinPhraseCases { get; init; } = 3;

    /// <summary>How long a rule acts after its newest evidence, in data time. Default 90 days.</summary>
    public TimeSpan TimeToLive { get; init; } = TimeSpan.FromDays(90);

    /// <summary>How long one correction acts on the identical case. Default 14 days; zero: never.</summary>
    public TimeSpan ExactTimeToLive { get; init; } = TimeSpan.FromDays(14);

    /// <summary>Distinct people that must support a rule. Default 1; an agent's change envelope asks for more.</summary>
    public int MinSubmitters { get; init; } = 1;

    /// <summary>Largest share of a rule's fixes that may count from one person; the rest of theirs is not counted. Default 1: no cap.</summary>
    public double MaxShareOfSubmitter { get; init; } = 1;

    /// <summary>A rule must still hold after all cases that rest on any this many of its supporters alone are taken away, 0 to 2. Default 0; what is released asks for more (<c>RequiredSupport</c>).</summary>
    public int SurvivesLossOf { get; init; }

    /// <summary>The same where what a rule leads to is of high risk; asks for one person more besides. Default 0.</summary>
    public int SurvivesLossOfAtHighRisk { get; init; }

    /// <summary>Canonical JSON: a part of the bundle.</summary>
    public string ToJson() => CanonicalJson.Of(string.Create(CultureInfo.InvariantCulture, $$"""
        {"algorithm":"{{Algorithm}}","minFixes":{{MinFixes}},"minFixesOfDeadProposal":{{MinFixesOfDeadProposal}},"harmCost":{{HarmCost}},
        "maxBreakShare":{{MaxBreakShare}},"confidence":{{Confidence}},"maxDepth":{{MaxDepth}},"beamWidth":{{BeamWidth}},
        "maxRulesPerMistake":{{MaxRulesPerMistake}},"phraseWords":{{PhraseWords}},"minPhraseCases":{{MinPhraseCases}},
        "timeToLiveSeconds":{{(long)TimeToLive.TotalSeconds}},"exactTimeToLiveSeconds":{{(long)ExactTimeToLive.TotalSeconds}},
        "minSubmitters":{{MinSubmitters}},"maxShareOfSubmitter":{{MaxShareOfSubmitter}},"survivesLossOf":{{SurvivesLossOf}}{{(SurvivesLossOfAtHighRisk == 0 ? "" : FormattableString.Invariant($",\"survivesLossOfAtHighRisk\":{SurvivesLossOfAtHighRisk}"))}}{{(Corrects ? "" : ",\"corrects\":false")}}{{(Mines ? "" : ",\"mines\":false")}}}
        """));
}
