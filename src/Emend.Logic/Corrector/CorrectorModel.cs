using System.Collections.Immutable;

namespace Emend.Logic.Corrector;

/// <summary>
/// The learned part of a bundle: is the proposed action wrong, and what should it be? Weights per word and value for every answer people
/// gave, odds of the best answer against the proposal, and the score above which it is certified to act.
/// </summary>
/// <remarks>Its canonical JSON (<see cref="CorrectorJson"/>) is <see cref="Bundle.Corrector"/>; the shape is in docs/spec/bundle.md.</remarks>
public sealed record CorrectorModel
{
    /// <summary>Version of this shape.</summary>
    public const string Schema = "emend/corrector/v1";

    /// <summary>What explanations and lineages name where a corrector decided: a bundle has one.</summary>
    public const string Id = "corrector";

    /// <summary>Most answers a corrector knows.</summary>
    public const int MostAnswers = 256;

    /// <summary>Right actions people named, sorted by label.</summary>
    public required ImmutableArray<CorrectorAnswer> Answers { get; init; }

    /// <summary>Proposed actions that were reviewed, sorted by label.</summary>
    public ImmutableArray<CorrectorProposal> Proposals { get; init; } = [];

    /// <summary>Weights, sorted by key, each key once.</summary>
    public ImmutableArray<CorrectorRow> Rows { get; init; } = [];

    /// <summary>Weights of <see cref="OverrideEvidence"/>: their sum is the log-odds that the answer is right and the proposal is not.</summary>
    public required ImmutableArray<double> Odds { get; init; }

    /// <summary>Reviewed decisions it was trained on.</summary>
    public required int Reviewed { get; init; }

    /// <summary>Of the randomly reviewed ones, share of right proposals, as counts.</summary>
    public required CorrectorRecord Record { get; init; }

    /// <summary>Chance (a fix against a break) from which it acts; null: it stays in shadow and never acts, proposals that are never right excepted.</summary>
    public double? Threshold { get; init; }

    /// <summary>What licenses the threshold; null in shadow.</summary>
    public CorrectorCertificate? Certificate { get; init; }

    /// <summary>Probability an answer needs where the proposal is known never to be right: nothing can be broken there.</summary>
    public double NeverRightFrom { get; init; } = 0.5;

    /// <summary>Smallest share of a case's words and values that must have been seen before; below it the case is of another kind and the proposal stands.</summary>
    public double LeastKnown { get; init; } = 0.5;
}

/// <summary>A count of right proposals.</summary>
/// <param name="Reviewed">Proposals reviewed at random.</param>
/// <param name="Right">Of them, right.</param>
public readonly record struct CorrectorRecord(int Reviewed, int Right);

/// <summary>One answer.</summary>
/// <param name="Label">The action.</param>
/// <param name="Truths">Reviewed decisions it was right for.</param>
/// <param name="IsCertified">Whether a proposal may be replaced by it.</param>
public sealed record CorrectorAnswer(string Label, int Truths, bool IsCertified);

/// <summary>One proposed action.</summary>
/// <param name="Label">The action.</param>
/// <param name="Reviewed">How often it was reviewed.</param>
/// <param name="Right">How often it was right.</param>
/// <param name="IsNeverRight">Whether it is known never to be right.</param>
/// <param name="IsOff">Whether its proposals are left alone: the corrector did harm there.</param>
/// <param name="Became">What it should have been, as positions in <see cref="CorrectorModel.Answers"/> with counts, sorted.</param>
public sealed record CorrectorProposal(string Label, int Reviewed, int Right, bool IsNeverRight, bool IsOff, ImmutableArray<(int Answer, int Count)> Became);

/// <summary>Weights of one key: for some answers a number from -127 to 127, times <see cref="Scale"/>.</summary>
/// <param name="Key">See <see cref="CaseFeatures"/>; a word's row has those of its parts in it.</param>
/// <param name="Scale">Size of a step.</param>
/// <param name="Weights">Answer and steps, sorted by answer.</param>
public sealed record CorrectorRow(uint Key, Half Scale, ImmutableArray<(byte Answer, sbyte Steps)> Weights);

/// <summary>What stands behind a threshold: overrides on cases reviewed at random, each scored before it was learned from.</summary>
/// <param name="Alpha">Largest share of breaks among the decisions whose rightness an override changes.</param>
/// <param name="Delta">Chance that the share is larger after all.</param>
/// <param name="Changed">Audited overrides at or above the threshold that changed rightness.</param>
/// <param name="Breaks">Of them, those that spoiled a right proposal.</param>
/// <param name="Wasted">Audited overrides that were wrong before and after: not counted in <paramref name="Changed"/>.</param>
/// <param name="From">Time of the oldest of these decisions, microseconds since 1970 UTC.</param>
/// <param name="Through">Time of the newest.</param>
public sealed record CorrectorCertificate(double Alpha, double Delta, int Changed, int Breaks, int Wasted, long From, long Through);
