using System.Globalization;
using Emend.TestKit;
using Xunit.Abstractions;

namespace Emend.Engine.Tests.Trust;

/// <summary>Made-up attackers among honest people; the full grid with EMEND_SOAK=1, and as a table with <c>bench poison</c>.</summary>
public class Withstanding_an_attack(ITestOutputHelper output)
{
    private static readonly bool IsFull = Environment.GetEnvironmentVariable("EMEND_SOAK") == "1";

    private static readonly int[] Seeds = IsFull ? [.. Enumerable.Range(1, 20)] : [1];

    public static TheoryData<PoisonAttack> Attacks => [.. Enum.GetValues<PoisonAttack>()];

    [Theory, MemberData(nameof(Attacks))]
    public void does_almost_no_harm_at_one_wrong_correction_in_twenty_whatever_the_number_of_names(PoisonAttack attack)
    {
        var (runs, activated, harm) = (0, 0, 0.0);
        foreach (var seed in Seeds)
        {
            var trial = new PoisonTrial(seed);
            var clean = trial.Run(null, 0, 0, defended: true);
            foreach (var share in IsFull ? (double[])[0.005, 0.01, 0.02, 0.05] : [0.05])
            {
                foreach (var identities in IsFull ? (int[])[1, 3, 5, 10] : [1, 3, 10])
                {
                    var hit = trial.Run(attack, share, identities, defended: true);
                    output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"seed {seed} {attack} {share:P1} {identities} names: breaks {clean.Breaks} -> {hit.Breaks}, fixes {clean.Fixes} -> {hit.Fixes}, activated {hit.Activated}, noticed {hit.Noticed}"));
                    runs++;
                    harm += hit.Breaks - clean.Breaks;
                    if (hit.Activated) activated++;
                    Assert.False(identities < 3 && hit.Activated, "fewer names than the quorum activated a rule");
                }
            }
        }
        Assert.True(harm / runs <= 0.5, $"extra harm {harm / runs} per thousand");
        Assert.True(activated <= 0.01 * runs, $"{activated} of {runs} attacks activated what they wanted");
    }

    [Fact]
    public void does_little_harm_at_one_wrong_correction_in_ten()
    {
        foreach (var seed in Seeds)
        {
            var trial = new PoisonTrial(seed);
            var clean = trial.Run(null, 0, 0, defended: true);
            var hit = trial.Run(PoisonAttack.Trigger, 0.1, 10, defended: true);
            Assert.True(hit.Breaks - clean.Breaks <= 1, $"extra harm {hit.Breaks - clean.Breaks} per thousand");
        }
    }

    // Three in ten wrong: enough to get past the learner's own test, so that it is the defences that hold.
    [Theory]
    [InlineData(1, false)]
    [InlineData(2, false)]
    [InlineData(3, true)]
    public void is_what_keeps_a_massive_attack_from_succeeding(int identities, bool highRisk)
    {
        var trial = new PoisonTrial(1, highRisk: highRisk);
        Assert.True(trial.Run(PoisonAttack.Trigger, 0.3, identities, defended: false).Activated);
        var hit = trial.Run(PoisonAttack.Trigger, 0.3, identities, defended: true);
        Assert.False(hit.Activated);
        Assert.True(hit.Noticed);
    }

    [Fact]
    public void is_undone_within_two_hundred_audited_changes_where_it_succeeded_nevertheless()
    {
        foreach (var seed in Seeds)
        {
            foreach (var identities in (int[])[1, 3])
            {
                var audits = new PoisonTrial(seed).AuditsUntilSuspended(PoisonAttack.Trigger, 0.3, identities);
                output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"seed {seed} {identities} names: suspended after {audits} audited changes"));
                Assert.InRange(audits ?? int.MaxValue, seed == 1 ? 1 : 0, 200);
            }
        }
    }

    [Fact]
    public void ends_where_as_many_as_the_quorum_stand_together_but_they_are_noticed()
    {
        var trial = new PoisonTrial(1);
        Assert.True(trial.Run(PoisonAttack.Trigger, 0.3, 3, defended: false).Activated);
        Assert.True(trial.Run(PoisonAttack.Trigger, 0.3, 3, defended: true).Noticed);
    }

    [Fact]
    public void costs_honest_people_little_of_what_they_teach()
    {
        foreach (var seed in Seeds)
        {
            var trial = new PoisonTrial(seed);
            var (open, guarded) = (trial.Run(null, 0, 0, defended: false), trial.Run(null, 0, 0, defended: true));
            Assert.True(guarded.Fixes >= 0.9 * open.Fixes, $"{guarded.Fixes} of {open.Fixes} fixes per thousand are left");
            Assert.False(guarded.HonestSuspected);
        }
    }
}
