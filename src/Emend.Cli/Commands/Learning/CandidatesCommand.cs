using System.CommandLine;
using Emend.Cli.Commands.Normalizing;
using Emend.Cli.Output;
using Emend.Engine.Evaluating;
using Emend.Engine.Evaluating.Gates;
using Emend.Engine.Learning;
using Emend.Engine.Releasing;
using Spectre.Console;

namespace Emend.Cli.Commands.Learning;

/// <summary><c>emend candidates</c>: build a version of an agent's logic, put it through the gates, approve or reject it.</summary>
internal static class CandidatesCommand
{
    private static readonly Argument<string> Agent = new("AGENT") { Description = "The agent." };
    private static readonly Option<string?> OfAgent = new("--agent") { Description = "Only this agent.", HelpName = "ID" };
    private static readonly Argument<string> Candidate = new("CANDIDATE") { Description = "Digest, or its first digits." };
    private static readonly Option<bool> Rash = new("--rash") { Description = "From corrections alone, without a look at where the agent was right: shows what the gates are for." };
    private static readonly Option<string> Purpose = new("--purpose") { Description = "improve, or maintain (must do no worse).", DefaultValueFactory = static _ => "improve", HelpName = "improve|maintain" };
    private static readonly Option<string> Why = new("--why") { Description = "Why; recorded.", HelpName = "TEXT", Required = true };
    private static readonly Option<bool> AcceptUnproven = new("--accept-unproven") { Description = "Take on gates that lack evidence; possible for low risk only, and recorded." };

    private static readonly Option<FileInfo?> To = new("--to") { Description = "File to write; replaced when complete. Default: stdout.", HelpName = "FILE" };

    public static Command Build()
    {
        Purpose.AcceptOnlyFromAmong("improve", "maintain");
        return Noun.Of(
            "candidates",
            "Versions of an agent's logic that are not released yet.",
            new Verb("build", "Learn from everything that was accepted so far. The same corrections give the same bytes.", "emend candidates build support-router --as ada").OnStore().With(Agent).With(Rash).Does(BuildAsync),
            new Verb("list", "The registry, oldest first.", "emend candidates list --agent support-router").OnStore().With(OfAgent).Does(ListAsync),
            new Verb("show", "One candidate: origin, evaluation, approvals.", "emend candidates show 3f9a").OnStore().With(Candidate).Does(ShowAsync),
            new Verb("export", "The whole registry entry in one file: bundle, what it was built from, evaluation report, approvals.", "emend candidates export 3f9a --to 3f9a.json").OnStore().With(Candidate).With(To).Does(ExportAsync),
            new Verb("evaluate", "Replay history and ask every gate. The report is stored and journaled.", "emend candidates evaluate 3f9a --as ada").OnStore().With(Candidate).With(Purpose).Does(EvaluateAsync),
            new Verb("approve", "Approve the latest evaluation. Never by the author; two people where the risk is high.", "emend candidates approve 3f9a --why \"renamed queues, gates green\" --as lead-mira")
                .OnStore().With(Candidate).With(Why).With(AcceptUnproven).Does(ApproveAsync),
            new Verb("reject", "Say no for good.", "emend candidates reject 3f9a --why \"the split is not settled yet\" --as lead-mira").OnStore().With(Candidate).With(Why).Does(RejectAsync));
    }

    private static async Task<ExitCode> BuildAsync(Invocation run, CancellationToken cancel)
    {
        var engine = await run.EngineAsync(cancel);
        AgentsCommand.Known(engine, run.Get(Agent));
        var ask = new PrepareCandidate(run.Get(Agent), run.Actor) { Preset = run.Get(Rash) ? LearnerPreset.Rash : LearnerPreset.Careful };
        var prepared = Invocation.Take(await run.Terminal.ProgressAsync("Learning", async share =>
        {
            var answer = await Task.Run(() => engine.Prepare.HandleAsync(ask, cancel), cancel);
            share.Report(1);
            return answer;
        }));
        run.Terminal.Json(json =>
        {
            json.WriteStartObject();
            json.WriteString("digest", prepared.Digest);
            json.WriteNumber("rules", prepared.Built.Bundle.Rules.Length);
            json.WriteNumber("records", prepared.Built.Bundle.Manifest.Records);
            json.WritePropertyName("learning");
            prepared.Built.Report.WriteTo(json);
            json.WriteEndObject();
        });
        RulesTable.Show(run.Terminal, prepared.Built.Bundle, 20);
        GuidanceTable.Change(run.Terminal, prepared.Built.Bundle, engine.Ledger.Board(run.Get(Agent)).Served is { } served && served != prepared.Digest ? engine.Ledger.Bundle(served) : null);
        var report = prepared.Built.Report;
        run.Terminal.Line($"Candidate {Format.Digest(prepared.Digest)}: {Format.Number(prepared.Built.Bundle.Rules.Length)} rules from {Format.Number(report.Cases)} reviewed decisions ({Format.Number(report.Wrong)} of them wrong); {Format.Number(report.Refused.Length)} possible rules refused.");
        if (report.Refused.Count(static rule => rule.Reason == Engine.Learning.Rules.RetiredRule.Reason) is > 0 and var retired)
            run.Terminal.Line($"{Format.Number(retired)} of them would be suspended rules again, without anything ruled since that speaks for them (emend rules list {run.Get(Agent)} names what is suspended).");
        if (report.Corrector is { } corrector)
        {
            run.Terminal.Line($"The corrector. {corrector.Says()}");
            if (corrector.Certificate is null && engine.Agents.Find(run.Get(Agent)) is { Audit.Share: 0 })
                run.Terminal.Line($"Nobody looks at decisions of {run.Get(Agent)} by chance: give it an audit share in its file, e.g. \"audit\": {{\"share\": 0.02}} (emend agents change), and rule on what is drawn (emend reviews audits).");
            else if (engine.Audits.Of(engine.Agents.Find(run.Get(Agent))!) is { OldestOpen: { } oldest } audits && audits.Answered > audits.Counting)
                run.Terminal.Line($"{Format.Number(audits.Answered - audits.Counting)} answers count once {oldest}, drawn before them, is ruled.");
        }
        run.Terminal.Line($"Next: emend candidates evaluate {Format.Digest(prepared.Digest)}");
        return ExitCode.Done;
    }

    private static async Task<ExitCode> ListAsync(Invocation run, CancellationToken cancel)
    {
        var engine = await run.EngineAsync(cancel);
        var agents = run.Get(OfAgent) is { } one ? [one] : engine.Ledger.Agents();
        var candidates = agents.SelectMany(engine.Ledger.Candidates).ToList();
        run.Terminal.Json(json =>
        {
            json.WriteStartArray();
            foreach (var candidate in candidates) CandidateJson.Write(json, engine, candidate);
            json.WriteEndArray();
        });
        var table = Terminal.Table("candidate", "agent", "state", ">records", "author", "built", "gates", "approved by");
        foreach (var c in candidates)
        {
            table.AddRow(
                Format.Digest(c.Digest), Terminal.Escape(c.Agent), Format.Words(c.State), Format.Number(c.Records), Terminal.Escape(engine.Ledger.NameOf(c.Author)),
                Format.Instant(c.BuiltAt), c.Evaluation is { } e ? Format.Words(e.Result) : "-", Terminal.Escape(string.Join(", ", c.Approvals.Select(a => engine.Ledger.NameOf(a.By)))));
        }
        run.Terminal.Show(table);
        if (candidates.Count == 0) run.Terminal.Line("No candidates yet: emend candidates build AGENT");
        return ExitCode.Done;
    }

    private static async Task<ExitCode> ShowAsync(Invocation run, CancellationToken cancel)
    {
        var engine = await run.EngineAsync(cancel);
        var candidate = Resolve(engine, run.Get(Candidate));
        run.Terminal.Json(json => CandidateJson.Write(json, engine, candidate));
        var t = run.Terminal;
        t.Line($"candidate  {candidate.Digest}");
        t.Line($"agent      {candidate.Agent}, {Format.Words(candidate.State)}");
        t.Line($"built      {Format.Instant(candidate.BuiltAt)} by {engine.Ledger.NameOf(candidate.Author)}, from {Format.Number(candidate.Records)} reviewed decisions ({candidate.DataSet})");
        t.Line($"follows    {Format.Digest(candidate.Parent)}");
        if (candidate.Evaluation is { } evaluation)
        {
            t.Line($"evaluated  {Format.Instant(evaluation.At)} by {engine.Ledger.NameOf(evaluation.By)}: {Format.Words(evaluation.Result)}, risk {Format.Words(evaluation.Risk)}; report {Format.Digest(evaluation.Report)}");
            foreach (var approval in candidate.Approvals) t.Line($"approved   {Format.Instant(approval.At)} by {engine.Ledger.NameOf(approval.By)}");
            t.Line($"approvals  {candidate.Approvals.Length} of {candidate.ApprovalsNeeded}");
        }
        if (engine.Ledger.Bundle(candidate.Digest) is { } bundle)
        {
            RulesTable.Show(t, bundle, 30);
            GuidanceTable.Change(t, bundle, engine.Ledger.Board(bundle.Agent).Served is { } served && served != candidate.Digest ? engine.Ledger.Bundle(served) : null);
        }
        return ExitCode.Done;
    }

    private static async Task<ExitCode> ExportAsync(Invocation run, CancellationToken cancel)
    {
        var engine = await run.EngineAsync(cancel);
        var candidate = Resolve(engine, run.Get(Candidate));
        var entry = RegistryEntryJson.Of(engine, candidate);
        if (run.Get(To) is not { } file)
        {
            run.Terminal.WriteJson(json => json.WriteRawValue(entry));
            return ExitCode.Done;
        }
        // Written aside and renamed: a reader never sees half a file.
        var aside = file.FullName + ".part";
        await File.WriteAllTextAsync(aside, entry, cancel);
        File.Move(aside, file.FullName, overwrite: true);
        run.Terminal.Json(json =>
        {
            json.WriteStartObject();
            json.WriteString("file", file.FullName);
            json.WriteString("digest", candidate.Digest);
            json.WriteEndObject();
        });
        run.Terminal.Say($"{Format.Digest(candidate.Digest)} written to {Terminal.Escape(file.FullName)}");
        return ExitCode.Done;
    }

    private static async Task<ExitCode> EvaluateAsync(Invocation run, CancellationToken cancel)
    {
        var engine = await run.EngineAsync(cancel);
        var candidate = Resolve(engine, run.Get(Candidate));
        var report = await EvaluateAsync(run.Terminal, engine, candidate, run.Actor, run.Get(Purpose) == "maintain" ? EvaluationPurpose.Maintain : EvaluationPurpose.Improve, cancel);
        run.Terminal.Json(json => json.WriteRawValue(report.Canonical()));
        GatesTable.Show(run.Terminal, report);
        if (report.Result == EvaluationResult.Blocked) return ExitCode.Refused;
        run.Terminal.Line($"Next: emend candidates approve {Format.Digest(candidate.Digest)} --why … --as SOMEBODY-ELSE{(report.Result == EvaluationResult.NeedsEvidence ? " --accept-unproven" : "")}");
        return ExitCode.Done;
    }

    private static async Task<ExitCode> ApproveAsync(Invocation run, CancellationToken cancel)
    {
        var engine = await run.EngineAsync(cancel);
        var candidate = Resolve(engine, run.Get(Candidate));
        var agent = AgentsCommand.Known(engine, candidate.Agent);
        var approved = Invocation.Take(await engine.Approve.HandleAsync(
            new ApproveCandidate(candidate.Digest, run.Get(AcceptUnproven), run.Get(Why), run.Actor), agent, new InForce(engine.GoldenSets.Of(agent.Id).Digest), cancel));
        candidate = engine.Ledger.Candidate(candidate.Digest)!;
        run.Terminal.Json(json => CandidateJson.Write(json, engine, candidate));
        run.Terminal.Line(approved.IsComplete
            ? $"{Format.Digest(candidate.Digest)} is approved. Next: emend release start {candidate.Agent} {Format.Digest(candidate.Digest)}"
            : $"{Format.Digest(candidate.Digest)} has {candidate.Approvals.Length} of {candidate.ApprovalsNeeded} approvals; one more person is needed.");
        return ExitCode.Done;
    }

    private static async Task<ExitCode> RejectAsync(Invocation run, CancellationToken cancel)
    {
        var engine = await run.EngineAsync(cancel);
        var candidate = Resolve(engine, run.Get(Candidate));
        Invocation.Take(await engine.Reject.HandleAsync(new RejectCandidate(candidate.Agent, candidate.Digest, run.Get(Why), run.Actor), cancel));
        run.Terminal.Json(json => CandidateJson.Write(json, engine, engine.Ledger.Candidate(candidate.Digest)!));
        run.Terminal.Line($"{Format.Digest(candidate.Digest)} is rejected.");
        return ExitCode.Done;
    }

    /// <summary>Evaluates a candidate that was built here, under a progress bar.</summary>
    public static async Task<EvaluationReport> EvaluateAsync(
        Terminal terminal, Engine.EmendEngine engine, Candidate candidate, Engine.Actor by, EvaluationPurpose purpose, CancellationToken cancel)
    {
        var agent = AgentsCommand.Known(engine, candidate.Agent);
        var snapshot = engine.Snapshots.Of(candidate.Digest) ?? throw new Failure(ExitCode.NotFound, $"candidate {Format.Digest(candidate.Digest)} was not built here", "build it with `emend candidates build`");
        var all = Math.Max(1, engine.Decisions.Count(agent.Id));
        return Invocation.Take(await terminal.ProgressAsync("Replaying history", share => Task.Run(
            () =>
            {
                var cases = engine.Source.Cases(snapshot);
                var options = new Engine.Evaluating.Replay.ReplayOptions { Progress = new Relay(done => share.Report((double)done / all)) };
                return engine.Evaluate.HandleAsync(new EvaluateCandidate(candidate.Digest, by) { Purpose = purpose }, agent, engine.Source.GroundOf(snapshot, candidate.Parent, cases), options, cancel);
            },
            cancel)));
    }

    /// <summary>The one candidate whose digest begins so.</summary>
    /// <exception cref="Failure">There is none, or more than one.</exception>
    public static Candidate Resolve(Engine.EmendEngine engine, string text)
    {
        var digits = text.StartsWith("sha256:", StringComparison.Ordinal) ? text["sha256:".Length..] : text;
        var found = digits.Length < 4
            ? []
            : engine.Ledger.Agents().SelectMany(engine.Ledger.Candidates).Where(c => c.Digest.AsSpan("sha256:".Length).StartsWith(digits, StringComparison.Ordinal)).ToList();
        return found.Count switch
        {
            1 => found[0],
            0 => throw Failure.NotFound("candidate", text, digits.Length < 4 ? "give at least four digits of its digest" : "list them with `emend candidates list`"),
            _ => throw new Failure(ExitCode.BadInput, $"{found.Count} candidates begin with {text}", "give more digits"),
        };
    }

    private sealed class Relay(Action<long> report) : IProgress<long>
    {
        public void Report(long value) => report(value);
    }
}
