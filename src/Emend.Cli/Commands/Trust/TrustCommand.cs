using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Emend.Cli.Output;
using Emend.Engine.Trust;
using Emend.Logic;
using Spectre.Console;

namespace Emend.Cli.Commands.Trust;

/// <summary><c>emend trust</c>: whose word counts, and what people are measured by.</summary>
internal static class TrustCommand
{
    private static readonly Argument<string> Submitter = new("SUBMITTER") { Description = "Who: a name, or a pseudonym as alerts show it." };
    private static readonly Option<int> Limit = new("--limit") { Description = "At most so many.", DefaultValueFactory = static _ => 50, HelpName = "N" };
    private static readonly Option<string?> Why = new("--why") { Description = "Why; recorded.", HelpName = "TEXT" };
    private static readonly Option<bool> Preview = new("--preview") { Description = "Only show what it would undo." };
    private static readonly Option<bool> Examined = new("--examined") { Description = "They are not in quarantine: you looked at an alarm and found nothing." };
    private static readonly Argument<string> Decision = new("DECISION") { Description = "The decision." };
    private static readonly Option<string> Answer = new("--answer") { Description = "What should have been done; the proposed action where that was right.", HelpName = "LABEL", Required = true };
    private static readonly Option<string?> Args = new("--args") { Description = "Its arguments, a JSON object.", HelpName = "JSON" };
    private static readonly Option<string> GoldWhy = new("--why") { Description = "How the answer is known; recorded.", HelpName = "TEXT", Required = true };
    private static readonly Option<string?> Agent = new("--agent") { Description = "Only this agent.", HelpName = "ID" };

    public static Command Build() => Noun.Of(
        "trust",
        "Whose word counts: what people were measured by, who is in quarantine, and decisions whose answer is known.",
        new Verb("list", "Those who correct, what their word is worth, and whom to look at.", "emend trust list").OnStore().With(Limit).Does(ListAsync),
        new Verb("show", "What is known of somebody, and what a quarantine would undo.", "emend trust show rosa").OnStore().With(Submitter).Does(ShowAsync),
        new Verb("quarantine", "Nothing they say or said counts until they are released. What rests on it is built again without it.", "emend trust quarantine mallory --why \"turned 20 right decisions\" --as lead-mira")
            .OnStore().With(Submitter).With(Why).With(Preview).Does(QuarantineAsync),
        TrustInfluence.Verb(),
        new Verb("release", "Their word counts again, all of it.", "emend trust release mallory --why \"the desk had told them to\" --as lead-mira").OnStore().With(Submitter).With(Why).With(Examined).Does(ReleaseAsync),
        Noun.Of(
            "gold",
            "Decisions whose answer is known beforehand: they measure people and are never learned from.",
            new Verb("add", "Take a decision as one.", "emend trust gold add sd-0007 --answer address_change --why \"checked with the carrier\" --as lead-mira").OnStore().With(Decision).With(Answer).With(Args).With(GoldWhy).Does(AddGoldAsync),
            new Verb("list", "Those there are.", "emend trust gold list --agent support-router").OnStore().With(Agent).Does(ListGoldAsync),
            new Verb("remove", "Take a decision as one no longer.", "emend trust gold remove sd-0007 --why \"everybody knows it by now\" --as lead-mira").OnStore().With(Decision).With(GoldWhy).Does(RemoveGoldAsync)));

    private static async Task<ExitCode> ListAsync(Invocation run, CancellationToken cancel)
    {
        var engine = await run.EngineAsync(cancel);
        var everybody = engine.Trust.Everybody(run.Get(Limit));
        run.Terminal.Json(json =>
        {
            json.WriteStartObject();
            json.WriteStartArray("submitters");
            foreach (var one in everybody) Write(json, one);
            json.WriteEndArray();
            json.WriteEndObject();
        });
        if (everybody.Count == 0)
        {
            run.Terminal.Line("Nobody has corrected anything yet.");
            return ExitCode.Done;
        }
        var table = Terminal.Table("submitter", "said", "changes", "measured", "weight", "state");
        foreach (var one in everybody)
            table.AddRow(Terminal.Escape(one.Name), Format.Number(one.Submitter.Corrections), Format.Number(one.Submitter.Changes), Measured(one), Weight(one.Weight), State(one));
        run.Terminal.Show(table);
        foreach (var one in everybody.Where(static one => one.IsSuspect)) SayFindings(run.Terminal, one);
        return ExitCode.Done;
    }

    private static async Task<ExitCode> ShowAsync(Invocation run, CancellationToken cancel)
    {
        var engine = await run.EngineAsync(cancel);
        var one = engine.Trust.Find(run.Get(Submitter)) ?? throw Failure.Refused(new SubmitterIsUnknown(run.Get(Submitter)));
        var words = engine.TrustBook.WordsOn(one.Submitter.Principal);
        var preview = Invocation.Take(await run.Terminal.ProgressAsync("Building again", _ => engine.Quarantines.PreviewAsync(run.Get(Submitter), cancel)));
        run.Terminal.Json(json =>
        {
            json.WriteStartObject();
            json.WritePropertyName("submitter");
            Write(json, one);
            json.WriteStartArray("words");
            foreach (var word in words)
            {
                json.WriteStartObject();
                json.WriteString("says", word.IsQuarantine ? "quarantined" : "released");
                json.WriteString("at", CanonicalJson.Instant(word.At));
                json.WriteString("by", engine.TrustBook.NameOf(word.By));
                json.WriteString("why", word.Why);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WritePropertyName("quarantine");
            Write(json, preview);
            json.WriteEndObject();
        });
        run.Terminal.Line($"{one.Name} ({one.Submitter.Principal:D}): {Format.Number(one.Submitter.Corrections)} corrections and confirmations, {Format.Number(one.Submitter.Changes)} of them changes; weight {Weight(one.Weight)}, {State(one)}");
        foreach (var known in one.Agents.Where(static known => known.Trust is not null))
            run.Terminal.Line(string.Create(CultureInfo.InvariantCulture, $"  {known.Agent}: right {known.Trust!.Right:0.#}, wrong {known.Trust.Wrong:0.#} where the answer is known; weight {known.Trust.Weight:0.00}"));
        SayFindings(run.Terminal, one);
        foreach (var word in words) run.Terminal.Line($"  {Format.Instant(word.At)} {(word.IsQuarantine ? "put into quarantine" : "released")} by {engine.TrustBook.NameOf(word.By)}: {word.Why ?? "(erased)"}");
        Say(run.Terminal, preview, "A quarantine would");
        return ExitCode.Done;
    }

    private static async Task<ExitCode> QuarantineAsync(Invocation run, CancellationToken cancel)
    {
        var engine = await run.EngineAsync(cancel);
        if (run.Get(Preview))
        {
            var seen = Invocation.Take(await run.Terminal.ProgressAsync("Building again", _ => engine.Quarantines.PreviewAsync(run.Get(Submitter), cancel)));
            run.Terminal.Json(json => Write(json, seen));
            Say(run.Terminal, seen, "It would");
            return ExitCode.Done;
        }
        var done = Invocation.Take(await run.Terminal.ProgressAsync("Building again", _ => engine.Quarantines.HandleAsync(new QuarantineSubmitter(run.Get(Submitter), run.Get(Why) ?? "", run.Actor), cancel)));
        run.Terminal.Json(json => Write(json, done));
        run.Terminal.Line($"{run.Get(Submitter)} is in quarantine: nothing they say counts until `emend trust release`.");
        Say(run.Terminal, done, "It does");
        foreach (var effect in done.Agents.Where(static effect => effect.Rebuilt is not null && effect.Rebuilt[^1].Digest != effect.Served))
            run.Terminal.Line($"Next: emend candidates show {Format.Digest(effect.Rebuilt![^1].Digest)}, approve and release it; until then `emend release rollback {effect.Agent}` takes back what is served");
        return ExitCode.Done;
    }

    private static async Task<ExitCode> ReleaseAsync(Invocation run, CancellationToken cancel)
    {
        var engine = await run.EngineAsync(cancel);
        var principal = Invocation.Take(await engine.Quarantines.HandleAsync(new ReleaseSubmitter(run.Get(Submitter), run.Get(Why) ?? "", run.Actor) { Examined = run.Get(Examined) }, cancel));
        run.Terminal.Json(json =>
        {
            json.WriteStartObject();
            json.WriteString("pseudonym", principal.ToString("D"));
            json.WriteEndObject();
        });
        run.Terminal.Line($"The word of {run.Get(Submitter)} counts again; the next candidate is built with it.");
        return ExitCode.Done;
    }

    private static async Task<ExitCode> AddGoldAsync(Invocation run, CancellationToken cancel)
    {
        var engine = await run.EngineAsync(cancel);
        Invocation.Take(await engine.Gold.HandleAsync(new AddGoldItem(run.Get(Decision), new AgentAction(run.Get(Answer), JsonArgument.Args(run.Get(Args))), run.Get(GoldWhy), run.Actor), cancel));
        return ShowGold(run, engine.TrustBook.Gold(null), $"{run.Get(Decision)} is a gold item.");
    }

    private static async Task<ExitCode> RemoveGoldAsync(Invocation run, CancellationToken cancel)
    {
        var engine = await run.EngineAsync(cancel);
        Invocation.Take(await engine.Gold.HandleAsync(new RemoveGoldItem(run.Get(Decision), run.Get(GoldWhy), run.Actor), cancel));
        return ShowGold(run, engine.TrustBook.Gold(null), $"{run.Get(Decision)} is a gold item no longer.");
    }

    private static async Task<ExitCode> ListGoldAsync(Invocation run, CancellationToken cancel)
    {
        var engine = await run.EngineAsync(cancel);
        var gold = engine.TrustBook.Gold(run.Get(Agent));
        ShowGold(run, gold, gold.Count == 0 ? "No gold items yet: emend trust gold add DECISION --answer LABEL --why …" : null);
        var table = Terminal.Table("decision", "agent", "answer", "since");
        foreach (var item in gold) table.AddRow(Terminal.Escape(item.DecisionId), Terminal.Escape(item.Agent), Terminal.Escape(item.Answer), Format.Instant(item.AddedAt));
        if (gold.Count > 0) run.Terminal.Show(table);
        return ExitCode.Done;
    }

    private static ExitCode ShowGold(Invocation run, IReadOnlyList<GoldItem> gold, string? what)
    {
        run.Terminal.Json(json =>
        {
            json.WriteStartObject();
            json.WriteStartArray("items");
            foreach (var item in gold)
            {
                json.WriteStartObject();
                json.WriteString("decisionId", item.DecisionId);
                json.WriteString("agent", item.Agent);
                json.WriteString("answer", item.Answer);
                json.WriteString("addedAt", CanonicalJson.Instant(item.AddedAt));
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        });
        if (what is not null) run.Terminal.Line(what);
        return ExitCode.Done;
    }

    private static void SayFindings(Terminal terminal, PersonTrust one)
    {
        foreach (var known in one.Agents)
        {
            foreach (var f in known.Findings)
            {
                var who = f.People == 1 ? one.Name : $"{one.Name} and {f.People - 1} more together";
                var then = f.People == 1 ? "Held back until somebody decides" : "Nothing is held back; decide";
                terminal.Line(string.Create(CultureInfo.InvariantCulture,
                    $"  look at {who}: turned {f.Proposed} into {(f.Said.Length == 0 ? "(wrong)" : f.Said)} {f.Count} times of {f.Of} at {known.Agent}; others {f.OthersSaid} of {f.OthersLooked} (chance {f.P:0.0e+00}). {then}: emend trust quarantine, or release --examined"));
            }
            if (known.Batch is { IsAlarming: true } batch)
                terminal.Line(string.Create(CultureInfo.InvariantCulture,
                    $"  look at {one.Name}: their newest {batch.Batch} corrections make {batch.Vouched} cases of {known.Agent} that others ruled on less likely ({batch.Worse / batch.Error:0.0} standard errors; {batch.Flipped} come out wrong). Nothing is held back"));
        }
    }

    private static void Say(Terminal terminal, QuarantinePreview preview, string how)
    {
        foreach (var effect in preview.Agents)
        {
            var changes = effect.Rules is { } rules
                ? $"take {rules.Removed.Length} rules out of what is served and bring {rules.Added.Length}; {Format.Number(effect.Replay!.Incumbent.Total.Changed)} decisions of the history come out differently"
                : effect.Served is null ? "change nothing that is served" : "leave what is served, which was not built here";
            terminal.Line($"{how} set {Format.Number(effect.Corrections)} corrections of {effect.Agent} aside and {changes}.");
        }
    }

    private static string State(PersonTrust one) => one.Submitter.QuarantinedSince is { } since ? $"in quarantine since {Format.Instant(since)}" : one.IsSuspect ? "to be looked at" : "";

    private static string Measured(PersonTrust one)
    {
        var (right, wrong) = (one.Agents.Sum(static a => a.Trust?.Right ?? 0), one.Agents.Sum(static a => a.Trust?.Wrong ?? 0));
        return right + wrong == 0 ? "-" : string.Create(CultureInfo.InvariantCulture, $"{right:0.#} right, {wrong:0.#} wrong");
    }

    private static string Weight(double weight) => weight.ToString("0.00", CultureInfo.InvariantCulture);

    private static void Write(Utf8JsonWriter json, PersonTrust one)
    {
        json.WriteStartObject();
        json.WriteString("name", one.Name);
        json.WriteString("pseudonym", one.Submitter.Principal.ToString("D"));
        json.WriteNumber("corrections", one.Submitter.Corrections);
        json.WriteNumber("changes", one.Submitter.Changes);
        json.WriteNumber("weight", one.Weight);
        json.WriteBoolean("suspect", one.IsSuspect);
        if (one.Submitter.QuarantinedSince is { } since) json.WriteString("quarantinedSince", CanonicalJson.Instant(since));
        json.WriteStartArray("agents");
        foreach (var known in one.Agents)
        {
            json.WriteStartObject();
            json.WriteString("agent", known.Agent);
            json.WriteNumber("right", known.Trust?.Right ?? 0);
            json.WriteNumber("wrong", known.Trust?.Wrong ?? 0);
            json.WriteNumber("weight", known.Trust?.Weight ?? 1);
            json.WriteStartArray("findings");
            foreach (var f in known.Findings)
            {
                json.WriteStartObject();
                json.WriteString("proposed", f.Proposed);
                json.WriteString("said", f.Said);
                json.WriteNumber("count", f.Count);
                json.WriteNumber("of", f.Of);
                json.WriteNumber("othersSaid", f.OthersSaid);
                json.WriteNumber("othersLooked", f.OthersLooked);
                json.WriteNumber("p", f.P);
                json.WriteNumber("people", f.People);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            if (known.Batch is { } batch)
            {
                json.WriteStartObject("batch");
                json.WriteNumber("corrections", batch.Batch);
                json.WriteNumber("vouched", batch.Vouched);
                json.WriteNumber("worse", batch.Worse);
                json.WriteNumber("error", batch.Error);
                json.WriteNumber("flipped", batch.Flipped);
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, QuarantinePreview preview)
    {
        json.WriteStartObject();
        json.WriteString("pseudonym", preview.Principal.ToString("D"));
        json.WriteStartArray("agents");
        foreach (var effect in preview.Agents)
        {
            json.WriteStartObject();
            json.WriteString("agent", effect.Agent);
            json.WriteNumber("corrections", effect.Corrections);
            json.WriteString("served", effect.Served);
            json.WriteString("instead", effect.Rebuilt?[^1].Digest);
            json.WriteNumber("rulesRemoved", effect.Rules?.Removed.Length ?? 0);
            json.WriteNumber("rulesAdded", effect.Rules?.Added.Length ?? 0);
            json.WriteNumber("changedDecisions", effect.Replay?.Incumbent.Total.Changed ?? 0);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
