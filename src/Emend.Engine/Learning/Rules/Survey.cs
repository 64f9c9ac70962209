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

    private readonly double[] _right;
    private readonly double[] _reviewed;
    private readonly bool[] _isUnknown;
    private readonly TrackRecord _record;
    private readonly (int Literal, double Right)[] _deadBecause;

    private Survey(double[] right, double[] reviewed, bool[] isUnknown, bool isVolunteered, TrackRecord record, (int, double)[] deadBecause, ConfidenceCurve confidence)
    {
        Confidence = confidence;
        _right = right;
        _reviewed = reviewed;
        _isUnknown = isUnknown;
        _record = record;
        _deadBecause = deadBecause;
        IsVolunteered = isVolunteered;
    }

    /// <summary>People only spoke up when something was wrong.</summary>
    public bool IsVolunteered { get; }

    /// <summary>How often proposals were right at each level of the agent's confidence.</summary>
    public ConfidenceCurve Confidence { get; }

    /// <summary>Share of proposals that were right.</summary>
    public double Overall => _record.Overall;

    /// <summary>Probability that the next proposal of a label is right.</summary>
    public double Right(int label) => Math.Min(_record.Right(label), _deadBecause[label].Right);

    /// <summary>Whether more than the label's own record says so: the catalogue, or a condition under which nothing was ever right.</summary>
    public bool IsCertainlyDead(int label) => _isUnknown[label] || DeadBecause(label) >= 0;

    /// <summary>Condition that held whenever the label was proposed and under which nothing was ever right; -1 when its own record says all.</summary>
    public int DeadBecause(int label) => IsDead(label) && _record.Right(label) > MaxRightByRecord && _deadBecause[label].Right < _record.Right(label) ? _deadBecause[label].Literal : -1;

    /// <summary>Whether nothing can be broken by replacing a proposal: it is not in the catalogue, or has never been right and most likely never will be.</summary>
    public bool IsDead(int label) =>
        _isUnknown[label]
        || _reviewed[label] >= (IsVolunteered ? MinCorrectedEveryTime : 1) && _right[label] == 0
            && (_record.Right(label) <= MaxRightByRecord || _deadBecause[label].Right <= MaxRightByCondition);

    // Where right proposals are met with silence, being corrected every time is the only sign; a few times may be chance.
    private const int MinCorrectedEveryTime = 8;

    // With six fixes outweighing a break and a remedy that is right two times in three, one right in eleven is the break-even. A condition
    // gathers evidence over many labels and may go near it; a label's own few reviews may just be the agent's bad days.
    private const double MaxRightByCondition = 0.13;
    private const double MaxRightByRecord = 0.06;

    private const double MaxChanceOfCondition = 0.05;
    private const double ConditionsAtAll = 0.02;

    /// <summary>Counts a table.</summary>
    /// <param name="table">The cases.</param>
    /// <param name="knows">Whether a label is in the catalogue.</param>
    /// <param name="decisions">Decisions per proposed label, reviewed or not; null when not known.</param>
    public static Survey Of(CaseTable table, Func<string, bool> knows, IReadOnlyDictionary<string, int>? decisions)
    {
        var labels = table.Labels.Count;
        var (right, reviewed) = (new double[labels], new double[labels]);
        var (mayBeDead, unknown) = (new bool[labels], new bool[labels]);
        Array.Fill(mayBeDead, true);
        var confirmed = 0;
        for (var row = 0; row < table.Count; row++)
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
        var volunteered = confirmed < MinConfirmations || confirmed < MinShareConfirmed * table.Count;
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
        var record = TrackRecord.Of(right, reviewed, mayBeDead, unknown);
        return new(right, reviewed, unknown, volunteered, record, volunteered ? Nothing(labels) : DeadConditions(table, record), ConfidenceCurve.Of(table, record.Overall));
    }

    private static (int, double)[] Nothing(int labels)
    {
        var none = new (int, double)[labels];
        Array.Fill(none, (-1, 1.0));
        return none;
    }

    /// <summary>
    /// Conditions under which no proposal was ever right (a flag that the tool does not exist, say) tell of all labels proposed under them only:
    /// together these have evidence that each alone lacks.
    /// </summary>
    private static (int, double)[] DeadConditions(CaseTable table, TrackRecord record)
    {
        var found = Nothing(table.Labels.Count);
        var right = new ulong[Bits.Words(table.Count)];
        for (var row = 0; row < table.Count; row++)
            if (table.Remedy[row] < 0) Bits.Add(right, row);
        for (var literal = 0; literal < table.Literals.Count; literal++)
        {
            // Facts only: a cut of a number is a matter of degree, and beyond it proposals are rarely, not never, right.
            if (table.Literals[literal].Predicate.Comparison is Logic.Conditions.Comparison.Lt or Logic.Conditions.Comparison.Ge) continue;
            var rows = table.Rows[literal];
            var count = Bits.Count(rows);
            // Not by chance, however many conditions were looked at.
            var byChance = Math.Pow(1 - record.Overall, count);
            if (Bits.CountBoth(right, rows) > 0 || byChance * table.Literals.Count > MaxChanceOfCondition) continue;
            // One condition in fifty is of this kind before any case is seen; the others have the agent's own rate.
            var chance = (1 - ConditionsAtAll) * byChance / (ConditionsAtAll + (1 - ConditionsAtAll) * byChance) * record.Overall;
            var always = new bool[table.Labels.Count];
            Array.Fill(always, true);
            for (var row = 0; row < table.Count; row++)
                if (!Bits.Has(rows, row)) always[table.Proposed[row]] = false;
            for (var label = 0; label < always.Length; label++)
                if (always[label] && (chance < found[label].Item2 || chance == found[label].Item2 && string.CompareOrdinal(table.Literals[literal].Key, table.Literals[found[label].Item1].Key) < 0))
                    found[label] = (literal, chance);
        }
        return found;
    }
}
