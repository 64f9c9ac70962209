using System.Globalization;
using Emend.Engine.Capturing;
using Emend.Engine.Evaluating;
using Emend.Engine.Learning;
using Emend.Engine.Learning.Written;
using Emend.Engine.Normalizing;
using Emend.Engine.Privacy;
using Emend.Engine.Releasing;
using Emend.Engine.Reviewing;
using Emend.Engine.Storage;
using Emend.Logic.Conditions;
using Emend.Logic.Rules;
using Microsoft.Data.Sqlite;

namespace Emend.Engine.Tests.Simulation;

/// <summary>Everybody who does something on purpose: senders, reviewers, authors, approvers, operators. What they may not do is refused, and they try.</summary>
internal sealed class People(SimulatedLife run)
{
    private static readonly string[] Names = ["ada", "mira", "otis", "rosa", "bo"];
    private static readonly string[] AgentIds = ["north", "south"];
    private static readonly Actor Sender = new("sender"), Operator = new("olu"), Privacy = new("dora");

    private Random Random => run.Random;
    private EmendEngine Engine => run.Engine;

    // Mostly the one where one approval is enough, so that releases get somewhere.
    private string AnyAgent => AgentIds[Random.Next(4) / 3];
    private Actor Anybody => new(Names[Random.Next(Names.Length)]);

    public async Task RegisterAgentsAsync()
    {
        foreach (var id in AgentIds)
        {
            // Everything south does is of high risk: two people approve.
            var agent = new AgentDefinition { Id = id, Actions = ["old", "a", "b", "c"], Risk = id == "south" ? RiskClass.High : RiskClass.Low, Envelope = new() { IsOpen = true } };
            await Engine.AgentHandler.HandleAsync(new RegisterAgent(agent, new("ada")), default);
        }
    }

    public async Task<string> SendAsync(IReadOnlyList<Spooled> batch)
    {
        if (batch.Count == 0) return "nothing";
        foreach (var one in batch)
        {
            if (run.Has(Planted.ForgottenKeys) && one is { Tries: > 0, Signal: Correction said }) one.Signal = CorrectionId.Sign(said with { Key = $"again-{one.Tries}" });
            one.Tries++;
        }
        var port = run.Machine.Port;
        var results = batch[0].Signal switch
        {
            Decision => await new AcceptBatch<Decision>(port, new AcceptDecisions(port, Engine.Agents, strict: false), Engine.Clock).HandleAsync([.. batch.Select(static s => (Decision)s.Signal)], Sender, default),
            Correction => await new AcceptBatch<Correction>(port, new AcceptCorrections(port, Engine.Agents), Engine.Clock).HandleAsync([.. batch.Select(static s => (Correction)s.Signal)], Sender, default),
            _ => await new AcceptBatch<Outcome>(port, new AcceptOutcomes(port), Engine.Clock).HandleAsync([.. batch.Select(static s => (Outcome)s.Signal)], Sender, default),
        };
        for (var i = 0; i < batch.Count; i++)
        {
            var (kind, at) = (results[i].Kind, results[i].Record);
            run.Invariants.Hold("I2", kind is AcceptanceKind.Accepted or AcceptanceKind.Parked or AcceptanceKind.Duplicate, $"{batch[i].Logical} was answered {kind}: {results[i].Why?.Message}");
            // The same signal is acknowledged with the same receipt, however often.
            if (batch[i].State == Sent.Acknowledged && !run.Has(Planted.ForgottenKeys)) run.Invariants.Hold("I2", batch[i].At == at, $"{batch[i].Logical} lies at {at}, it was at {batch[i].At}");
            (batch[i].State, batch[i].At) = (Sent.Acknowledged, at);
        }
        return $"{batch.Count} {batch[0].Signal.GetType().Name.ToLowerInvariant()}s: {string.Join(' ', results.Select(static r => string.Create(CultureInfo.InvariantCulture, $"{r.Kind.ToString()[0]}{r.Record.Entry}.{r.Record.Position}")))}";
    }

    /// <summary>Sends until everything is acknowledged: bounded, since nothing goes wrong any more.</summary>
    public async Task SendAllAsync()
    {
        foreach (var kind in run.Spool.All.Where(static s => s.State == Sent.Unknown).GroupBy(static s => s.Signal.GetType().Name, StringComparer.Ordinal).OrderBy(static g => g.Key, StringComparer.Ordinal))
            foreach (var batch in kind.Chunk(50)) run.Note("  heal: " + await SendAsync(batch));
    }

    /// <summary>The same key with another body: refused, nothing changed.</summary>
    public async Task<string> ContradictAsync()
    {
        var known = run.Spool.All.Where(static s => s is { State: Sent.Acknowledged, Signal: Decision }).ToArray();
        if (known.Length == 0) return "nothing";
        var decision = (Decision)known[Random.Next(known.Length)].Signal;
        var size = Engine.Store.Size;
        var result = await new AcceptBatch<Decision>(Engine.Store, new AcceptDecisions(Engine.Store, Engine.Agents, strict: false), Engine.Clock).HandleAsync([decision with { Proposed = new("a"), Confidence = 0.99 }], Sender, default);
        run.Invariants.Hold("I2", result[0].Kind == AcceptanceKind.Conflict && Engine.Store.Size == size, $"{decision.Id} was accepted again with other content: {result[0].Kind}");
        return "conflict";
    }

    public async Task<string> RuleAsync()
    {
        if (Pick(Engine.Reviews.Waiting()) is not { } waiting) return "nothing waits";
        run.Invariants.HasRulings = true;
        return waiting.DecisionId + " " + Said(await Engine.Rulings.HandleAsync(new RecordRuling(waiting.DecisionId, CorrectionVerdict.Reject, null, "looked again", Anybody), default));
    }

    public async Task<string> WithdrawAsync()
    {
        if (Pick([.. run.Spool.All.Where(static s => s is { State: Sent.Acknowledged, Signal: Correction })]) is not { Signal: Correction said }) return "nothing";
        return said.Id + " " + Said(await Engine.Withdrawals.HandleAsync(new(said.Id, "a mistake", new("lead")), default));
    }

    public async Task<string> WriteRuleAsync()
    {
        var rule = new Rule { Id = "", When = ConditionText.Parse(Random.Next(2) == 0 ? "vip == true" : "topic == \"x\" and proposed.action == \"old\""), Effect = Random.Next(2) == 0 ? RuleEffect.Escalate : RuleEffect.Override, Because = "because" };
        if (rule.Effect == RuleEffect.Override) rule = rule with { Action = "b" };
        return Said(await Engine.WriteRules.HandleAsync(new WriteRules(AnyAgent, [rule], Anybody), default));
    }

    /// <summary>Somebody does the next thing that brings a candidate of an agent forward.</summary>
    public async Task<string> PushAsync()
    {
        var agent = AnyAgent;
        if (Engine.Ledger.Board(agent).IsKilled) return "kill switch off: " + Said(await Engine.KillSwitch.HandleAsync(new(agent, false, "drill", Operator), default));
        if (Engine.Ledger.Board(agent).Current is not null)
        {
            await run.Agents.ServeAsync();
            return "advance: " + agent + " " + Said(await Engine.Advance.HandleAsync(new(agent, WithoutProof: true, Operator), release => Engine.Analysis.Of(release, Engine.Judgements.Of(release)), default));
        }
        var newest = Engine.Ledger.Candidates(agent).LastOrDefault(static c => c.State is CandidateState.Built or CandidateState.Evaluated or CandidateState.Approved);
        return newest?.State switch
        {
            CandidateState.Built => "evaluate: " + await EvaluateAsync(newest),
            CandidateState.Evaluated => "approve: " + await ApproveAsync(newest),
            CandidateState.Approved => Random.Next(3) == 0 ? "start by itself: " + await StartByItselfAsync(newest) : "start: " + await StartAsync(newest),
            _ => "build: " + await BuildAsync(agent),
        };
    }

    public Task<string> BuildAsync() => BuildAsync(AnyAgent);

    private async Task<string> BuildAsync(string agent)
    {
        var answer = await Engine.Prepare.HandleAsync(new PrepareCandidate(agent, Anybody), default);
        return answer is Answer<PreparedCandidate>.Granted(var built) ? built.Digest[7..19] : Said(answer);
    }

    public Task<string> EvaluateAsync() => EvaluateAsync(Any());

    private async Task<string> EvaluateAsync(Candidate? candidate)
    {
        if (candidate is null || Engine.Snapshots.Of(candidate.Digest) is not { } snapshot) return "nothing";
        var ground = Engine.Source.GroundOf(snapshot, candidate.Parent, Engine.Source.Cases(snapshot));
        var answer = await Engine.Evaluate.HandleAsync(new EvaluateCandidate(candidate.Digest, Anybody), Engine.Agents.Find(candidate.Agent)!, ground, new() { Workers = 1, Chunk = 64 }, default);
        return candidate.Digest[7..19] + " " + (answer is Answer<EvaluationReport>.Granted(var report) ? report.Result.ToString() : Said(answer));
    }

    public Task<string> ApproveAsync() => ApproveAsync(Any());

    private async Task<string> ApproveAsync(Candidate? candidate)
    {
        if (candidate is null) return "nothing";
        var answer = await Engine.Approve.HandleAsync(new(candidate.Digest, AcceptsUnproven: true, "read", Anybody), Engine.Agents.Find(candidate.Agent)!, InForce(candidate.Agent), default);
        return candidate.Digest[7..19] + " " + Said(answer);
    }

    public async Task<string> RejectAsync() => Any() is { } candidate ? candidate.Digest[7..19] + " " + Said(await Engine.Reject.HandleAsync(new(candidate.Agent, candidate.Digest, "no", Anybody), default)) : "nothing";

    public Task<string> StartAsync() => StartAsync(Any());

    private async Task<string> StartAsync(Candidate? candidate)
    {
        if (candidate is null) return "nothing";
        var steps = ReleasePolicy.Default with { StepsBp = [0, 2_500, 10_000], Soak = TimeSpan.Zero, MinExposed = 1, MinJudged = 0 };
        return candidate.Digest[7..19] + " " + Said(await Engine.Start.HandleAsync(new(candidate.Agent, candidate.Digest, steps, Anybody), InForce(candidate.Agent), default));
    }

    // As the fast lane does it, with steps that a short life can walk.
    private async Task<string> StartByItselfAsync(Candidate candidate)
    {
        var steps = ReleasePolicy.Default with { StepsBp = [0, 2_500, 10_000], Soak = TimeSpan.Zero, MinExposed = 1, MinJudged = 0 };
        var answer = await Engine.Ledger.ChangeAsync<ReleaseStarted>(candidate.Agent, candidate.Digest, RunFastLane.Policy, (now, by, at) =>
        {
            if (now.Board is not { Current: null, IsKilled: false } || now.Candidate is not { State: CandidateState.Approved }) return new NothingIsReleasing(candidate.Agent);
            var id = string.Create(CultureInfo.InvariantCulture, $"{candidate.Agent}-{now.Board.Counter + 1}");
            return new ReleaseStarted(candidate.Agent, by, at, new() { Id = id, Candidate = candidate.Digest, Replaces = now.Board.Served, Salt = "release:" + id, Policy = steps, Share = TrafficShare.Shadow, By = by, StartedAt = at, StepStartedAt = at });
        }, default);
        return candidate.Digest[7..19] + " " + Said(answer);
    }

    /// <summary>The fast lane looks whether there is something to release by itself.</summary>
    public async Task<string> RunFastLaneAsync()
    {
        var agent = AnyAgent;
        var answer = await Engine.FastLane.RunAsync(agent, default);
        return agent + " " + (answer is Answer<FastLaneRun>.Granted(var ran) ? ran.Outcome.ToString() : Said(answer));
    }

    /// <summary>The watch looks at the automatic release under way.</summary>
    public async Task<string> CarryAsync()
    {
        var agent = Engine.Ledger.Board("south").Current is { IsAutomatic: true } ? "south" : "north";
        if (Engine.Ledger.Board(agent).Current is { IsAutomatic: true }) await run.Agents.ServeAsync();
        return agent + " " + (await Engine.Carry.LookAsync(agent, release => Engine.Judgements.Of(release), default) is { } carried ? $"{carried.Outcome} {carried.To.BasisPoints}" : "nothing");
    }

    public async Task<string> AdvanceAsync()
    {
        var agent = AnyAgent;
        return agent + " " + Said(await Engine.Advance.HandleAsync(new(agent, WithoutProof: true, Operator), release => Engine.Analysis.Of(release, Engine.Judgements.Of(release)), default));
    }

    public async Task<string> PauseOrResumeAsync()
    {
        var agent = AnyAgent;
        return agent + " " + (Random.Next(2) == 0 ? Said(await Engine.Pause.HandleAsync(new(agent, "lunch", Operator), default)) : Said(await Engine.Resume.HandleAsync(new(agent, Operator), default)));
    }

    public async Task<string> RollBackAsync()
    {
        var agent = AnyAgent;
        return agent + " " + Said(await Engine.RollBack.HandleAsync(new(agent, "it hurts", Operator), default));
    }

    public async Task<string> TurnKillSwitchAsync()
    {
        var agent = AnyAgent;
        return agent + " " + Said(await Engine.KillSwitch.HandleAsync(new(agent, !Engine.Ledger.Board(agent).IsKilled, "drill", Operator), default));
    }

    public async Task<string> EraseAsync()
    {
        var subject = $"cust-{Random.Next(4)}";
        // Sometimes the process is killed inside: the order is durable, and the key is there, or gone and not noted.
        var cut = run.Has(Planted.LeavesErasuresHalf) ? 1 : Random.Next(4);
        var old = run.Has(Planted.BringsKeysBack) || cut == 1 ? await run.Machine.CopyOfKeysAsync() : null;
        var doomed = run.Invariants.ReadableOf(subject);
        var order = await EraseSubject.EraseAsync(Engine.Store, subject, "request", Privacy, default);
        run.Invariants.Erased.UnionWith(doomed);
        if (run.Has(Planted.BringsKeysBack) || run.Has(Planted.LeavesErasuresHalf) || cut < 2) await run.Machine.KillAsync(tear: false, old, order is null || run.Has(Planted.BringsKeysBack) || run.Has(Planted.LeavesErasuresHalf) ? null : NotDone(order.Index));
        return $"{subject}: {(order is null ? "nothing" : $"{doomed.Count} texts")}{cut switch { 0 => ", cut before it was noted", 1 => ", cut before the key was gone", _ => "" }}";
    }

    private static Action<string> NotDone(long order) => journal =>
    {
        using var connection = SqliteFile.Open(journal, SqliteOpenMode.ReadWrite);
        SqliteFile.Execute(connection, string.Create(CultureInfo.InvariantCulture, $"UPDATE erasure SET done = 0 WHERE entry = {order}"));
    };

    public async Task<string> UndoAsync()
    {
        if (Pick([.. run.Spool.All.Where(static s => s is { State: Sent.Acknowledged, Signal: Correction })]) is not { Signal: Correction said }) return "nothing";
        return said.Id + " " + Said(await Engine.Undo.HandleAsync(new(said.Id, "a mistake", new("lead")), default));
    }

    private InForce InForce(string agent) => new(Engine.GoldenSets.Of(agent).Digest);

    private Candidate? Any() => Pick([.. AgentIds.SelectMany(Engine.Ledger.Candidates).TakeLast(6)]);

    private T? Pick<T>(IReadOnlyList<T> from) where T : class => from.Count == 0 ? null : from[Random.Next(from.Count)];

    private static string Said<T>(Answer<T> answer) => answer is Answer<T>.Refused(var why) ? why.Code : "done";
}
