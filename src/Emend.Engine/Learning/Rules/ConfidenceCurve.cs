namespace Emend.Engine.Learning.Rules;

/// <summary>
/// How often proposals were right at each level of the agent's own confidence: monotone (pool adjacent violators) over groups of cases, so
/// that an agent that is overconfident, or whose confidence means nothing, is seen as what it is. Flat where the agent gives no confidence.
/// </summary>
internal sealed class ConfidenceCurve
{
    // Fewer cases than this say too little of a rate; a curve of more than twenty steps says no more than one of twenty.
    private const int MinGroup = 20;
    private const int MaxGroups = 20;

    private readonly double[] _ends;
    private readonly double[] _right;
    private readonly double _overall;

    private ConfidenceCurve(double[] ends, double[] right, double overall)
    {
        _ends = ends;
        _right = right;
        _overall = overall;
    }

    /// <summary>Whether confidence tells anything: there are at least two levels.</summary>
    public bool IsInformative => _right.Length > 1;

    /// <summary>Probability that a proposal made with this confidence is right.</summary>
    public double Right(double? confidence) => confidence is { } c && _right.Length > 0 ? _right[Group(c)] : _overall;

    /// <summary>Confidence below which proposals are right with at most the given probability; 0 when there is none such, infinite when all are.</summary>
    public double Below(double right)
    {
        if (_right.Length == 0) return _overall <= right ? double.PositiveInfinity : 0;
        var group = Array.FindLastIndex(_right, r => r <= right);
        return group < 0 ? 0 : group == _right.Length - 1 ? double.PositiveInfinity : _ends[group];
    }

    /// <summary>Fits the curve.</summary>
    public static ConfidenceCurve Of(CaseTable table, double overall)
    {
        var known = new List<(double Confidence, bool Right)>();
        for (var row = 0; row < table.Count; row++)
            if (table.Cases[row].Decision.Confidence is { } confidence) known.Add((confidence, table.Remedy[row] < 0));
        known.Sort();
        var size = Math.Max(MinGroup, known.Count / MaxGroups);
        // Each group: end (exclusive), right, count. Equal confidences are never split.
        var groups = new List<(double End, double Right, int Count)>();
        for (var start = 0; start < known.Count;)
        {
            var end = Math.Min(start + size, known.Count);
            if (known.Count - end < MinGroup) end = known.Count;
            while (end < known.Count && known[end].Confidence == known[end - 1].Confidence) end++;
            var right = 0;
            for (var i = start; i < end; i++) if (known[i].Right) right++;
            groups.Add((end < known.Count ? Cut(known[end - 1].Confidence, known[end].Confidence) : double.PositiveInfinity, right, end - start));
            start = end;
            while (groups.Count > 1 && groups[^2].Right * groups[^1].Count >= groups[^1].Right * groups[^2].Count)
            {
                var merged = (groups[^1].End, groups[^2].Right + groups[^1].Right, groups[^2].Count + groups[^1].Count);
                groups.RemoveRange(groups.Count - 2, 2);
                groups.Add(merged);
            }
        }
        return new([.. groups.Select(static g => g.End)], [.. groups.Select(g => (g.Right + 2 * overall) / (g.Count + 2))], overall);
    }

    private static double Cut(double below, double above) => TypedLiterals.Roundest(below, above);

    private int Group(double confidence)
    {
        var group = 0;
        while (confidence >= _ends[group]) group++;
        return group;
    }
}
