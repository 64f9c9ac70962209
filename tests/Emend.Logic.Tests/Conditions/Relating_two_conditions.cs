using Emend.Logic.Conditions;
using Emend.Logic.Evaluation;
using Emend.Logic.Tests.Evaluation;

namespace Emend.Logic.Tests.Conditions;

public class Relating_two_conditions
{
    [Theory]
    [InlineData("a > 5", "a > 3", Relation.Implies)]
    [InlineData("a > 3", "a > 5", Relation.ImpliedBy)]
    [InlineData("a > 5", "a < 5", Relation.Disjoint)]
    [InlineData("a >= 5", "a <= 5", Relation.Overlaps)]
    [InlineData("a >= 5 and a <= 5", "a == 5", Relation.Equivalent)]
    [InlineData("a > 5", "b > 5", Relation.Overlaps)]
    [InlineData("a == \"x\"", "a in [\"x\",\"y\"]", Relation.Implies)]
    [InlineData("a == \"x\"", "a == 1", Relation.Disjoint)]
    [InlineData("a == \"x\"", "a exists", Relation.Implies)]
    [InlineData("a missing", "a exists", Relation.Disjoint)]
    [InlineData("not a == 1", "a != 1", Relation.ImpliedBy)]
    [InlineData("a == true", "not a == false", Relation.Implies)]
    [InlineData("a == true or a == false", "a != true or a != false", Relation.Equivalent)]
    [InlineData("a contains \"x\" and a contains \"y\"", "a contains \"x\"", Relation.Implies)]
    [InlineData("a == {\"x\"}", "a contains \"y\"", Relation.Disjoint)]
    [InlineData("text contains \"top up card\"", "text contains \"up card\"", Relation.Implies)]
    [InlineData("text contains \"top\"", "text missing", Relation.Disjoint)]
    [InlineData("a between 1 and 9", "not a between 0 and 10", Relation.Disjoint)]
    [InlineData("a > 1 and a < 1.0000000000000002", "always", Relation.Disjoint)]
    [InlineData("(a == 1 or b == 2) and c == 3", "c == 3 and a == 1 or c == 3 and b == 2", Relation.Equivalent)]
    [InlineData("proposed.action != \"x\" or proposed.action == \"x\"", "always", Relation.Equivalent)]
    public void knows_the_ones_that_can_be_proven(string first, string second, Relation expected) =>
        Assert.Equal(expected, ConditionRelation.Of(ConditionText.Parse(first), ConditionText.Parse(second)));

    [Fact]
    public void is_never_wrong_about_a_case_that_occurs()
    {
        var seen = new Dictionary<Relation, int>();
        for (var seed = 0; seed < 6_000; seed++)
        {
            var random = new RandomLogic(seed);
            var shared = random.Condition(1);
            var first = random.Random.Next(2) == 0 ? random.Condition(1) : new All([shared, random.Predicate()]);
            var second = random.Random.Next(2) == 0 ? random.Condition(1) : random.Random.Next(2) == 0 ? shared : new Not(new Not(new Any([shared, random.Predicate()])));
            var relation = ConditionRelation.Of(first, second);
            seen[relation] = seen.GetValueOrDefault(relation) + 1;
            for (var c = 0; c < 30; c++)
            {
                var input = Deciding_like_the_oracle.RandomInput(random);
                var (a, b) = (BruteForce.Holds(first, input), BruteForce.Holds(second, input));
                var wrong = relation switch
                {
                    Relation.Disjoint => a && b,
                    Relation.Implies => a && !b,
                    Relation.ImpliedBy => b && !a,
                    Relation.Equivalent => a != b,
                    _ => false,
                };
                Assert.False(wrong, $"seed {seed}: {ConditionText.Format(first)} / {ConditionText.Format(second)}: {relation}");
            }
        }
        Assert.All([Relation.Overlaps, Relation.Disjoint, Relation.Implies, Relation.ImpliedBy], relation => Assert.True(seen.GetValueOrDefault(relation) > 50, $"{relation} came up {seen.GetValueOrDefault(relation)} times"));
    }
}
