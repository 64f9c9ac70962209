using System.CommandLine;
using Emend.Cli.Commands.Normalizing;
using Emend.Cli.Output;
using Emend.Engine.Normalizing;
using Emend.Engine.Reviewing;
using Emend.Logic;
using Spectre.Console;

namespace Emend.Cli.Commands.Reviewing;

/// <summary><c>emend reviews</c>: what waits for a person, and ruling on it.</summary>
internal static class ReviewsCommand
{
    private static readonly Option<string?> Agent = new("--agent") { Description = "Only this agent.", HelpName = "ID" };
    private static readonly Option<int> Limit = new("--limit") { Description = "At most so many.", DefaultValueFactory = static _ => 50, HelpName = "N" };
    private static readonly Option<string> Order = new("--order") { Description = "By what a look is worth, or the oldest first.", DefaultValueFactory = static _ => "value", HelpName = "value|age" };
    private static readonly Argument<string> Decision = new("DECISION") { Description = "The decision to rule on." };
    private static readonly Option<string> Verdict = new("--verdict") { Description = "Was the proposal right?", HelpName = "confirm|modify|reject", Required = true };
    private static readonly Option<string?> Action = new("--action") { Description = "The right action, for modify.", HelpName = "LABEL" };
    private static readonly Option<string?> Args = new("--args") { Description = "Its arguments, a JSON object.", HelpName = "JSON" };
    private static readonly Option<string> Why = new("--why") { Description = "Why; recorded.", HelpName = "TEXT", Required = true };

    public static Command Build()
    {
        Order.AcceptOnlyFromAmong("value", "age");
        Verdict.AcceptOnlyFromAmong("confirm", "modify", "reject");
        return Noun.Of(
            "reviews",
            "Decisions that wait for a person, and rulings on them.",
            new Verb("list", "What to look at next, why a person is asked, and why it stands where it does.", "emend reviews list --agent support-router --as lead-mira").OnStore().With(Agent).With(Order).With(Limit).Does(ListAsync),
            new Verb("audits", "How the decisions stand that were drawn at random, agent by agent: only those license a corrector.", "emend reviews audits --agent support-router").OnStore().With(Agent).Does(AuditsAsync),
            new Verb("rule", "Rule what was right. Nobody rules on their own correction.", "emend reviews rule sd-0221 --verdict modify --action refund_status --why \"asks for the money back\" --as lead-mira")
                .OnStore().With(Decision).With(Verdict).With(Action).With(Args).With(Why).Does(RuleAsync));
    }

    private static async Task<ExitCode> ListAsync(Invocation run, CancellationToken cancel)
    {
        var engine = await run.EngineAsync(cancel);
        var waiting = engine.Reviews.Waiting(run.Get(Agent));
        var shown = run.Get(Order) == "age"
            ? waiting.Take(run.Get(Limit)).Select(static one => new NextReview(one, QueuePart.Value, null, "")).ToList()
            : engine.Next.For(run.Actor.Name, run.Get(Agent), run.Get(Limit));
        var doubted = engine.Doubts.Of(run.Get(Agent));
        run.Terminal.Json(json =>
        {
            json.WriteStartObject();
            json.WriteNumber("waiting", waiting.Count);
            json.WriteStartArray("items");
            foreach (var (item, _, worth, whyHere) in shown)
            {
                json.WriteStartObject();
                json.WriteString("decisionId", item.DecisionId);
                json.WriteString("lane", Format.Words(item.Standing.Lane));
                json.WriteString("whyAsked", item.WhyAsked);
                json.WriteString("since", CanonicalJson.Instant(item.Standing.At));
                if (item.Standing.Propensity is { } propensity) json.WriteNumber("propensity", propensity);
                if (worth is { } value) json.WriteNumber("worth", Math.Round(value, 4));
                if (whyHere.Length > 0) json.WriteString("whyHere", whyHere);
                json.WriteStartArray("corrections");
                foreach (var id in item.Standing.Corrections) json.WriteStringValue(id);
                json.WriteEndArray();
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteStartArray("doubted");
            foreach (var item in doubted)
            {
                json.WriteStartObject();
                json.WriteString("decisionId", item.Suspect.DecisionId);
                json.WriteString("agent", item.Agent);
                json.WriteString("ruled", item.Suspect.Ruled);
                json.WriteString("likelier", item.Suspect.Likelier);
                json.WriteNumber("margin", Math.Round(item.Suspect.Margin, 4));
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        });
        foreach (var item in doubted) run.Terminal.Line($"Worth a second look: {item.Suspect.DecisionId} was {item.WhyAsked}; rule on it as on any other.");
        if (shown.Count == 0)
        {
            run.Terminal.Line(waiting.Count == 0 ? "Nothing waits for a person." : "Nothing waits for you: what waits is what you corrected yourself. --order age shows it.");
            return ExitCode.Done;
        }
        var table = Terminal.Table("decision", "lane", "since", "why you are asked", "why here", "proposed", "people say");
        foreach (var (item, _, _, whyHere) in shown)
        {
            table.AddRow(
                Terminal.Escape(item.DecisionId),
                Format.Words(item.Standing.Lane),
                Format.Instant(item.Standing.At),
                Terminal.Escape(item.WhyAsked),
                Terminal.Escape(whyHere),
                Terminal.Escape(engine.Decisions.Find(item.DecisionId)?.Decision.Proposed.Label),
                Terminal.Escape(string.Join("; ", engine.Corrections.Of(item.DecisionId).Where(static c => !c.IsWithdrawn && !c.IsQuarantined).Select(static c => $"{c.Correction.By}: {Said(c.Correction)}"))));
        }
        run.Terminal.Show(table);
        // What they corrected themselves, and what comes after the limit.
        if (waiting.Count > shown.Count) run.Terminal.Line($"and {Format.Number(waiting.Count - shown.Count)} more (--limit)");
        return ExitCode.Done;
    }

    private static async Task<ExitCode> AuditsAsync(Invocation run, CancellationToken cancel)
    {
        var engine = await run.EngineAsync(cancel);
        if (run.Get(Agent) is { } asked) AgentsCommand.Known(engine, asked);
        var audits = engine.Agents.All().Where(agent => run.Get(Agent) is not { } one || agent.Id == one).Select(engine.Audits.Of).Where(one => run.Get(Agent) is not null || one.Drawn > 0 || one.Policy.Share > 0).ToList();
        run.Terminal.Json(json =>
        {
            json.WriteStartArray();
            foreach (var one in audits)
            {
                json.WriteStartObject();
                json.WriteString("agent", one.Agent);
                json.WriteNumber("share", one.Policy.Share);
                json.WriteNumber("maxOpen", one.Policy.MaxOpen);
                json.WriteNumber("drawn", one.Drawn);
                json.WriteNumber("answered", one.Answered);
                json.WriteNumber("counting", one.Counting);
                json.WriteString("oldestOpen", one.OldestOpen);
                json.WriteEndObject();
            }
            json.WriteEndArray();
        });
        if (audits.Count == 0)
        {
            run.Terminal.Line("No agent has an audit share: no decision is drawn, and no corrector can be licensed. Give one a share in its file, e.g. \"audit\": {\"share\": 0.02}.");
            return ExitCode.Done;
        }
        var table = Terminal.Table("agent", ">share", ">drawn", ">answered", ">count as proof", "waits longest");
        foreach (var one in audits)
            table.AddRow(Terminal.Escape(one.Agent), Format.Share(one.Policy.Share), Format.Number(one.Drawn), Format.Number(one.Answered), Format.Number(one.Counting), Terminal.Escape(one.OldestOpen));
        run.Terminal.Show(table);
        if (audits.Exists(static one => one.Counting < one.Answered)) run.Terminal.Line("Answers count in the order in which decisions were drawn: rule on the one that waits longest.");
        return ExitCode.Done;
    }

    private static async Task<ExitCode> RuleAsync(Invocation run, CancellationToken cancel)
    {
        var verdict = run.Get(Verdict) switch { "confirm" => CorrectionVerdict.Confirm, "modify" => CorrectionVerdict.Modify, _ => CorrectionVerdict.Reject };
        var action = run.Get(Action) is { } label ? new AgentAction(label, JsonArgument.Args(run.Get(Args))) : null;
        var engine = await run.EngineAsync(cancel);
        var standing = Invocation.Take(await engine.Rulings.HandleAsync(new RecordRuling(run.Get(Decision), verdict, action, run.Get(Why), run.Actor), cancel));
        run.Terminal.Json(json =>
        {
            json.WriteStartObject();
            json.WriteString("decisionId", run.Get(Decision));
            json.WriteBoolean("wrong", standing.IsWrong);
            json.WriteString("truth", standing.Truth?.Label);
            json.WriteEndObject();
        });
        run.Terminal.Line($"{run.Get(Decision)}: {(standing.IsWrong ? $"the proposal was wrong, right is {standing.Truth?.Label ?? "not known"}" : "the proposal was right")}");
        return ExitCode.Done;
    }

    /// <summary>What a correction says, in a few words.</summary>
    public static string Said(Correction correction) =>
        correction.Verdict == CorrectionVerdict.Modify ? "-> " + Format.Action(correction.Action) : Format.Words(correction.Verdict);
}
