namespace Emend.Engine.Learning.Rules;

/// <summary>
/// Finds candidate rules in a table: for every proposed action and every remedy people chose there, and for every
/// remedy whatever was proposed (a phrase that means one thing means it under every wrong proposal).
/// </summary>
internal static class RuleMiner
{
    /// <summary>Candidates, in an order that depends only on the cases.</summary>
    public static List<Candidate> Mine(CaseTable table, Survey survey, LearnerOptions options, CancellationToken cancel)
    {
        var mistakes = new List<Func<Mistake>>();
        AddByProposal(table, survey, options, mistakes);
        if (!survey.IsVolunteered) AddByRemedy(table, survey, options, mistakes);

        var found = new List<Candidate>[mistakes.Count];
        Parallel.For(0, mistakes.Count, new ParallelOptions { CancellationToken = cancel, MaxDegreeOfParallelism = Environment.ProcessorCount },
            () => new BeamSearch(table, options),
            (i, _, search) =>
            {
                found[i] = search.Search(mistakes[i]());
                return search;
            },
            static _ => { });
        return [.. found.SelectMany(static f => f).Select(c => WithExactPromise(table, survey, c))];
    }

    private static void AddByProposal(CaseTable table, Survey survey, LearnerOptions options, List<Func<Mistake>> mistakes)
    {
        var byLabel = new SortedDictionary<string, List<int>>(StringComparer.Ordinal);
        for (var row = 0; row < table.Count; row++)
        {
            var label = table.Labels[table.Proposed[row]];
            if (!byLabel.TryGetValue(label, out var mine)) byLabel.Add(label, mine = []);
            mine.Add(row);
        }
        foreach (var mine in byLabel.Values)
        {
            var label = table.Proposed[mine[0]];
            var isDead = survey.IsDead(label);
            if (survey.IsVolunteered && !isDead) continue;
            var given = survey.DeadBecause(label) is >= 0 and var literal ? Term.Of(table.Literals[literal], literal) : null;
            // Where nothing can be broken, the one remedy a person named is better than what is certainly wrong.
            var minFixes = survey.IsCertainlyDead(label) ? 1 : isDead ? options.MinFixesOfDeadProposal : options.MinFixes;
            var remedies = mine.Where(r => table.Remedy[r] >= 0).GroupBy(r => table.Remedy[r]).Where(g => g.Count() >= minFixes)
                .Select(static g => g.Key).OrderBy(r => table.Remedies[r].ToString(), StringComparer.Ordinal).ToArray();
            if (remedies.Length == 0) continue;
            var view = new Lazy<View>(() => View.Of(table, [.. mine]));
            foreach (var remedy in remedies)
            {
                foreach (var doubtfulOnly in Doubts(survey, isDead))
                {
                    mistakes.Add(() =>
                    {
                        var local = view.Value;
                        var (scope, fixes, breaks) = (new ulong[local.Words], new ulong[local.Words], new ulong[local.Words]);
                        for (var i = 0; i < local.Rows.Length; i++)
                        {
                            if (doubtfulOnly && !IsDoubtful(table, survey, local.Rows[i])) continue;
                            var right = table.Remedy[local.Rows[i]];
                            Bits.Add(scope, i);
                            if (right == remedy) Bits.Add(fixes, i);
                            else if (right < 0) Bits.Add(breaks, i);
                        }
                        return new(local, label, remedy, scope, fixes, breaks, survey.Right(label)) { MinFixes = minFixes, IsDead = isDead, Given = given };
                    });
                }
            }
        }
    }

    // An agent that says how sure it is gives its doubts away: rules for those are looked for apart, so that the cases it is sure
    // and right of do not hide them.
    private const double Doubtful = 0.7;

    private static bool[] Doubts(Survey survey, bool isDead) => survey.Confidence.IsInformative && !isDead ? [false, true] : [false];

    private static bool IsDoubtful(CaseTable table, Survey survey, int row) => survey.Confidence.Right(table.Cases[row].Decision.Confidence) <= Doubtful;

    private static void AddByRemedy(CaseTable table, Survey survey, LearnerOptions options, List<Func<Mistake>> mistakes)
    {
        var view = new Lazy<View>(() => View.All(table));
        var byRemedy = new SortedDictionary<string, (int Remedy, int Count, HashSet<int> Proposed)>(StringComparer.Ordinal);
        for (var row = 0; row < table.Count; row++)
        {
            var remedy = table.Remedy[row];
            if (remedy < 0 || table.RemedyLabel[remedy] < 0) continue;
            var name = table.Remedies[remedy].ToString();
            var seen = byRemedy.TryGetValue(name, out var so) ? so : (remedy, 0, []);
            seen.Item3.Add(table.Proposed[row]);
            byRemedy[name] = (remedy, seen.Item2 + 1, seen.Item3);
        }
        foreach (var (remedy, count, proposed) in byRemedy.Values)
        {
            // Under a single proposal this is the same question as before.
            if (count < options.MinFixesOfDeadProposal || proposed.Count < 2) continue;
            {
                // The cases that the agent is sure of stand by as witnesses of what a condition means.
                var doubtfulOnly = survey.Confidence.IsInformative;
                mistakes.Add(() =>
                {
                    var local = view.Value;
                    var own = table.RemedyLabel[remedy];
                    var (scope, fixes, breaks) = (new ulong[local.Words], new ulong[local.Words], new ulong[local.Words]);
                    var (witnesses, favourable) = (new ulong[local.Words], new ulong[local.Words]);
                    for (var row = 0; row < table.Count; row++)
                    {
                        var agreed = table.Proposed[row] == own;
                        var isTruth = agreed ? table.Remedy[row] < 0 : table.Remedy[row] == remedy;
                        if (agreed || doubtfulOnly && !IsDoubtful(table, survey, row))
                        {
                            Bits.Add(witnesses, row);
                            if (isTruth) Bits.Add(favourable, row);
                            continue;
                        }
                        Bits.Add(scope, row);
                        if (isTruth) Bits.Add(fixes, row);
                        else if (table.Remedy[row] < 0) Bits.Add(breaks, row);
                    }
                    return new(local, -1, remedy, scope, fixes, breaks, survey.Overall) { MinFixes = options.MinFixesOfDeadProposal, Witnesses = witnesses, WitnessesFor = favourable };
                });
            }
        }
    }

    /// <summary>
    /// A rule for all proposals covers some that are often right and some that never are: its promise uses their own rates. And every
    /// rule notes how sure the agent was where it was learned.
    /// </summary>
    private static Candidate WithExactPromise(CaseTable table, Survey survey, Candidate candidate)
    {
        double right = 0, byConfidence = 0;
        var covered = 0;
        foreach (var row in Bits.Members(candidate.Cover))
        {
            var sure = survey.Confidence.Right(table.Cases[row].Decision.Confidence);
            covered++;
            right += survey.Confidence.IsInformative ? sure : survey.Right(table.Proposed[row]);
            byConfidence += sure;
        }
        return candidate with
        {
            Promise = candidate.Scope >= 0 ? candidate.Promise : Promise.Of(candidate.Tally, candidate.Terms.Length, candidate.Share, right / covered),
            RightByConfidence = byConfidence / covered,
        };
    }
}
