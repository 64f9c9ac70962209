using Emend.Engine.Normalizing;

namespace Emend.Engine.Learning;

/// <summary>What there is of one agent up to a journal entry: its decisions with what is known of them, and those with an effective ruling.</summary>
/// <param name="UpTo">Entries before this one are in it.</param>
/// <param name="Decisions">All decisions, by time and id.</param>
/// <param name="Cases">The reviewed ones, by time and id.</param>
internal sealed record AgentHistory(long UpTo, IReadOnlyList<KnownDecision> Decisions, IReadOnlyList<LearningCase> Cases)
{
    /// <summary>The history after some decisions were decided, judged or withdrawn; what is not among the given is as it was.</summary>
    /// <param name="upTo">Entries before this one are in it now.</param>
    /// <param name="touched">Ids of the decisions about which something was said.</param>
    /// <param name="decisions">Those of them that there are.</param>
    /// <param name="cases">Those of them that are reviewed.</param>
    public AgentHistory After(long upTo, IReadOnlySet<string> touched, IEnumerable<KnownDecision> decisions, IEnumerable<LearningCase> cases) => new(
        upTo,
        Merged(Decisions, touched, decisions, static one => one.Decision),
        Merged(Cases, touched, cases, static one => one.Decision));

    /// <summary>Orders decisions as histories do.</summary>
    public static int Order(Decision left, Decision right) =>
        left.OccurredAt != right.OccurredAt ? left.OccurredAt.CompareTo(right.OccurredAt) : string.CompareOrdinal(left.Id, right.Id);

    // One pass over both: a hundred thousand references are copied in less time than one of them is read from disk.
    private static List<T> Merged<T>(IReadOnlyList<T> known, IReadOnlySet<string> touched, IEnumerable<T> fresh, Func<T, Decision> of)
    {
        var sorted = fresh.ToList();
        sorted.Sort((a, b) => Order(of(a), of(b)));
        var merged = new List<T>(known.Count + sorted.Count);
        var next = 0;
        foreach (var one in known)
        {
            if (touched.Contains(of(one).Id)) continue;
            while (next < sorted.Count && Order(of(sorted[next]), of(one)) < 0) merged.Add(sorted[next++]);
            merged.Add(one);
        }
        merged.AddRange(sorted.Skip(next));
        return merged;
    }
}
