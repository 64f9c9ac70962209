using System.Globalization;
using Emend.Engine.Evaluating.Golden;
using Emend.Engine.Journal;
using Emend.Engine.Normalizing;
using Emend.Engine.Observing;
using Emend.Engine.Releasing;
using Emend.Engine.Serving;
using Emend.Logic;
using static Emend.Engine.Tests.Evaluating.Cases;
using static Emend.Engine.Tests.Releasing.Registry;

namespace Emend.Engine.Tests.Releasing;

public class The_journey_of_a_release
{
    private static readonly Bundle Good = Bundle(Override("x", "b"));
    private static readonly Bundle Better = Bundle(Override("x", "b"), Override("z", "c"));

    [Fact]
    public async Task goes_from_the_shadow_to_everybody_and_back_with_a_restart_after_every_step()
    {
        await using var at = await OpenAsync();
        var digest = await at.ApprovedAsync(Good);
        await at.At.ReopenAsync();
        Granted(await at.StartAsync(digest));

        var shares = new List<int>();
        for (var step = 0; at.Board.Current is { } release; step++)
        {
            shares.Add(release.Share.BasisPoints);
            await at.At.ReopenAsync();
            await at.ServeAsync(Traffic(step));
            at.Clock.Move(TimeSpan.FromHours(1));
            await at.At.ReopenAsync();
            Granted(await at.AdvanceAsync());
            await at.At.ReopenAsync();
        }

        Assert.Equal([0, 100, 500, 2_500], shares);
        Assert.Equal((digest, (string?)null), (at.Board.Served, at.Board.Previous));
        Assert.Equal(CandidateState.Released, at.Ledger.Candidate(digest)!.State);
        Assert.Equal("b", Assert.Single(await Served(at, Decision(90_001, "a", "x"))).Final!.Label);

        Granted(await at.RollBackAsync());
        await at.At.ReopenAsync();
        Assert.Null(at.Board.Served);
        Assert.Equal(CandidateState.RolledBack, at.Ledger.Candidate(digest)!.State);
        Assert.Equal("a", Assert.Single(await Served(at, Decision(90_002, "a", "x"))).Final!.Label);
        Assert.Equal("release.nothing-to-roll-back", RefusedAs(await at.RollBackAsync()));
        Assert.Equal(Folded(at), (at.Board, Ordered(at)));

        var before = StateDigest.Of(at.At.Store);
        await RebuildProjections.RunAsync(at.At.Store, null, CancellationToken.None);
        Assert.Equal(before, StateDigest.Of(at.At.Store));
        Assert.Equal(Folded(at), (at.Board, Ordered(at)));
    }

    [Fact]
    public async Task switches_back_to_the_bundle_served_before()
    {
        await using var at = await OpenAsync();
        var (old, @new) = (await ReleaseFully(at, Good, 0), await ReleaseFully(at, Better, 10));

        Assert.Equal((@new, old), (at.Board.Served, at.Board.Previous));
        Assert.Equal(CandidateState.Retired, at.Ledger.Candidate(old)!.State);

        Granted(await at.RollBackAsync(Watch));
        Assert.Equal((old, (string?)null), (at.Board.Served, at.Board.Previous));
        Assert.Equal((CandidateState.Released, CandidateState.RolledBack), (at.Ledger.Candidate(old)!.State, at.Ledger.Candidate(@new)!.State));
    }

    [Fact]
    public async Task leaves_everybody_on_the_stable_bundle_when_a_canary_is_taken_back()
    {
        await using var at = await OpenAsync();
        var old = await ReleaseFully(at, Good, 0);
        var digest = await at.ApprovedAsync(Better);
        Granted(await at.StartAsync(digest));
        Granted(await at.RollBackAsync());

        Assert.Equal((old, (Release?)null), (at.Board.Served, at.Board.Current));
        Assert.Equal("candidate.evaluation-stale", RefusedAs(await at.StartAsync(digest)));
    }

    [Fact]
    public async Task asks_for_a_new_evaluation_after_a_rollback()
    {
        await using var at = await OpenAsync();
        var digest = await at.ApprovedAsync(Good);
        Granted(await at.StartAsync(digest));
        Granted(await at.RollBackAsync());
        Assert.Equal("candidate.in-use", RefusedAs(await at.ApproveAsync(digest, Second)));

        Granted(await at.EvaluateAsync(digest));
        Granted(await at.ApproveAsync(digest, Second, acceptsUnproven: true));
        Granted(await at.StartAsync(digest));
    }

    [Fact]
    public async Task lets_agents_decide_alone_while_the_kill_switch_is_on()
    {
        await using var at = await OpenAsync();
        await ReleaseFully(at, Good, 0);
        Granted(await at.KillAsync(on: true, Watch));

        var served = Assert.Single(await Served(at, Decision(90_003, "a", "x")));
        Assert.Equal(("a", Logic.Evaluation.Cause.KillSwitch), (served.Final!.Label, served.Verdict.Cause));
        Assert.Equal("release.kill-switch-same", RefusedAs(await at.KillAsync(on: true)));
        Assert.Equal("release.only-a-person", RefusedAs(await at.KillAsync(on: false, Watch)));

        Granted(await at.KillAsync(on: false));
        Assert.Equal("b", Assert.Single(await Served(at, Decision(90_004, "a", "x"))).Final!.Label);
    }

    [Fact]
    public async Task lets_only_one_of_two_releases_start_that_are_asked_for_at_once()
    {
        await using var at = await OpenAsync();
        var (one, two) = (await at.ApprovedAsync(Good), await at.ApprovedAsync(Better));

        var answers = await Task.WhenAll(Task.Run(() => at.StartAsync(one)), Task.Run(() => at.StartAsync(two)));

        Assert.Single(answers, static answer => answer is Answer<ReleaseStarted>.Granted);
        Assert.Equal("release.under-way", RefusedAs(answers.Single(static answer => answer is Answer<ReleaseStarted>.Refused)));
    }

    [Fact]
    public async Task dies_with_a_change_of_the_golden_set()
    {
        await using var at = await OpenAsync();
        var digest = await at.ApprovedAsync(Good);
        Granted(await new GoldenCaseHandler(at.At.Store).HandleAsync(new AddGoldenCase(new("g", Decision(1, "a", "y"), new("a"), ""), Approver), CancellationToken.None));

        Assert.Equal("candidate.evaluation-stale", RefusedAs(await at.StartAsync(digest)));
    }

    [Fact]
    public async Task keeps_the_bytes_and_the_report_by_name()
    {
        await using var at = await OpenAsync();
        var digest = Granted(await at.RegisterAsync(Good));
        var report = Granted(await at.EvaluateAsync(digest));
        await at.At.ReopenAsync();

        Assert.Equal(BundleJson.Write(Good), BundleJson.Write(at.Ledger.Bundle(digest)!));
        Assert.Equal(report.Canonical(), at.Ledger.Report(digest));
        Assert.Equal(report.Digest(), at.Ledger.Candidate(digest)!.Evaluation!.Report);
        Assert.Equal(digest, Granted(await at.RegisterAsync(Good)));
        Assert.Equal(2, at.At.Store.Size);
    }

    [Fact]
    public async Task takes_a_harmful_canary_back_by_itself_and_says_why()
    {
        await using var at = await OpenAsync(steps: ReleasePolicy.Default with { StepsBp = [1_000, 10_000] });
        var digest = await at.ApprovedAsync(Good);
        Granted(await at.StartAsync(digest));
        var served = await Served(at, [.. Traffic(0, count: 3_000)]);
        // People find one decision in fifty wrong, and every second one of the candidate's.
        var judgements = served.Select((one, i) => Judgement.Of(one.Decision.Id, new(Wrong(one, i) ? "something else" : one.Final!.Label), null, Noon + i)).ToList();

        var soFar = (await at.Watcher.LookAsync("router", judgements.Take(5), CancellationToken.None))!;
        Assert.False(soFar.TakenBack);
        var watched = (await at.Watcher.LookAsync("router", judgements, CancellationToken.None))!;

        Assert.True(watched.TakenBack);
        Assert.Null(at.Board.Current);
        Assert.Equal(CandidateState.RolledBack, at.Ledger.Candidate(digest)!.State);
        Assert.Null(await at.Watcher.LookAsync("router", judgements, CancellationToken.None));
        Assert.Equal("policy:watch-releases", at.At.Store.Entries().Last().Actor.Name);

        static bool Wrong(ServedDecision one, int i) => one.Arm == Arm.Canary ? i % 2 == 0 : i % 50 == 0;
    }

    [Fact]
    public async Task does_not_take_a_canary_back_for_want_of_data()
    {
        await using var at = await OpenAsync(steps: ReleasePolicy.Default with { StepsBp = [1_000, 10_000] });
        Granted(await at.StartAsync(await at.ApprovedAsync(Good)));
        await at.ServeAsync(Traffic(0));

        Assert.False((await at.Watcher.LookAsync("router", [], CancellationToken.None))!.TakenBack);
        at.Clock.Move(TimeSpan.FromDays(30));
        Assert.Equal("release.no-data", RefusedAs(await at.AdvanceAsync()));
    }

    [Fact]
    public async Task counts_the_first_bad_outcome_of_a_unit_only_whatever_the_order()
    {
        await using var at = await OpenAsync(steps: ReleasePolicy.Default with { StepsBp = [5_000, 10_000] });
        Granted(await at.StartAsync(await at.ApprovedAsync(Good)));
        var served = await Served(at, [.. Enumerable.Range(0, 400).Select(i => Decision(i, "a", "x", subject: $"cust-{i % 40}"))]);
        var judgements = served.Select((one, i) => Judgement.Of(one.Decision.Id, new("wrong"), null, Noon + i)).ToArray();
        var analysis = new ReleaseAnalysis(at.At.Store);
        var evidence = analysis.Of(at.Board.Current!, judgements);

        new Random(3).Shuffle(judgements);
        var shuffled = analysis.Of(at.Board.Current!, judgements.Concat(judgements));

        Assert.Equal(40, evidence.Rollback.Events);
        Assert.Equal((evidence.Rollback.Log, evidence.Judged), (shuffled.Rollback.Log, shuffled.Judged));
    }

    internal static IEnumerable<Decision> Traffic(int step, int count = 2_000) =>
        Enumerable.Range(0, count).Select(i => Decision(100_000 + step * 10_000 + i, "a", i % 2 == 0 ? "x" : "y"));

    private static async Task<List<ServedDecision>> Served(Registry at, params Decision[] decisions)
    {
        var served = new List<ServedDecision>();
        await at.ServeAsync(decisions, served.Add);
        return served;
    }

    internal static async Task<string> ReleaseFully(Registry at, Bundle bundle, int traffic)
    {
        var digest = await at.ApprovedAsync(bundle);
        Granted(await at.StartAsync(digest));
        for (var step = traffic; at.Board.Current is not null; step++)
        {
            await at.ServeAsync(Traffic(step));
            at.Clock.Move(TimeSpan.FromHours(1));
            Granted(await at.AdvanceAsync());
        }
        return digest;
    }

    /// <summary>The state as the pure folds make it of the journal, from zero.</summary>
    internal static (AgentBoard Board, string Candidates) Folded(Registry at)
    {
        var board = new AgentBoard { Agent = "router" };
        var candidates = new SortedDictionary<string, Candidate>(StringComparer.Ordinal);
        foreach (var entry in at.At.Store.Entries())
        {
            if (ReleaseFactJournal.Read(entry, () => at.Ledger.PersonOf(entry.Actor)) is not { } fact) continue;
            board = board.After(fact);
            if (fact is CandidateBuilt f)
                candidates[f.Candidate] = new() { Digest = f.Candidate, Agent = f.Agent, Author = f.By, Submitters = f.Submitters, DataSet = f.DataSet, Records = f.Records, BuiltAt = f.At };
            else
                foreach (var (digest, candidate) in candidates.ToList()) candidates[digest] = candidate.After(fact);
        }
        return (board, Text(candidates.Values));
    }

    internal static string Ordered(Registry at) => Text(at.Ledger.Candidates("router").OrderBy(static one => one.Digest, StringComparer.Ordinal));

    private static string Text(IEnumerable<Candidate> candidates) => string.Join('\n', candidates.Select(static one =>
        string.Create(CultureInfo.InvariantCulture, $"{one.Digest} {one.State} {one.Author} {one.Evaluation} {string.Join(',', one.Approvals)} {string.Join(',', one.Submitters)}")));
}
