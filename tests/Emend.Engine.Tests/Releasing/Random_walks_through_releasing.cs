using Emend.Engine.Releasing;
using Xunit.Abstractions;
using static Emend.Engine.Tests.Evaluating.Cases;
using static Emend.Engine.Tests.Releasing.Registry;

namespace Emend.Engine.Tests.Releasing;

public class Random_walks_through_releasing(ITestOutputHelper output)
{
    private static readonly Actor[] People = [Author, Approver, Second, Operator, Watch];

    /// <summary>What should happen, in the fewest words: written apart from the code it checks.</summary>
    private sealed class Model
    {
        public string? Served, Previous, Releasing;
        public int Step;
        public bool Paused, Killed, HasTraffic, HasSoaked, Held;
        public readonly Dictionary<string, string> State = new(StringComparer.Ordinal);
        public readonly Dictionary<string, HashSet<string>> Approvers = new(StringComparer.Ordinal);
        public readonly Dictionary<string, string?> JudgedAgainst = new(StringComparer.Ordinal);

        private string StateOf(string c) => State.GetValueOrDefault(c, "none");
        private bool IsCurrent(string c) => JudgedAgainst.GetValueOrDefault(c, "?") == Served;

        public bool Evaluate(string c)
        {
            if (StateOf(c) is "none" or "releasing" or "released") return false;
            State[c] = "evaluated";
            Approvers[c] = [];
            JudgedAgainst[c] = Served;
            return true;
        }

        public bool Approve(string c, Actor by)
        {
            if (StateOf(c) is not ("evaluated" or "approved") || !IsCurrent(c) || by.IsPolicy || by == Author || Approvers[c].Contains(by.Name)) return false;
            State[c] = "approved";
            Approvers[c].Add(by.Name);
            return true;
        }

        public bool Reject(string c)
        {
            if (StateOf(c) is not ("built" or "evaluated" or "approved" or "rolled back")) return false;
            State[c] = "rejected";
            return true;
        }

        public bool Start(string c, Actor by)
        {
            if (StateOf(c) != "approved" || Killed || Releasing is not null || !IsCurrent(c) || by.IsPolicy || Approvers[c].SetEquals([by.Name])) return false;
            (Releasing, Step, Paused, HasTraffic, HasSoaked, Held) = (c, 0, false, false, false, false);
            State[c] = "releasing";
            return true;
        }

        public bool Advance(Actor by)
        {
            if (Releasing is null || Killed || Paused || !HasTraffic || !HasSoaked || (Step == 1 && by.IsPolicy)) return false;
            (HasTraffic, HasSoaked) = (false, false);
            if (++Step < 2) return true;
            if (Served is not null) State[Served] = "retired";
            State[Releasing] = "released";
            (Previous, Served, Releasing) = (Served, Releasing, null);
            return true;
        }

        public bool Pause() => Releasing is not null && !Paused && (Paused = true);

        public bool Resume(Actor by)
        {
            if (by.IsPolicy) return false;
            if (Releasing is null || !Paused) return Held && !(Held = false);
            (Paused, HasTraffic, HasSoaked) = (false, false, false);
            return true;
        }

        public bool RollBack()
        {
            if (Releasing is not null)
            {
                State[Releasing] = "rolled back";
                (Releasing, Held) = (null, true);
                return true;
            }
            if (Served is null) return false;
            State[Served] = "rolled back";
            if (Previous is not null) State[Previous] = "released";
            (Served, Previous, Held) = (Previous, null, true);
            return true;
        }

        public bool Kill(bool on, Actor by)
        {
            if (Killed == on || (!on && by.IsPolicy)) return false;
            Killed = on;
            return true;
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task end_where_a_small_model_says(int seed)
    {
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        await using var at = await OpenAsync(steps: ReleasePolicy.Default with { StepsBp = [0, 5_000, 10_000], MinExposed = 1, MinJudged = 0 });
        var model = new Model();
        var bundles = Enumerable.Range(0, 3).Select(i => Bundle(Override("x", "b"), Override($"rare-{i}", "c"))).ToArray();
        var digests = new string[bundles.Length];
        for (var i = 0; i < bundles.Length; i++)
        {
            digests[i] = Granted(await at.RegisterAsync(bundles[i]));
            model.State[digests[i]] = "built";
        }

        var (traffic, granted, released) = (0, 0, 0);
        for (var command = 0; command < 500; command++)
        {
            var digest = digests[random.Next(digests.Length)];
            var by = People[random.Next(People.Length)];
            var before = at.Board;
            var (expected, happened) = random.Next(20) switch
            {
                0 => (model.Evaluate(digest), IsGranted(await at.EvaluateAsync(digest))),
                1 or 2 or 14 => (model.Approve(digest, by), IsGranted(await at.ApproveAsync(digest, by, acceptsUnproven: true))),
                3 => random.Next(5) > 0 ? (false, false) : (model.Reject(digest), IsGranted(await new RejectCandidateHandler(at.Ledger).HandleAsync(new("router", digest, "no", by), CancellationToken.None))),
                4 or 5 or 15 => (model.Start(digest, by), IsGranted(await at.StartAsync(digest, by))),
                6 or 7 or 8 or 16 => (model.Advance(by), IsGranted(await at.AdvanceAsync(by: by))),
                9 => (model.Pause(), IsGranted(await new PauseReleaseHandler(at.Ledger).HandleAsync(new("router", "hm", by), CancellationToken.None))),
                10 or 17 => (model.Resume(by), IsGranted(await new ResumeReleaseHandler(at.Ledger).HandleAsync(new("router", by), CancellationToken.None))),
                11 => random.Next(4) > 0 ? (false, false) : (model.RollBack(), IsGranted(await at.RollBackAsync(by))),
                12 => random.Next(4) is var on && on == 0 && random.Next(2) == 0 ? (false, false) : (model.Kill(on == 0, by), IsGranted(await at.KillAsync(on == 0, by))),
                _ => (await TimePassesAsync(), true),
            };

            Assert.True(expected == happened, $"command {command}: the model says {expected}");
            var board = at.Board;
            Assert.Equal((model.Served, model.Previous, model.Releasing, model.Killed, model.Held), (board.Served, board.Previous, board.Current?.Candidate, board.IsKilled, board.IsFastLaneHeld));
            Assert.True(board.Counter >= before.Counter);
            Assert.InRange(board.Version - before.Version, 0, 1);
            if (random.Next(20) == 0) await at.At.ReopenAsync();
            if (happened) granted++;
            if (board.Served is not null && board.Served != before.Served) released++;
        }
        Assert.Equal(The_journey_of_a_release.Folded(at), (at.Board, The_journey_of_a_release.Ordered(at)));
        output.WriteLine($"{granted} commands granted, the served bundle changed {released} times");
        Assert.True(granted > 80 && released > 0, $"{granted} commands granted, {released} changes: the walk proves little");

        async Task<bool> TimePassesAsync()
        {
            await at.ServeAsync(Enumerable.Range(0, 12).Select(_ => Decision(1_000_000 + traffic++, "a", "x")));
            at.Clock.Move(TimeSpan.FromHours(1));
            if (model.Releasing is not null && !model.Killed) model.HasTraffic = true;
            model.HasSoaked = model.Releasing is not null;
            return true;
        }
    }

    private static bool IsGranted<T>(Answer<T> answer) => answer is Answer<T>.Granted;
}
