using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Emend.Cli.Commands.Learning;
using Emend.Cli.Output;
using Emend.Engine.Trust;
using Spectre.Console;

namespace Emend.Cli.Commands.Trust;

/// <summary><c>emend trust influence</c>: whose word carries a bundle.</summary>
internal static class TrustInfluence
{
    private static readonly Argument<string> Candidate = new("CANDIDATE") { Description = "Digest of a candidate or of what is served, or its first digits." };
    private static readonly Option<int> People = new("--people") { Description = "At most so many are tried, the strongest first; each takes a build.", DefaultValueFactory = static _ => 10, HelpName = "N" };

    public static Verb Verb() =>
        new Verb("influence", "Whose word carries a bundle: what falls without each of those who support it.", "emend trust influence 3f9a").OnStore().With(Candidate).With(People).Does(ShowAsync);

    private static async Task<ExitCode> ShowAsync(Invocation run, CancellationToken cancel)
    {
        if (run.Get(People) is < 1 or > Influence.MostPeople) throw new Failure(ExitCode.BadInput, $"--people is {run.Get(People)}", $"give 1 to {Influence.MostPeople}");
        var engine = await run.EngineAsync(cancel);
        var candidate = CandidatesCommand.Resolve(engine, run.Get(Candidate));
        var report = Invocation.Take(await run.Terminal.ProgressAsync("Building without each", _ => Task.Run(() => engine.Influences.Of(candidate.Digest, run.Get(People), cancel), cancel)));
        run.Terminal.Json(json => Write(json, candidate.Digest, report));
        if (report.Rules.Count == 0)
        {
            run.Terminal.Line($"{Format.Digest(candidate.Digest)} has no learned rules: nobody's word carries anything.");
            return ExitCode.Done;
        }
        var rules = Terminal.Table("rule", "acts on", "people", "most of one", "falls without");
        foreach (var rule in report.Rules)
            rules.AddRow(rule.Rule, Format.Number(rule.Acts), Format.Number(rule.People.Count), Format.Share(rule.LargestShare), Terminal.Escape(rule.SurvivesAnyone ? "nobody alone" : string.Join(", ", rule.FallsWithout)));
        run.Terminal.Show(rules);
        var people = Terminal.Table("person", "rules that fall", "decisions that change");
        foreach (var one in report.People) people.AddRow(Terminal.Escape(one.By), Format.Number(one.Rules), Format.Number(one.Changed));
        run.Terminal.Show(people);
        run.Terminal.Line(string.Create(CultureInfo.InvariantCulture, $"{report.Rules.Count(static rule => rule.SurvivesAnyone)} of {report.Rules.Count} rules stay without any one of {report.People.Count} people."));
        return ExitCode.Done;
    }

    private static void Write(Utf8JsonWriter json, string bundle, InfluenceReport report)
    {
        json.WriteStartObject();
        json.WriteString("bundle", bundle);
        json.WriteStartArray("rules");
        foreach (var rule in report.Rules)
        {
            json.WriteStartObject();
            json.WriteString("rule", rule.Rule);
            json.WriteNumber("acts", rule.Acts);
            json.WriteNumber("largestShare", Math.Round(rule.LargestShare, 4));
            json.WriteStartArray("supporters");
            foreach (var (by, cases) in rule.People)
            {
                json.WriteStartObject();
                json.WriteString("name", by);
                json.WriteNumber("cases", cases);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteStartArray("fallsWithout");
            foreach (var who in rule.FallsWithout) json.WriteStringValue(who);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteStartArray("people");
        foreach (var one in report.People)
        {
            json.WriteStartObject();
            json.WriteString("name", one.By);
            json.WriteNumber("rules", one.Rules);
            json.WriteNumber("changed", one.Changed);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
