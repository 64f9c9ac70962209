using System.Text.Json;
using Emend.Cli.Commands.Journal;
using Emend.Cli.Commands.Learning;
using Emend.Cli.Commands.Lineage;
using Emend.Cli.Commands.Releasing;
using Emend.Cli.Commands.Reviewing;
using Emend.Cli.Output;
using Emend.Engine;
using Emend.Engine.Capturing;
using Emend.Engine.Evaluating;
using Emend.Engine.Evaluating.Gates;
using Emend.Engine.Journal;
using Emend.Engine.Learning;
using Emend.Engine.Normalizing;
using Emend.Engine.Releasing;
using Emend.Engine.Reviewing;
using Emend.Engine.Serving;
using Emend.Logic.Rules;
using Spectre.Console;

namespace Emend.Cli.Commands.Demo;

/// <summary>The story: eleven steps, each a use case of the engine, each told in a few lines.</summary>
internal sealed class DemoStory(Terminal terminal, EmendEngine engine, DemoData data, string logFolder)
{
    // Nobody is who they say in a demo; what counts is that they differ.
    private static readonly Actor Engineer = new("ada"), Approver = new("mira"), Operator = new("olu");

    // A demo has no hours to wait and few decisions: one decision by the candidate is data, and it is asked for the next step after every few.
    private static readonly ReleasePolicy Policy = ReleasePolicy.Default with { Soak = TimeSpan.Zero, MinExposed = 1, MinJudged = 0 };
    private const int Chunk = 10;

    private readonly DemoLogs _logs = new(terminal, engine, logFolder, Operator);
    private readonly List<StepTally> _steps = [];
    private DemoTroubles? _troubles;
    private int _chapter;
    private EvaluationReport? _refused, _report;
    private PreparedCandidate? _candidate;
    private ServedDecision? _example;
    private UndoneCorrection? _undone;
    private string? _withdrawn;
    private JournalAudit? _audit;

    /// <summary>What happened to the decisions served at one share.</summary>
    private sealed record StepTally(TrafficShare Share)
    {
        public int Decisions, Canary, Changed, AgentWrong, FinalWrong, Fixes, Breaks, Judged;
    }

    /// <summary>Tells it.</summary>
    public async Task TellAsync(CancellationToken cancel)
    {
        await RecordedAsync(cancel);
        WrongAnswers();
        await LearnAsync(cancel);
        await RefuseAsync(cancel);
        if (await JudgeAsync(cancel))
        {
            await ReleaseAsync(cancel);
            Trace();
            await WithdrawAsync(cancel);
            _troubles = new(terminal, engine, data, _logs);
            Chapter("Somebody lies");
            await _troubles.LieAsync(cancel);
            Chapter("The desk changes");
            await _troubles.ChangeAsync(cancel);
        }
        await VerifyAsync(cancel);
    }

    private async Task RecordedAsync(CancellationToken cancel)
    {
        Chapter("What was recorded");
        Invocation.Take(await engine.AgentHandler.HandleAsync(new RegisterAgent(data.Agent, Engineer), cancel));
        terminal.Line($"Agent {data.Agent.Id}{(data.Agent.Domain.Length > 0 ? ", " + data.Agent.Domain : "")}.");
        terminal.Line(await _logs.ImportAsync(LogKind.Decisions, "recorded", data.Past, cancel, showProgress: true));
        terminal.Line(await _logs.ImportAsync(LogKind.Corrections, "recorded", data.Past.SelectMany(d => data.Corrections[d.Id]), cancel, showProgress: true));
        terminal.Line(await _logs.ImportAsync(LogKind.Outcomes, "recorded", data.Past.SelectMany(d => data.Outcomes[d.Id]), cancel, showProgress: true));
    }

    private void WrongAnswers()
    {
        Chapter("What the agent got wrong, and what people said");
        var known = data.Past.Where(d => data.Truth.ContainsKey(d.Id)).ToList();
        var wrong = known.Where(d => data.Truth[d.Id].Label != d.Proposed.Label).ToList();
        terminal.Line($"{Format.Number(wrong.Count)} of {Format.Number(known.Count)} decisions were wrong ({Format.Percent(wrong.Count, known.Count)}). The most frequent mistakes:");
        var table = Terminal.Table("the agent said", "right was", ">times", "for example");
        foreach (var mistake in wrong.GroupBy(d => (d.Proposed.Label, Right: data.Truth[d.Id].Label)).OrderByDescending(static g => g.Count()).ThenBy(static g => g.Key.Label, StringComparer.Ordinal).Take(6))
        {
            var inCatalogue = data.Agent.Knows(mistake.Key.Label) ? "" : " (no longer exists)";
            table.AddRow(Terminal.Escape(mistake.Key.Label + inCatalogue), Terminal.Escape(mistake.Key.Right), Format.Number(mistake.Count()), Terminal.Escape(Format.Clip(mistake.First().Context.Text, 60)));
        }
        terminal.Show(table);

        var said = data.Past.SelectMany(d => data.Corrections[d.Id]).DistinctBy(static c => c.Id, StringComparer.Ordinal).ToList();
        var waiting = engine.Reviews.Waiting(data.Agent.Id);
        terminal.Line($"{said.Select(static c => c.By).Distinct(StringComparer.Ordinal).Count()} people looked at {Format.Number(said.Select(static c => c.DecisionId).Distinct(StringComparer.Ordinal).Count())} of them: "
            + string.Join(", ", said.GroupBy(static c => c.Verdict).OrderBy(static g => g.Key).Select(static g => $"{Format.Number(g.Count())} {Verb(g.Key)}")) + ".");
        if (waiting.Count > 0) terminal.Line($"{Format.Number(waiting.Count)} wait for a person, because {string.Join(" or ", waiting.Select(static w => w.WhyAsked).Distinct(StringComparer.Ordinal).Take(2))}; nothing is learned from them.");
    }

    private async Task LearnAsync(CancellationToken cancel)
    {
        Chapter("What was learned");
        _candidate = Invocation.Take(await terminal.ProgressAsync("Learning", _ => Task.Run(() => engine.Prepare.HandleAsync(new PrepareCandidate(data.Agent.Id, Engineer), cancel), cancel)));
        var report = _candidate.Built.Report;
        terminal.Line($"From {Format.Number(report.Cases)} reviewed decisions, candidate {Format.Digest(_candidate.Digest)}; {Format.Number(report.Refused.Length)} possible rule{(report.Refused.Length == 1 ? " was" : "s were")} refused for lack of evidence.");
        RulesTable.Show(terminal, _candidate.Built.Bundle, 12);
        if (report.Corrector is { } corrector) terminal.Line($"The corrector, which reads the whole text. {corrector.Says()}");
    }

    private async Task RefuseAsync(CancellationToken cancel)
    {
        Chapter("Why there are gates: a rash candidate");
        var rash = Invocation.Take(await engine.Prepare.HandleAsync(new PrepareCandidate(data.Agent.Id, Engineer) { Preset = LearnerPreset.Rash }, cancel));
        terminal.Line("The same corrections, learned the obvious way: whenever the agent says X, do what X was mostly corrected to.");
        RulesTable.Show(terminal, rash.Built.Bundle, 5);
        _refused = await CandidatesCommand.EvaluateAsync(terminal, engine, engine.Ledger.Candidate(rash.Digest)!, Engineer, EvaluationPurpose.Improve, cancel);
        foreach (var gate in _refused.Gates.Where(static g => g.Verdict is GateVerdict.Block or GateVerdict.InsufficientEvidence))
            terminal.Markup($"  [{(gate.Verdict == GateVerdict.Block ? "red" : "yellow")}]{gate.Id} {Terminal.Escape(gate.Title)}: {EvaluationReport.Word(gate.Verdict)}[/] — {Terminal.Escape(gate.Reason)}");
        terminal.Line(_refused.Result == EvaluationResult.Blocked ? "Nobody can approve it." : "No gate refutes it on so little data; it is left alone all the same.");
    }

    private async Task<bool> JudgeAsync(CancellationToken cancel)
    {
        Chapter("The careful candidate at the gates");
        var candidate = engine.Ledger.Candidate(_candidate!.Digest)!;
        _report = await CandidatesCommand.EvaluateAsync(terminal, engine, candidate, Engineer, EvaluationPurpose.Improve, cancel);
        GatesTable.Show(terminal, _report);
        if (_report.Result == EvaluationResult.Blocked) return false;

        var own = await engine.Approve.HandleAsync(new ApproveCandidate(candidate.Digest, AcceptsUnproven: true, "mine", Engineer), data.Agent, InForce(), cancel);
        if (own is Answer<CandidateApproved>.Refused(var why)) terminal.Line($"{Engineer} built it and asks to approve it: refused, {why.Message}.");
        Invocation.Take(await engine.Approve.HandleAsync(
            new ApproveCandidate(candidate.Digest, AcceptsUnproven: _report.Result == EvaluationResult.NeedsEvidence, "read the rules, gates hold", Approver), data.Agent, InForce(), cancel));
        terminal.Line($"{Approver}, who wrote none of the evidence, approves it.");
        return true;
    }

    private async Task ReleaseAsync(CancellationToken cancel)
    {
        Chapter("The release, on decisions nobody had seen");
        var id = data.Agent.Id;
        Invocation.Take(await engine.Start.HandleAsync(new StartRelease(id, _candidate!.Digest, Policy, Operator), InForce(), cancel));
        await terminal.ProgressAsync("Serving", async share =>
        {
            for (var at = 0; at < data.Live.Count; at += Chunk)
            {
                var chunk = data.Live.Skip(at).Take(Chunk).ToList();
                await ServeAsync(chunk, cancel);
                share.Report((double)(at + chunk.Count) / data.Live.Count);
                if (engine.Ledger.Board(id).Current is null) continue;
                if (await ReleaseCommand.LookAsync(engine, id, null, cancel) is { TakenBack: true }) continue;
                // Refused while there is no data: then the next decisions are served at the same share.
                await engine.Advance.HandleAsync(new AdvanceRelease(id, WithoutProof: true, Operator), release => engine.Analysis.Of(release, engine.Judgements.Of(release)), cancel);
            }
            return true;
        });

        var table = Terminal.Table("share", ">decisions", ">by the candidate", ">changed", ">error, agent alone", ">with Emend", ">fixes", ">breaks");
        foreach (var step in _steps)
            table.AddRow(ReleaseCommand.Share(step.Share), Format.Number(step.Decisions), Format.Number(step.Canary), Format.Number(step.Changed), Format.Percent(step.AgentWrong, step.Judged), Format.Percent(step.FinalWrong, step.Judged), Format.Number(step.Fixes), Format.Number(step.Breaks));
        table.AddRow("[bold]all[/]", Format.Number(_steps.Sum(static s => s.Decisions)), Format.Number(_steps.Sum(static s => s.Canary)), Format.Number(_steps.Sum(static s => s.Changed)),
            Format.Percent(_steps.Sum(static s => s.AgentWrong), _steps.Sum(static s => s.Judged)), Format.Percent(_steps.Sum(static s => s.FinalWrong), _steps.Sum(static s => s.Judged)),
            Format.Number(_steps.Sum(static s => s.Fixes)), Format.Number(_steps.Sum(static s => s.Breaks)));
        terminal.Show(table);

        var board = engine.Ledger.Board(id);
        terminal.Line(board.Current is { } release
            ? $"The candidate stands {ReleaseCommand.Share(release.Share)}: no data never promotes. `emend release advance` goes on when there is more."
            : string.Equals(board.Served, _candidate.Digest, StringComparison.Ordinal)
                ? $"{Format.Digest(_candidate.Digest)} is served to everybody; going back is one pointer away. {Operator} took the last step by hand: so few decisions cannot prove that it is harmless, only not refute it."
                : "The release was taken back by itself.");
    }

    private void Trace()
    {
        Chapter("Why was this decision changed?");
        if (_example is not { } example)
        {
            terminal.Line("No decision was changed.");
            return;
        }
        terminal.Line($"{example.Decision.Id}: \"{Format.Clip(example.Decision.Context.Text, 100)}\"");
        terminal.Line($"The agent said {example.Decision.Proposed}, Emend made it {Format.Action(example.Final)}.");
        terminal.Show(LineageCommand.Tree(Invocation.Take(engine.Lineage.Of(example.Decision.Id)), most: 3));
    }

    private async Task WithdrawAsync(CancellationToken cancel)
    {
        Chapter("One correction is taken back");
        if (await ChooseAsync(cancel) is not { } correction)
        {
            terminal.Line("Nothing that was served stands on a correction.");
            return;
        }
        _withdrawn = correction.Id;
        terminal.Line($"{correction.By} had said {ReviewsCommand.Said(correction)} of {correction.DecisionId}, and takes it back.");
        _undone = Invocation.Take(await terminal.ProgressAsync("Building again", _ => engine.Undo.HandleAsync(new WithdrawCorrection(correction.Id, "it was a mistake", new(correction.By)), cancel)));
        CorrectionsCommand.ShowDifference(terminal, _undone.Preview);
        if (_undone.Report is { } report)
            terminal.Line($"The rebuilt bundle is byte for byte what would have been built without it. It went through the same gates: {Format.Words(report.Result)}; approved and released, it takes the old one's place.");
    }

    private async Task VerifyAsync(CancellationToken cancel)
    {
        Chapter("Proof");
        await SignCheckpoint.SignAsync(engine.Store, cancel);
        _audit = await Task.Run(() => VerifyJournal.Run(engine.Store, null, cancel), cancel);
        AuditCommand.Show(terminal, _audit);
    }

    // Of some corrections behind the served rules, one whose loss changes what a rule says, and the fewest decisions: the clearest to read.
    private async Task<Correction?> ChooseAsync(CancellationToken cancel)
    {
        const int Tries = 24;
        var candidates = _candidate!.Built.Bundle.Rules
            .Where(static r => r.Origin != RuleOrigin.Exact)
            .OrderBy(static r => r.Evidence.Length).ThenBy(static r => r.Id, StringComparer.Ordinal)
            .SelectMany(static r => r.Evidence.Take(8))
            .SelectMany(id => engine.Corrections.Of(id))
            .Where(static c => !c.IsWithdrawn && c.Correction.Verdict == CorrectionVerdict.Modify)
            .Select(static c => c.Correction)
            .DistinctBy(static c => c.Id, StringComparer.Ordinal)
            .Take(Tries)
            .ToList();
        return await terminal.ProgressAsync("Choosing a correction", async share =>
        {
            var best = (Correction: candidates.FirstOrDefault(), IsRule: false, Changed: long.MaxValue);
            for (var i = 0; i < candidates.Count; i++)
            {
                if (await engine.Undo.PreviewAsync(candidates[i].Id, cancel) is Answer<UndoPreview>.Granted({ Rules: { } rules, Replay.Incumbent.Total.Changed: > 0 and var changed }))
                {
                    var isRule = CorrectionsCommand.SaidOtherwise(rules) is not ({ Count: 0 }, { Count: 0 }, _);
                    if ((isRule && !best.IsRule) || (isRule == best.IsRule && changed < best.Changed)) best = (candidates[i], isRule, changed);
                }
                share.Report((i + 1.0) / candidates.Count);
            }
            return best.Correction;
        });
    }

    private async Task ServeAsync(List<Decision> chunk, CancellationToken cancel)
    {
        await _logs.ImportAsync(LogKind.Decisions, "live", chunk, cancel);
        var share = engine.Ledger.Board(data.Agent.Id) is { Current: { } release } ? release.Share : TrafficShare.Full;
        if (_steps.Count == 0 || _steps[^1].Share != share) _steps.Add(new(share));
        var step = _steps[^1];
        await engine.Serve.HandleAsync(new ServeDecisions(chunk, Operator) { Served = served => Count(step, served) }, cancel);
        await _logs.ImportAsync(LogKind.Corrections, "live", chunk.SelectMany(d => data.Corrections[d.Id]), cancel);
        await _logs.ImportAsync(LogKind.Outcomes, "live", chunk.SelectMany(d => data.Outcomes[d.Id]), cancel);
    }

    private void Count(StepTally step, ServedDecision served)
    {
        step.Decisions++;
        if (served.Arm == Arm.Canary || step.Share == TrafficShare.Full) step.Canary++;
        if (served.IsChanged) step.Changed++;
        if (!data.Truth.TryGetValue(served.Decision.Id, out var truth) || served.Final is null) return;
        step.Judged++;
        var (was, now) = (served.Decision.Proposed.Label == truth.Label, served.Final.Label == truth.Label);
        if (!was) step.AgentWrong++;
        if (!now) step.FinalWrong++;
        if (!was && now)
        {
            step.Fixes++;
            _example ??= served;
        }
        if (was && !now) step.Breaks++;
    }

    private InForce InForce() => new(engine.GoldenSets.Of(data.Agent.Id).Digest);

    private void Chapter(string title)
    {
        terminal.Line();
        terminal.Markup($"[bold aqua]{++_chapter}. {Terminal.Escape(title)}[/]");
    }

    private static string Verb(CorrectionVerdict verdict) => verdict switch
    {
        CorrectionVerdict.Confirm => "confirmed",
        CorrectionVerdict.Modify => "corrected",
        CorrectionVerdict.Escalate => "escalated",
        _ => "rejected",
    };

    /// <summary>Commands that go on from here.</summary>
    public IEnumerable<string> Hints(string home)
    {
        yield return $"emend rules list {data.Agent.Id} --data {home}";
        if (_example is { } example) yield return $"emend lineage {example.Decision.Id} --data {home}";
        if (_withdrawn is { } withdrawn) yield return $"emend lineage {withdrawn} --data {home}";
        yield return $"emend reviews list --data {home}";
        if (_troubles is not null) yield return $"emend drift show {data.Agent.Id} --data {home}";
        yield return $"emend audit verify --data {home}";
    }

    /// <summary>The story's figures, for machines.</summary>
    public void WriteTo(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("agent", data.Agent.Id);
        json.WriteNumber("recorded", data.Past.Count);
        json.WriteString("candidate", _candidate!.Digest);
        json.WriteNumber("rules", _candidate.Built.Bundle.Rules.Count(static r => r.Origin != RuleOrigin.Exact));
        json.WriteString("rash", _refused!.Result.ToString());
        json.WriteString("gates", _report!.Result.ToString());
        json.WriteStartArray("steps");
        foreach (var step in _steps)
        {
            json.WriteStartObject();
            json.WriteNumber("shareBp", step.Share.BasisPoints);
            json.WriteNumber("decisions", step.Decisions);
            json.WriteNumber("byCandidate", step.Canary);
            json.WriteNumber("changed", step.Changed);
            json.WriteNumber("judged", step.Judged);
            json.WriteNumber("agentErrors", step.AgentWrong);
            json.WriteNumber("emendErrors", step.FinalWrong);
            json.WriteNumber("fixes", step.Fixes);
            json.WriteNumber("breaks", step.Breaks);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteString("served", engine.Ledger.Board(data.Agent.Id).Served);
        json.WriteString("tracedDecision", _example?.Decision.Id);
        json.WriteString("withdrawn", _withdrawn);
        json.WriteString("rebuilt", _undone?.Preview.Instead?.Digest);
        if (_undone?.Preview.Replay is { } replay) json.WriteNumber("decisionsChangedByWithdrawal", replay.Incumbent.Total.Changed);
        json.WriteNumber("setAside", _troubles?.SetAside ?? 0);
        json.WriteStartArray("suspended");
        foreach (var rule in _troubles?.Suspended ?? []) json.WriteStringValue(rule);
        json.WriteEndArray();
        json.WriteBoolean("verified", _audit!.IsSound);
        json.WriteEndObject();
    }
}
