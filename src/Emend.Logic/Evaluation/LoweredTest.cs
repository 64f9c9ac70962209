namespace Emend.Logic.Evaluation;

internal enum TestKind : byte { Never, Always, Lane, Fact, NoFact }

/// <summary>A literal after compiling: the value of a lane lies in a set, or a fact is or is not so.</summary>
/// <param name="Kind">Which of them.</param>
/// <param name="Index">The lane or the fact.</param>
/// <param name="Set">Values of the lane (<see cref="Intervals"/>).</param>
internal readonly record struct LoweredTest(TestKind Kind, int Index, int[] Set)
{
    public static LoweredTest Never { get; } = new(TestKind.Never, 0, []);

    public static LoweredTest Always { get; } = new(TestKind.Always, 0, []);

    public static LoweredTest Lane(int lane, int[] set) => set.Length == 0 ? Never : new(TestKind.Lane, lane, set);

    public static LoweredTest Fact(int fact) => new(TestKind.Fact, fact, []);

    public LoweredTest Negated => Kind switch
    {
        TestKind.Never => Always,
        TestKind.Always => Never,
        TestKind.Fact => new(TestKind.NoFact, Index, []),
        TestKind.NoFact => Fact(Index),
        _ => Lane(Index, Intervals.Complement(Set)),
    };

    public bool Holds(ReadOnlySpan<int> lanes, in Facts facts) => Kind switch
    {
        TestKind.Always => true,
        TestKind.Lane => Intervals.Contain(Set, lanes[Index]),
        TestKind.Fact => facts.Has(Index),
        TestKind.NoFact => !facts.Has(Index),
        _ => false,
    };
}

/// <summary>A condition whose cases would be too many to list: walked as the tree it is.</summary>
internal sealed record TestTree(LoweredTest Leaf, TestTree[]? All, TestTree[]? Any)
{
    public bool Holds(ReadOnlySpan<int> lanes, in Facts facts)
    {
        if (All is not null)
        {
            foreach (var term in All) if (!term.Holds(lanes, facts)) return false;
            return true;
        }
        if (Any is not null)
        {
            foreach (var term in Any) if (term.Holds(lanes, facts)) return true;
            return false;
        }
        return Leaf.Holds(lanes, facts);
    }
}
