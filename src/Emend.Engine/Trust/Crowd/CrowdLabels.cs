using System.Collections.Immutable;

namespace Emend.Engine.Trust.Crowd;

/// <summary>One person's answer on one item.</summary>
/// <param name="Item">What was looked at.</param>
/// <param name="Annotator">Who looked.</param>
/// <param name="Label">What they said.</param>
internal readonly record struct CrowdVote(string Item, string Annotator, string Label);

/// <summary>Answers of several people on the same items, numbered by name: the same set of votes gives the same numbers in any order.</summary>
/// <remarks>
/// Whoever answers inside a slice that is judged apart (<see cref="Of"/>) is a worker of its own there, with the person as its parent: being
/// trusted elsewhere says little about a place somebody may want to bend.
/// </remarks>
internal sealed class CrowdLabels
{
    private readonly int[] _from;
    private readonly (int Worker, int Label)[] _votes;
    private readonly Dictionary<string, int> _items;

    private CrowdLabels(ImmutableArray<string> items, ImmutableArray<string> labels, ImmutableArray<string> workers, int[] parents, int[] from, (int, int)[] votes)
    {
        (Items, Labels, Workers, Parents, _from, _votes) = (items, labels, workers, [.. parents], from, votes);
        _items = Numbers(items);
    }

    /// <summary>Items by number.</summary>
    public ImmutableArray<string> Items { get; }

    /// <summary>Labels by number.</summary>
    public ImmutableArray<string> Labels { get; }

    /// <summary>Names of the workers: an annotator, or an annotator within a slice.</summary>
    public ImmutableArray<string> Workers { get; }

    /// <summary>Number of the worker that is the same person outside of slices; -1 for the person itself.</summary>
    public ImmutableArray<int> Parents { get; }

    /// <summary>Votes in all.</summary>
    public int Count => _votes.Length;

    /// <summary>Votes on an item.</summary>
    public ReadOnlySpan<(int Worker, int Label)> On(int item) => _votes.AsSpan(_from[item], _from[item + 1] - _from[item]);

    /// <summary>Number of an item; -1 when nobody answered on it.</summary>
    public int Item(string name) => _items.GetValueOrDefault(name, -1);

    /// <summary>Numbers of known answers: -1 where an item has none, or one that nobody ever gave.</summary>
    public int[] Known(IReadOnlyDictionary<string, string> answers)
    {
        var known = new int[Items.Length];
        for (var i = 0; i < known.Length; i++) known[i] = answers.TryGetValue(Items[i], out var label) ? Labels.IndexOf(label) : -1;
        return known;
    }

    /// <summary>Numbers votes.</summary>
    /// <param name="votes">The votes.</param>
    /// <param name="slice">Slice in which an item's annotators are judged apart; null: none of its own.</param>
    public static CrowdLabels Of(IEnumerable<CrowdVote> votes, Func<string, string?>? slice = null)
    {
        var all = votes.Distinct().ToArray();
        Array.Sort(all, static (a, b) =>
            string.CompareOrdinal(a.Item, b.Item) is not 0 and var byItem ? byItem
            : string.CompareOrdinal(a.Annotator, b.Annotator) is not 0 and var byName ? byName
            : string.CompareOrdinal(a.Label, b.Label));
        var items = Sorted(all.Select(static v => v.Item));
        var labels = Sorted(all.Select(static v => v.Label));
        // Everybody is there as a person, even who only answered inside of slices.
        var people = Sorted(all.Select(static v => v.Annotator));
        var (itemNumbers, labelNumbers, numbers) = (Numbers(items), Numbers(labels), Numbers(people));
        var workers = people.ToList();
        var parents = people.Select(static _ => -1).ToList();
        var from = new int[items.Length + 1];
        var numbered = new (int, int)[all.Length];
        for (var i = 0; i < all.Length; i++)
        {
            var person = numbers[all[i].Annotator];
            var worker = person;
            if (slice?.Invoke(all[i].Item) is { } apart)
            {
                var name = all[i].Annotator + " in " + apart;
                if (!numbers.TryGetValue(name, out worker))
                {
                    numbers.Add(name, worker = workers.Count);
                    workers.Add(name);
                    parents.Add(person);
                }
            }
            numbered[i] = (worker, labelNumbers[all[i].Label]);
            from[itemNumbers[all[i].Item] + 1]++;
        }
        for (var i = 0; i < items.Length; i++) from[i + 1] += from[i];
        return new(items, labels, [.. workers], [.. parents], from, numbered);
    }

    private static ImmutableArray<string> Sorted(IEnumerable<string> names) => [.. names.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    private static Dictionary<string, int> Numbers(ImmutableArray<string> names)
    {
        var numbers = new Dictionary<string, int>(names.Length, StringComparer.Ordinal);
        for (var i = 0; i < names.Length; i++) numbers.Add(names[i], i);
        return numbers;
    }
}
