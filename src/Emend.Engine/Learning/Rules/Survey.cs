namespace Emend.Engine.Learning.Rules;

/// <summary>
/// What the reviews up to a moment say of each proposed action: how often it was right, and whether the sample can be believed.
/// </summary>
/// <remarks>
/// People who only speak up when something is wrong make every agent look wrong all the time. Such a sample is <i>volunteered</i>: the
/// share of right proposals in it means nothing. Then only what holds in the worst case is learned, that is with every decision
/// nobody spoke of counted as right: proposals outside the catalogue, and proposals that were wrong every single time they were made.
/// Silence is never approval; here it only ever keeps Emend silent.
/// </remarks>
internal sealed class Survey
{
    // Below these a sample has too few confirmations to have come from looking at decisions whatever they were.
    private const int MinConfirmations = 10;
    private const double MinShareConfirmed = 0.2;

    private Survey(double[] right, double[] reviewed, bool[] isUnknown, bool isVolunteered, TrackRecord record)
    {
        Right = right;
        Reviewed = reviewed;
        IsUnknown = isUnknown;
        IsVolunteered = isVolunteered;
        Record = record;
    }

    /// <summary>Right proposals per label.</summary>
    public double[] Right { get; }
    /// <summary>Reviewed proposals per label; in a volunteered sample all proposals made.</summary>
    public double[] Reviewed { get; }
    /// <summary>Labels that are not in the agent's catalogue.</summary>
    public bool[] IsUnknown { get; }
    /// <summary>People only spoke up when something was wrong.</summary>
    public bool IsVolunteered { get; }
    /// <summary>Chance of each label to be right next time.</summary>
    public TrackRecord Record { get; }

    /// <summary>Whether nothing can be broken by replacing a proposal: it is not in the catalogue, or has never been right and most likely never will be.</summary>
    public bool IsDead(int label) => IsUnknown[label] || Reviewed[label] > 0 && Right[label] == 0 && Record.Right(label) <= MaxRightOfDead;

    // With six fixes outweighing a break and a remedy that is right two times in three, one right in eleven is the break-even.
    private const double MaxRightOfDead = 0.1;

    /// <summary>Counts the first <paramref name="rows"/> rows of a table.</summary>
    /// <param name="table">The cases.</param>
    /// <param name="rows">How many of them, oldest first.</param>
    /// <param name="knows">Whether a label is in the catalogue.</param>
    /// <param name="decisions">Decisions per proposed label, reviewed or not; null when not known.</param>
    public static Survey Of(CaseTable table, int rows, Func<string, bool> knows, IReadOnlyDictionary<string, int>? decisions)
    {
        var labels = table.Labels.Count;
        var (right, reviewed) = (new double[labels], new double[labels]);
        var (mayBeDead, unknown) = (new bool[labels], new bool[labels]);
        Array.Fill(mayBeDead, true);
        var confirmed = 0;
        for (var row = 0; row < rows; row++)
        {
            reviewed[table.Proposed[row]]++;
            if (table.Remedy[row] < 0)
            {
                confirmed++;
                right[table.Proposed[row]]++;
                mayBeDead[table.Proposed[row]] = false;
            }
            else if (table.RemedyLabel[table.Remedy[row]] is >= 0 and var truth)
            {
                mayBeDead[truth] = false;
            }
        }
        var volunteered = confirmed < MinConfirmations || confirmed < MinShareConfirmed * rows;
        for (var label = 0; label < labels; label++)
        {
            unknown[label] = !knows(table.Labels[label]);
            if (!volunteered) continue;
            var wrong = reviewed[label] - right[label];
            var made = decisions is not null && decisions.TryGetValue(table.Labels[label], out var count) ? Math.Max(count, reviewed[label]) : double.NaN;
            right[label] = made - wrong;
            reviewed[label] = made;
            // Nothing is known of how often it was proposed: as far as anyone can tell it is mostly right.
            if (double.IsNaN(made)) (right[label], reviewed[label]) = (1, 1);
        }
        return new(right, reviewed, unknown, volunteered, TrackRecord.Of(right, reviewed, mayBeDead, unknown));
    }
}
