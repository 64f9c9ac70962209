namespace Emend.Engine.Trust.Crowd;

/// <summary>
/// Finds people who err together. Two good ones agree because both are right; only agreement on what is known to be wrong tells of a common source:
/// a script, a wrong instruction, an arrangement. Such a group is one voice, however many names it has.
/// </summary>
internal static class Collusion
{
    /// <summary>Chance of calling any independent pair of a crowd dependent.</summary>
    public const double Level = 0.01;

    // One shared mistake is a coincidence.
    private const int LeastTogether = 4;

    /// <summary>Weight of each worker's voice: 1 alone, one over the number of its group otherwise.</summary>
    /// <param name="votes">The votes.</param>
    /// <param name="known">Label number by item, -1: not known. Only these items are looked at.</param>
    public static double[] Voices(CrowdLabels votes, int[] known)
    {
        var groups = Groups(votes, known);
        var sizes = groups.CountBy(static group => group).ToDictionary();
        // Within a slice somebody belongs to the group they belong to elsewhere.
        return [.. Enumerable.Range(0, votes.Workers.Length).Select(worker => 1.0 / sizes[groups[Person(votes, worker)]])];
    }

    /// <summary>Groups of two and more, by name.</summary>
    public static IReadOnlyList<IReadOnlyList<string>> Found(CrowdLabels votes, int[] known)
    {
        var groups = Groups(votes, known);
        return [.. groups.Select(static (group, person) => (group, person)).GroupBy(static one => one.group, one => votes.Workers[one.person]).Where(static g => g.Count() > 1).Select(static g => g.ToArray())];
    }

    // By person: number of the group.
    private static int[] Groups(CrowdLabels votes, int[] known)
    {
        var people = votes.Parents.Count(static parent => parent < 0);
        var met = new Dictionary<(int, int), (int Items, int WrongFirst, int WrongSecond, int Together)>();
        for (var item = 0; item < known.Length; item++)
        {
            if (known[item] < 0) continue;
            var on = votes.On(item);
            for (var i = 0; i < on.Length; i++)
            {
                var first = Person(votes, on[i].Worker);
                for (var j = i + 1; j < on.Length; j++)
                {
                    var second = Person(votes, on[j].Worker);
                    if (second == first) continue;
                    var (low, high) = first < second ? (on[i], on[j]) : (on[j], on[i]);
                    var pair = met.GetValueOrDefault((Math.Min(first, second), Math.Max(first, second)));
                    met[(Math.Min(first, second), Math.Max(first, second))] = (
                        pair.Items + 1,
                        pair.WrongFirst + (low.Label != known[item] ? 1 : 0),
                        pair.WrongSecond + (high.Label != known[item] ? 1 : 0),
                        pair.Together + (low.Label != known[item] && low.Label == high.Label ? 1 : 0));
                }
            }
        }

        // Fisher's exact tail: so many of one's mistakes fall on the other's, were they strewn over the same items at random.
        var tests = met.Where(static pair => pair.Value.Together >= LeastTogether)
            .Select(static pair => (pair.Key, P: SharedByChance(pair.Value.Items, pair.Value.WrongFirst, pair.Value.WrongSecond, pair.Value.Together)))
            .OrderBy(static test => test.P).ThenBy(static test => test.Key).ToArray();
        var groups = Enumerable.Range(0, people).ToArray();
        for (var i = 0; i < tests.Length && tests[i].P <= Level / (tests.Length - i); i++) Join(groups, tests[i].Key.Item1, tests[i].Key.Item2);
        return groups;
    }

    private static double SharedByChance(int items, int first, int second, int together)
    {
        var sum = 0.0;
        for (var shared = together; shared <= Math.Min(first, second); shared++)
            sum += Math.Exp(LogChoose(first, shared) + LogChoose(items - first, second - shared) - LogChoose(items, second));
        return Math.Min(1, sum);
    }

    private static double LogChoose(int n, int k)
    {
        if (k < 0 || k > n) return double.NegativeInfinity;
        var sum = 0.0;
        for (var i = 1; i <= k; i++) sum += Math.Log((double)(n - k + i) / i);
        return sum;
    }

    private static void Join(int[] groups, int a, int b)
    {
        var (from, to) = (Math.Max(groups[a], groups[b]), Math.Min(groups[a], groups[b]));
        for (var person = 0; person < groups.Length; person++)
            if (groups[person] == from) groups[person] = to;
    }

    private static int Person(CrowdLabels votes, int worker) => votes.Parents[worker] is >= 0 and var parent ? parent : worker;
}
