using System.CommandLine;
using Emend.Cli.Output;
using Emend.Logic;
using Emend.Logic.Conditions;
using Spectre.Console;

namespace Emend.Cli.Commands.Learning;

/// <summary><c>emend rules</c>: what an agent's logic says, in readable form, and the rules people write themselves.</summary>
internal static class RulesCommand
{
    private static readonly Argument<string> Agent = new("AGENT") { Description = "The agent." };
    private static readonly Option<string?> Candidate = new("--candidate") { Description = "Of this candidate instead of what is served.", HelpName = "DIGEST" };
    private static readonly Option<bool> Written = new("--written") { Description = "The rules people wrote that the next candidate will bring." };
    private static readonly Argument<string> Rule = new("RULE") { Description = "The rule's id." };

    public static Command Build() => Noun.Of(
        "rules",
        "What an agent's logic says.",
        new Verb("list", "Rules in the order they are tried.", "emend rules list support-router").OnStore().With(Agent).With(Candidate).With(Written).Does(ListAsync),
        new Verb("show", "One rule: condition, effect, evidence, what it changed so far.", "emend rules show support-router m-1f2e3d").OnStore().With(Agent).With(Rule).With(Candidate).Does(ShowAsync),
        WrittenRuleVerbs.Add(Agent),
        WrittenRuleVerbs.Remove(Agent, Rule));

    private static async Task<ExitCode> ListAsync(Invocation run, CancellationToken cancel)
    {
        var engine = await run.EngineAsync(cancel);
        if (run.Get(Written)) return WrittenRuleVerbs.List(run, engine, Normalizing.AgentsCommand.Known(engine, run.Get(Agent)).Id);
        var (bundle, digest) = BundleOf(engine, run);
        run.Terminal.Json(json => json.WriteRawValue(BundleJson.Write(bundle)));
        run.Terminal.Line($"bundle {digest}");
        RulesTable.Show(run.Terminal, bundle, int.MaxValue);
        RulesTable.Stopped(run.Terminal, engine, bundle);
        return ExitCode.Done;
    }

    private static async Task<ExitCode> ShowAsync(Invocation run, CancellationToken cancel)
    {
        var engine = await run.EngineAsync(cancel);
        var (bundle, digest) = BundleOf(engine, run);
        var rule = bundle.Rules.FirstOrDefault(r => string.Equals(r.Id, run.Get(Rule), StringComparison.Ordinal))
            ?? throw Failure.NotFound("rule", run.Get(Rule), $"list them with `emend rules list {run.Get(Agent)}`");
        var changed = engine.Exposures.ChangedBy(digest, rule.Id);
        var authors = engine.Written.Authors(bundle.Agent, rule.Id).Select(engine.Ledger.NameOf).ToList();
        run.Terminal.Json(json =>
        {
            json.WriteStartObject();
            json.WriteString("id", rule.Id);
            json.WriteString("when", ConditionText.Format(rule.When));
            json.WriteString("effect", Format.Words(rule.Effect));
            json.WriteString("action", rule.Action);
            json.WritePropertyName("args");
            json.WriteRawValue(rule.Args.Json);
            json.WriteString("because", rule.Because);
            json.WriteNumber("right", rule.Right);
            json.WriteNumber("wrong", rule.Wrong);
            json.WriteNumber("submitters", rule.Submitters);
            json.WriteStartArray("evidence");
            foreach (var id in rule.Evidence) json.WriteStringValue(id);
            json.WriteEndArray();
            json.WriteStartArray("authors");
            foreach (var author in authors) json.WriteStringValue(author);
            json.WriteEndArray();
            json.WriteNumber("changed", changed.Count);
            json.WriteEndObject();
        });
        var t = run.Terminal;
        t.Line($"rule       {rule.Id} ({Format.Words(rule.Origin)}), bundle {Format.Digest(digest)}");
        t.Line($"when       {ConditionText.Format(rule.When)}");
        t.Line($"then       {RulesTable.Then(rule)}");
        t.Line($"because    {rule.Because}");
        if (authors.Count > 0) t.Line($"written    by {string.Join(", ", authors)}");
        t.Line($"priority   {rule.Priority}, {rule.Specificity} conditions, newest evidence {Format.Instant(rule.EvidenceThrough)}{(rule.ExpiresAt is { } end ? $", acts until {Format.Instant(end)}" : "")}");
        t.Line($"changed    {Format.Number(changed.Count)} decisions so far");
        if (!rule.Evidence.IsEmpty)
        {
            var table = Terminal.Table("evidence", "people said");
            foreach (var id in rule.Evidence.Take(20))
                table.AddRow(Terminal.Escape(id), Terminal.Escape(string.Join("; ", engine.Corrections.Of(id).Where(static c => !c.IsWithdrawn).Select(static c => $"{c.Correction.By}: {Reviewing.ReviewsCommand.Said(c.Correction)} [{c.Correction.Id}]"))));
            t.Show(table);
            if (rule.Evidence.Length > 20) t.Line($"and {Format.Number(rule.Evidence.Length - 20)} more (--json lists all)");
        }
        return ExitCode.Done;
    }

    private static (Bundle Bundle, string Digest) BundleOf(Engine.EmendEngine engine, Invocation run)
    {
        var agent = run.Get(Agent);
        Normalizing.AgentsCommand.Known(engine, agent);
        var digest = run.Get(Candidate) is { } candidate ? CandidatesCommand.Resolve(engine, candidate).Digest : engine.Ledger.Board(agent).Served
            ?? throw new Failure(ExitCode.NotFound, $"agent '{agent}' is served nothing yet: it decides alone", "look at a candidate with --candidate DIGEST");
        return (engine.Ledger.Bundle(digest) ?? throw Failure.NotFound("bundle", digest, "list them with `emend candidates list`"), digest);
    }
}
