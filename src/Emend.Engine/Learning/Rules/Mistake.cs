namespace Emend.Engine.Learning.Rules;

/// <summary>One kind of mistake in one view: which rows a rule would fix, which it would break.</summary>
/// <param name="View">The rows.</param>
/// <param name="Scope">Proposed label, or -1 for every proposal but the remedy's own.</param>
/// <param name="Remedy">What should have been done.</param>
/// <param name="InScope">Local rows the rule may act on.</param>
/// <param name="Fixes">Of them, rows it would fix.</param>
/// <param name="Breaks">Of them, rows whose proposal was right.</param>
/// <param name="Right">Probability that a proposal in scope is right.</param>
internal sealed record Mistake(View View, int Scope, int Remedy, ulong[] InScope, ulong[] Fixes, ulong[] Breaks, double Right)
{
    /// <summary>The proposal has never been right.</summary>
    public bool IsDead { get; init; }

    /// <summary>Fixes a rule must show.</summary>
    public required int MinFixes { get; init; }

    /// <summary>Condition under which that is known; every rule keeps it.</summary>
    public Term? Given { get; init; }

    /// <summary>Rows where no rule acts (the agent proposed the remedy itself, or is too sure) but which tell what a condition means; null: none.</summary>
    public ulong[]? Witnesses { get; init; }

    /// <summary>Of the witnesses, rows where the remedy is the truth.</summary>
    public ulong[]? WitnessesFor { get; init; }

    /// <summary>Share of the rows in scope that the remedy fixes.</summary>
    public double Share { get; } = Bits.Count(Fixes) / Math.Max(1.0, Bits.Count(InScope));

    /// <summary>Rows in scope and witnesses.</summary>
    public ulong[] Seen => Witnesses is null ? InScope : [.. InScope.Zip(Witnesses, static (a, b) => a | b)];

    /// <summary>What to expect of a condition.</summary>
    public Promise Promise(Tally tally, int terms) => IsDead ? Rules.Promise.OfDead(tally, terms, Share, Right) : Rules.Promise.Of(tally, terms, Share, Right);

    /// <summary>
    /// Whether a rule grown from this one can reach the floor: even if more conditions took away everything that speaks against it. Fixes only
    /// become fewer and conditions only cost, so what fails here fails for good.
    /// </summary>
    public bool CanStillPass(Tally tally, int terms) =>
        Promise(new(tally.Fixes, 0, tally.Fixes, tally.WitnessesFor, tally.WitnessesFor), terms).Score >= BeamSearch.ScoreFloor;

    /// <summary>Counts a set of rows of <see cref="Seen"/>.</summary>
    public Tally Count(ReadOnlySpan<ulong> cover)
    {
        var (fixes, breaks) = (Bits.CountBoth(cover, Fixes), Bits.CountBoth(cover, Breaks));
        if (Witnesses is null) return new(fixes, breaks, Bits.Count(cover));
        var (witnesses, favourable) = (Bits.CountBoth(cover, Witnesses), Bits.CountBoth(cover, WitnessesFor));
        return new(fixes, breaks, Bits.Count(cover) - witnesses, witnesses, favourable);
    }
}
