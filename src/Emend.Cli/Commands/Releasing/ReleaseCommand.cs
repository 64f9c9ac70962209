using System.CommandLine;
using System.Globalization;
using Emend.Cli.Commands.Learning;
using Emend.Cli.Commands.Normalizing;
using Emend.Cli.Output;
using Emend.Engine.Observing;
using Emend.Engine.Releasing;
using Emend.Logic;

namespace Emend.Cli.Commands.Releasing;

/// <summary><c>emend release</c>: what an agent is served, and changing it step by step.</summary>
internal static class ReleaseCommand
{
    private static readonly Argument<string> Agent = new("AGENT") { Description = "The agent." };
    private static readonly Argument<string> Candidate = new("CANDIDATE") { Description = "Digest of an approved candidate, or its first digits." };
    private static readonly Argument<string> Logic = new("RULE") { Description = "Id of a rule, or 'corrector'." };
    private static readonly Option<string> Why = new("--why") { Description = "Why; recorded.", HelpName = "TEXT", Required = true };
    private static readonly Option<double> Soak = new("--soak") { Description = "Least minutes at each step.", DefaultValueFactory = static _ => 60, HelpName = "MINUTES" };
    private static readonly Option<int> MinExposed = new("--min-exposed") { Description = "Least decisions by the candidate at each step.", DefaultValueFactory = static _ => ReleasePolicy.Default.MinExposed, HelpName = "N" };
    private static readonly Option<int> MinJudged = new("--min-judged") { Description = "Least of the candidate's decisions of which it is known how they did, beyond the first step that serves anybody.", DefaultValueFactory = static _ => ReleasePolicy.Default.MinJudged, HelpName = "N" };
    private static readonly Option<bool> WithoutProof = new("--without-proof") { Description = "Take the last step although the candidate is not shown to be harmless yet. People only; recorded." };
    private static readonly Option<string?> Guard = new("--guard") { Description = "One more guard metric for this look: reopened, latency_ms>=5000, csat:high:1..5.", HelpName = "METRIC" };
    private static readonly Argument<string> Turn = new("on|off") { Description = "On: nothing learned acts, the agent decides alone." };

    public static Command Build()
    {
        Turn.AcceptOnlyFromAmong("on", "off");
        return Noun.Of(
            "release",
            "Releases: shadow, 1 %, 5 %, 25 %, everybody; or back.",
            new Verb("start", "Begin with an approved candidate in the shadow: computed beside, without effect.", "emend release start support-router 3f9a --as olu").OnStore().With(Agent).With(Candidate).With(Soak).With(MinExposed).With(MinJudged).With(ReleaseOptions.Steps).With(ReleaseOptions.Guards).With(ReleaseOptions.Success).With(ReleaseOptions.Tripwires).With(ReleaseOptions.Holdback).Does(StartAsync),
            new Verb("auto", "Do what a server does by itself: take the automatic release under way on, hold it or take it back, by its evidence; then take what was accepted inside the change envelope to its first step: build, every gate, approval by policy, start.", "emend release auto support-router").OnStore().With(Agent).With(Guard).Does(AutoAsync),
            new Verb("advance", "Go to the next step. Refused while it soaks, without data, or when the candidate looks worse.", "emend release advance support-router --as olu").OnStore().With(Agent).With(WithoutProof).With(Guard).Does(AdvanceAsync),
            new Verb("pause", "Hold the share where it is.", "emend release pause support-router --why \"campaign today\" --as olu").OnStore().With(Agent).With(Why).Does(PauseAsync),
            new Verb("resume", "Let a paused release go on; the step soaks anew. After something was taken back: let the fast lane go on.", "emend release resume support-router --as olu").OnStore().With(Agent).Does(ResumeAsync),
            new Verb("rollback", "Serve what was served before, at once. One person suffices.", "emend release rollback support-router --why \"returns pile up\" --as olu").OnStore().With(Agent).With(Why).Does(RollBackAsync),
            new Verb("status", "What the agent is served, and how the release under way is doing. Takes it back when the evidence demands it.", "emend release status support-router").OnStore().With(Agent).With(Guard).Does(StatusAsync),
            new Verb("show", "What the statistics say of the release under way: arms, intervals, evidence and where it is taken back.", "emend release show support-router").OnStore().With(Agent).With(Guard).Does(ShowAsync),
            new Verb("suspend", "Keep one rule, or the corrector, from acting for the time being: the agent's proposal stands where it held. One person suffices.", "emend release suspend support-router r-3f2a --why \"wrong since Monday\" --as olu").OnStore().With(Agent).With(Logic).With(Why).Does(SuspendAsync),
            new Verb("restore", "Let what was suspended act again. People only.", "emend release restore support-router r-3f2a --why \"the feed is back\" --as olu").OnStore().With(Agent).With(Logic).With(Why).Does(RestoreAsync),
            new Verb("kill-switch", "Turn everything learned off, or on again.", "emend release kill-switch support-router on --why \"incident 12\" --as olu").OnStore().With(Agent).With(Turn).With(Why).Does(KillAsync));
    }

    private static async Task<ExitCode> StartAsync(Invocation run, CancellationToken cancel)
    {
        var engine = await run.EngineAsync(cancel);
        var agent = AgentsCommand.Known(engine, run.Get(Agent));
        var candidate = CandidatesCommand.Resolve(engine, run.Get(Candidate));
        if (run.Get(Soak) is not (>= 0 and <= 1e6)) throw new Failure(ExitCode.BadInput, "--soak is outside 0 to 1,000,000 minutes", "give minutes, e.g. --soak 60");
        var policy = ReleasePolicy.Default with { Soak = TimeSpan.FromMinutes(run.Get(Soak)), MinExposed = run.Get(MinExposed), MinJudged = run.Get(MinJudged) };
        policy = ReleaseOptions.Of(run, policy);
        Invocation.Take(await engine.Start.HandleAsync(new StartRelease(agent.Id, candidate.Digest, policy, run.Actor), new InForce(engine.GoldenSets.Of(agent.Id).Digest), cancel));
        return Show(run, engine, agent.Id, null);
    }

    private static async Task<ExitCode> AutoAsync(Invocation run, CancellationToken cancel)
    {
        var engine = await run.EngineAsync(cancel);
        var agent = AgentsCommand.Known(engine, run.Get(Agent)).Id;
        var metric = GuardMetricOf(run);
        var carried = await engine.Carry.LookAsync(agent, release => engine.Judgements.Of(release, metric), metric, cancel);
        var answer = await run.Terminal.ProgressAsync("Fast lane", _ => Task.Run(() => engine.FastLane.RunAsync(agent, cancel), cancel));
        // A refusal ends the command only when nothing was done before it.
        if (carried is null && answer is not Engine.Answer<FastLaneRun>.Granted) Invocation.Take(answer);
        run.Terminal.Json(json => FastLaneRuns.Write(json, agent, answer, carried));
        if (carried is not null) run.Terminal.Line(FastLaneRuns.Sentence(agent, carried));
        run.Terminal.Line(FastLaneRuns.Sentence(agent, answer));
        return ExitCode.Done;
    }

    private static async Task<ExitCode> AdvanceAsync(Invocation run, CancellationToken cancel)
    {
        var engine = await run.EngineAsync(cancel);
        var agent = AgentsCommand.Known(engine, run.Get(Agent)).Id;
        var metric = GuardMetricOf(run);
        var watched = await LookAsync(engine, agent, metric, cancel);
        if (watched is { TakenBack: true }) return Show(run, engine, agent, watched);
        Invocation.Take(await engine.Advance.HandleAsync(new AdvanceRelease(agent, run.Get(WithoutProof), run.Actor), release => engine.Analysis.Of(release, engine.Judgements.Of(release, metric), metric), cancel));
        return Show(run, engine, agent, null);
    }

    private static Task<ExitCode> PauseAsync(Invocation run, CancellationToken cancel) => ActAsync(run, (engine, agent) => engine.Pause.HandleAsync(new PauseRelease(agent, run.Get(Why), run.Actor), cancel), cancel);

    private static Task<ExitCode> ResumeAsync(Invocation run, CancellationToken cancel) => ActAsync(run, (engine, agent) => engine.Resume.HandleAsync(new ResumeRelease(agent, run.Actor), cancel), cancel);

    private static Task<ExitCode> RollBackAsync(Invocation run, CancellationToken cancel) => ActAsync(run, (engine, agent) => engine.RollBack.HandleAsync(new RollBack(agent, run.Get(Why), run.Actor), cancel), cancel);

    private static Task<ExitCode> KillAsync(Invocation run, CancellationToken cancel) => ActAsync(run, (engine, agent) => engine.KillSwitch.HandleAsync(new TurnKillSwitch(agent, run.Get(Turn) == "on", run.Get(Why), run.Actor), cancel), cancel);

    private static Task<ExitCode> SuspendAsync(Invocation run, CancellationToken cancel) => ActAsync(run, (engine, agent) => engine.Suspend.SuspendAsync(new SuspendLogic(agent, run.Get(Logic), run.Get(Why), run.Actor), cancel), cancel);

    private static Task<ExitCode> RestoreAsync(Invocation run, CancellationToken cancel) => ActAsync(run, (engine, agent) => engine.Suspend.RestoreAsync(new RestoreLogic(agent, run.Get(Logic), run.Get(Why), run.Actor), cancel), cancel);

    private static async Task<ExitCode> ActAsync<T>(Invocation run, Func<Engine.EmendEngine, string, Task<Engine.Answer<T>>> act, CancellationToken cancel)
    {
        var engine = await run.EngineAsync(cancel);
        var agent = AgentsCommand.Known(engine, run.Get(Agent)).Id;
        Invocation.Take(await act(engine, agent));
        return Show(run, engine, agent, null);
    }

    private static async Task<ExitCode> StatusAsync(Invocation run, CancellationToken cancel)
    {
        var engine = await run.EngineAsync(cancel);
        var agent = AgentsCommand.Known(engine, run.Get(Agent)).Id;
        return Show(run, engine, agent, await LookAsync(engine, agent, GuardMetricOf(run), cancel));
    }

    private static async Task<ExitCode> ShowAsync(Invocation run, CancellationToken cancel)
    {
        var engine = await run.EngineAsync(cancel);
        var agent = AgentsCommand.Known(engine, run.Get(Agent)).Id;
        var (board, metric) = (engine.Ledger.Board(agent), GuardMetricOf(run));
        if (board.Current is not { } release)
        {
            run.Terminal.Json(json => ReleaseReportText.WriteNone(json, agent));
            run.Terminal.Line($"{agent}: no release is under way.");
            return ExitCode.Done;
        }
        var report = ReleaseReport.Of(board, engine.Analysis.Of(release, engine.Judgements.Of(release, metric), metric), Engine.Microseconds.Of(engine.Clock.GetUtcNow()));
        run.Terminal.Json(json => ReleaseReportText.Write(json, agent, report));
        ReleaseReportText.Show(run.Terminal, agent, report);
        return ExitCode.Done;
    }

    /// <summary>Looks at the release under way with everything that is known by now; takes it back when that demands it.</summary>
    public static Task<WatchedRelease?> LookAsync(Engine.EmendEngine engine, string agent, WatchedMetric? metric, CancellationToken cancel) =>
        engine.Watch.LookAsync(agent, engine.Ledger.Board(agent).Current is { } release ? engine.Judgements.Of(release, metric) : [], metric, cancel);

    private static WatchedMetric? GuardMetricOf(Invocation run) => run.Get(Guard) is { } text ? ReleaseOptions.Metric("--guard", text) : null;

    private static ExitCode Show(Invocation run, Engine.EmendEngine engine, string agent, WatchedRelease? watched)
    {
        var board = engine.Ledger.Board(agent);
        run.Terminal.Json(json =>
        {
            json.WriteStartObject();
            json.WriteString("agent", agent);
            json.WriteString("served", board.Served);
            json.WriteString("previous", board.Previous);
            json.WriteBoolean("killed", board.IsKilled);
            json.WriteBoolean("fastLaneHeld", board.IsFastLaneHeld);
            json.WriteNumber("counter", board.Counter);
            if (board.HoldbackBp > 0) json.WriteNumber("holdbackBp", board.HoldbackBp);
            if (!board.Suspended.Ids.IsEmpty)
            {
                json.WriteStartArray("suspended");
                foreach (var id in board.Suspended.Ids) json.WriteStringValue(id);
                json.WriteEndArray();
            }
            if (board.Current is { } current)
            {
                json.WriteStartObject("release");
                json.WriteString("id", current.Id);
                json.WriteString("candidate", current.Candidate);
                json.WriteNumber("shareBp", current.Share.BasisPoints);
                json.WriteBoolean("paused", current.IsPaused);
                json.WriteBoolean("automatic", current.IsAutomatic);
                json.WriteString("stepStartedAt", CanonicalJson.Instant(current.StepStartedAt));
                if (current.HeldFor is { } held) json.WriteString("heldFor", held);
                json.WriteEndObject();
            }
            if (watched is not null)
            {
                json.WriteBoolean("takenBack", watched.TakenBack);
                json.WriteNumber("exposedAtStep", watched.Evidence.ExposedAtStep);
                json.WriteNumber("judged", watched.Evidence.Judged);
                json.WriteNumber("rollbackEvidence", Math.Exp(watched.Evidence.Rollback.HighestLog));
                json.WriteNumber("promotionEvidence", Math.Exp(watched.Evidence.Promotion.HighestLog));
            }
            json.WriteEndObject();
        });
        var t = run.Terminal;
        t.Line($"{agent}: serves {Format.Digest(board.Served)}{(board.IsKilled ? ", but the kill switch is on: the agent decides alone" : "")}");
        if (watched is { TakenBack: true }) t.Markup($"[red]Release {Terminal.Escape(watched.Release.Id)} was taken back[/]: the evidence that it does worse reached {Evidence(watched.Evidence.Rollback.HighestLog)}.");
        if (!board.Suspended.Ids.IsEmpty) t.Line($"suspended, the agent's proposal stands there: {string.Join(", ", board.Suspended.Ids)}; `emend release restore {agent} RULE` lets one act again");
        if (board.HoldbackBp > 0) t.Line($"held back from everything learned, for good: {Format.Share(board.HoldbackBp / 10_000.0)} of units");
        if (board.IsFastLaneHeld) t.Line($"The fast lane is held since something was taken back; `emend release resume {agent}` lets it go on.");
        if (board.Current is { } release)
        {
            t.Line($"release {release.Id}{(release.IsAutomatic ? " (by itself)" : "")}: {Format.Digest(release.Candidate)} {Share(release.Share)}{(release.IsPaused ? ", paused" : "")}{(release.HeldFor is { } held ? $", held ({held})" : "")}, since {Format.Instant(release.StepStartedAt)}");
            if (watched is not null)
                t.Line($"{Format.Number(watched.Evidence.ExposedAtStep)} decisions at this step, {Format.Number(watched.Evidence.Judged)} of the candidate's judged; evidence that it is worse {Evidence(watched.Evidence.Rollback.HighestLog)} (taken back at {1 / release.Policy.RollbackAlpha:0.#}), that it is no worse {Evidence(watched.Evidence.Promotion.HighestLog)} (proven at {1 / release.Policy.PromotionAlpha:0.#})");
        }
        return ExitCode.Done;
    }

    /// <summary>What a share means.</summary>
    public static string Share(TrafficShare share) => share.BasisPoints switch
    {
        0 => "in the shadow",
        10_000 => "for everybody",
        var bp => string.Create(CultureInfo.InvariantCulture, $"at {bp / 100.0:0.##} %"),
    };

    /// <summary>A test martingale's value.</summary>
    public static string Evidence(double log) => Math.Exp(Math.Min(log, 50)).ToString("0.##", CultureInfo.InvariantCulture);
}
