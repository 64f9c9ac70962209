using System.CommandLine;
using Emend.Cli.Commands.Learning;
using Emend.Cli.Output;
using Emend.Engine.Evaluating;
using Emend.Engine.Learning;
using Emend.Engine.Reviewing;
using Emend.Logic;
using Emend.Logic.Conditions;
using Emend.Logic.Rules;
using Spectre.Console;

namespace Emend.Cli.Commands.Reviewing;

/// <summary><c>emend corrections</c>: what people said, and taking it back.</summary>
internal static class CorrectionsCommand
{
    private static readonly Option<int> Limit = new("--limit") { Description = "At most so many.", DefaultValueFactory = static _ => 50, HelpName = "N" };
    private static readonly Option<string?> Decision = new("--decision") { Description = "Only of this decision.", HelpName = "ID" };
    private static readonly Argument<string> Id = new("CORRECTION") { Description = "The correction's id." };
    private static readonly Option<string> Why = new("--why") { Description = "Why; recorded.", HelpName = "TEXT" };
    private static readonly Option<bool> Preview = new("--preview") { Description = "Show the difference it would make; change nothing." };

    public static Command Build() => Noun.Of(
        "corrections",
        "What people said of decisions, and taking it back.",
        new Verb("list", "The newest corrections.", "emend corrections list --decision sd-0001").OnStore().With(Decision).With(Limit).Does(ListAsync),
        new Verb("parked", "Corrections and outcomes that wait for their decision.", "emend corrections parked").OnStore().Does(ParkedAsync),
        new Verb("withdraw", "Take a correction back: everything built on it is built again without it, and goes through the same gates.", "emend corrections withdraw c-1f2e3d --why \"wrong customer\" --as rosa")
            .OnStore().With(Id).With(Why).With(Preview).Does(WithdrawAsync));

    private static async Task<ExitCode> ListAsync(Invocation run, CancellationToken cancel)
    {
        var engine = await run.EngineAsync(cancel);
        var corrections = run.Get(Decision) is { } decision ? engine.Corrections.Of(decision) : engine.Corrections.Newest(null, run.Get(Limit));
        run.Terminal.Json(json =>
        {
            json.WriteStartArray();
            foreach (var known in corrections)
            {
                json.WriteStartObject();
                json.WriteString("id", known.Correction.Id);
                json.WriteString("decisionId", known.Correction.DecisionId);
                json.WriteString("verdict", Format.Words(known.Correction.Verdict));
                json.WriteString("action", known.Correction.Action?.Label);
                json.WriteString("reason", known.Correction.Reason);
                json.WriteString("by", known.Correction.By);
                json.WriteString("at", CanonicalJson.Instant(known.Correction.At));
                json.WriteBoolean("parked", known.IsParked);
                json.WriteBoolean("withdrawn", known.IsWithdrawn);
                json.WriteBoolean("quarantined", known.IsQuarantined);
                json.WriteEndObject();
            }
            json.WriteEndArray();
        });
        var table = Terminal.Table("correction", "decision", "at", "by", "says", "reason", "state");
        foreach (var known in corrections)
        {
            var correction = known.Correction;
            table.AddRow(
                Terminal.Escape(correction.Id), Terminal.Escape(correction.DecisionId), Format.Instant(correction.At), Terminal.Escape(correction.By),
                Terminal.Escape(ReviewsCommand.Said(correction)), Terminal.Escape(correction.Reason), known.IsWithdrawn ? "withdrawn" : known.IsQuarantined ? "in quarantine" : known.IsParked ? "parked" : "");
        }
        run.Terminal.Show(table);
        return ExitCode.Done;
    }

    private static async Task<ExitCode> ParkedAsync(Invocation run, CancellationToken cancel)
    {
        var parked = (await run.EngineAsync(cancel)).Parked.List();
        run.Terminal.Json(json =>
        {
            json.WriteStartArray();
            foreach (var signal in parked)
            {
                json.WriteStartObject();
                json.WriteString("what", signal.What);
                json.WriteString("id", signal.Id);
                json.WriteString("decisionId", signal.DecisionId);
                json.WriteNumber("ageSeconds", Math.Round(signal.Age.TotalSeconds));
                json.WriteEndObject();
            }
            json.WriteEndArray();
        });
        var table = Terminal.Table("what", "id", "waits for decision", ">since");
        foreach (var signal in parked) table.AddRow(signal.What, Terminal.Escape(signal.Id), Terminal.Escape(signal.DecisionId), Format.Age(signal.Age));
        if (parked.Count > 0) run.Terminal.Show(table);
        else run.Terminal.Line("Nothing waits: every correction and outcome has its decision.");
        return ExitCode.Done;
    }

    private static async Task<ExitCode> WithdrawAsync(Invocation run, CancellationToken cancel)
    {
        var engine = await run.EngineAsync(cancel);
        if (run.Get(Preview))
        {
            var preview = Invocation.Take(await run.Terminal.ProgressAsync("Building again", _ => engine.Undo.PreviewAsync(run.Get(Id), cancel)));
            run.Terminal.Json(json => UndoJson.Write(json, preview, null));
            ShowDifference(run.Terminal, preview);
            return ExitCode.Done;
        }
        var ask = new WithdrawCorrection(run.Get(Id), run.Get(Why) ?? throw new Failure(ExitCode.BadInput, "a withdrawal says why", "add --why TEXT, or look first with --preview"), run.Actor);
        var undone = Invocation.Take(await run.Terminal.ProgressAsync("Building again", _ => engine.Undo.HandleAsync(ask, cancel)));
        run.Terminal.Json(json => UndoJson.Write(json, undone.Preview, undone.Report));
        run.Terminal.Line($"{run.Get(Id)} is withdrawn.");
        ShowDifference(run.Terminal, undone.Preview);
        if (undone.Report is { } report)
        {
            GatesTable.Show(run.Terminal, report);
            run.Terminal.Line($"Next: emend candidates approve {Format.Digest(undone.Preview.Instead!.Digest)} --why … --as SOMEBODY-ELSE, then emend release start");
        }
        return ExitCode.Done;
    }

    /// <summary>The difference that taking a correction back makes, in rules and in decisions.</summary>
    public static void ShowDifference(Terminal terminal, UndoPreview preview)
    {
        if (preview.Instead is not { } instead)
        {
            terminal.Line(preview.Served is null ? "Nothing that is served was built on it: the next candidate is built without it." : $"{Format.Digest(preview.Served)} was not built here and cannot be built again.");
            return;
        }
        terminal.Line($"{Format.Digest(preview.Served)} was built again without it: {Format.Digest(instead.Digest)}{(preview.Rebuilt!.Count > 1 ? $" (and {preview.Rebuilt.Count - 1} bundles it descends from)" : "")}");
        if (preview.Rules is { } rules) ShowRules(terminal, rules);
        if (preview.Replay is { } replay)
        {
            var counts = replay.Incumbent.Total;
            terminal.Line($"Replayed over {Format.Number(replay.Decisions)} decisions: {Format.Number(counts.Changed)} come{(counts.Changed == 1 ? "s" : "")} out differently{(counts.Changed == 0 ? "" : $" ({Format.Number(counts.Fixes)} right now and wrong before, {Format.Number(counts.Breaks)} the other way round)")}.");
            var examples = replay.FixExamples.Concat(replay.BreakExamples).Concat(replay.UnjudgedExamples).Take(10).ToList();
            if (examples.Count > 0) terminal.Line("They are: " + string.Join(", ", examples));
        }
    }

    /// <summary>Rules that come and go by what they say. Remembered single cases come and go with their correction, and rules that only changed rank or expiry say the same.</summary>
    public static (IReadOnlyList<Logic.Rules.Rule> Removed, IReadOnlyList<Logic.Rules.Rule> Added, int Kept) SaidOtherwise(BundleChange change)
    {
        var (removed, added) = (Said(change.Removed), Said(change.Added));
        var kept = removed.Keys.Intersect(added.Keys).ToHashSet();
        return ([.. removed.Where(r => !kept.Contains(r.Key)).Select(static r => r.Value)], [.. added.Where(r => !kept.Contains(r.Key)).Select(static r => r.Value)], kept.Count);

        static Dictionary<(string When, string Then), Logic.Rules.Rule> Said(IEnumerable<Logic.Rules.Rule> rules) =>
            rules.Where(static r => r.Origin != RuleOrigin.Exact).DistinctBy(static r => (ConditionText.Format(r.When), RulesTable.Then(r))).ToDictionary(static r => (ConditionText.Format(r.When), RulesTable.Then(r)));
    }

    private static void ShowRules(Terminal terminal, BundleChange change)
    {
        var (removed, added, kept) = SaidOtherwise(change);
        var table = Terminal.Table("", "when", "then");
        foreach (var rule in removed) table.AddRow("[red]-[/]", Terminal.Escape(ConditionText.Format(rule.When)), Terminal.Escape(RulesTable.Then(rule)));
        foreach (var rule in added) table.AddRow("[green]+[/]", Terminal.Escape(ConditionText.Format(rule.When)), Terminal.Escape(RulesTable.Then(rule)));
        if (table.Rows.Count > 0) terminal.Show(table);
        else terminal.Line("No rule comes or goes: each stands on other corrections too.");
        if (kept > 0) terminal.Line($"{kept} rule{(kept == 1 ? " keeps" : "s keep")} saying the same on other evidence (rank or expiry moved).");
        var forgotten = change.Removed.Count(static r => r.Origin == RuleOrigin.Exact);
        if (forgotten > 0) terminal.Line($"{forgotten} remembered single case{(forgotten == 1 ? " is" : "s are")} forgotten.");
    }
}
