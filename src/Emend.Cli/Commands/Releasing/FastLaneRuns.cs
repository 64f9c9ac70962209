using System.Text.Json;
using Emend.Cli.Output;
using Emend.Engine;
using Emend.Engine.Releasing;

namespace Emend.Cli.Commands.Releasing;

/// <summary>Runs the fast lane and says in one line what it came to.</summary>
internal static class FastLaneRuns
{
    /// <summary>Runs it for every agent whose change envelope is open, under a progress bar.</summary>
    public static async Task<IReadOnlyList<(string Agent, Answer<FastLaneRun> Answer)>> OfAllAsync(Terminal terminal, EmendEngine engine, CancellationToken cancel)
    {
        var open = engine.Agents.All().Where(static agent => agent.Envelope.IsOpen).Select(static agent => agent.Id).ToList();
        var runs = new List<(string, Answer<FastLaneRun>)>(open.Count);
        if (open.Count == 0) return runs;
        return await terminal.ProgressAsync("Fast lane", async share =>
        {
            foreach (var agent in open)
            {
                runs.Add((agent, await Task.Run(() => engine.FastLane.RunAsync(agent, cancel), cancel)));
                share.Report((double)runs.Count / open.Count);
            }
            return runs;
        });
    }

    /// <summary>One sentence on a run.</summary>
    public static string Sentence(string agent, Answer<FastLaneRun> answer) => $"fast lane: {agent}: " + answer switch
    {
        Answer<FastLaneRun>.Refused(var why) => $"nothing released by itself; {why.Message} ({why.Code})",
        Answer<FastLaneRun>.Granted({ Outcome: FastLaneOutcome.NothingNew }) => "nothing new",
        Answer<FastLaneRun>.Granted({ Release: { } release } run) =>
            $"{What(run)}; every gate holds; {(run.Outcome == FastLaneOutcome.Started ? "released" : "joins what is released")} {ReleaseCommand.Share(release.Share)} ({release.Id}, candidate {Format.Digest(run.Candidate)})",
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    /// <summary>One sentence on a look at the release under way.</summary>
    public static string Sentence(string agent, CarriedRelease carried) => $"fast lane: {agent}: release {carried.Release.Id} " + carried.Outcome switch
    {
        CarryOutcome.Advanced => $"goes on {ReleaseCommand.Share(carried.To)}",
        CarryOutcome.TakenBack => $"was taken back: {carried.Why}",
        _ => $"is held {ReleaseCommand.Share(carried.To)}: {carried.Why}",
    };

    /// <summary>A run for machines, with the look at the release under way before it.</summary>
    public static void Write(Utf8JsonWriter json, string agent, Answer<FastLaneRun> answer, CarriedRelease? carried = null)
    {
        json.WriteStartObject();
        json.WriteString("agent", agent);
        if (carried is not null)
        {
            json.WriteStartObject("carried");
            json.WriteString("release", carried.Release.Id);
            json.WriteString("outcome", Format.Words(carried.Outcome));
            json.WriteNumber("shareBp", carried.To.BasisPoints);
            if (carried.Why is { } why) json.WriteString("why", why);
            json.WriteNumber("exposedAtStep", carried.Evidence.ExposedAtStep);
            json.WriteNumber("judged", carried.Evidence.Judged);
            json.WriteEndObject();
        }
        if (answer is Answer<FastLaneRun>.Refused(var refusal))
        {
            json.WriteString("outcome", "refused");
            json.WriteString("code", refusal.Code);
            json.WriteString("why", refusal.Message);
        }
        else if (answer is Answer<FastLaneRun>.Granted(var run))
        {
            json.WriteString("outcome", Format.Words(run.Outcome));
            if (run.Release is { } release)
            {
                json.WriteString("candidate", run.Candidate);
                json.WriteString("release", release.Id);
                json.WriteNumber("shareBp", release.Share.BasisPoints);
                json.WriteNumber("remembered", run.Remembered);
                json.WriteNumber("learned", run.Learned);
            }
        }
        json.WriteEndObject();
    }

    private static string What(FastLaneRun run) => (run.Remembered, run.Learned) switch
    {
        (0, 0) => "forgets what no longer holds",
        (var cases, 0) => Cases(cases),
        (0, var rules) => Rules(rules),
        var (cases, rules) => $"{Rules(rules)}, {Cases(cases)}",
    };

    private static string Cases(int count) => $"{Format.Number(count)} remembered case{(count == 1 ? "" : "s")}";

    private static string Rules(int count) => $"{Format.Number(count)} learned rule{(count == 1 ? "" : "s")}";
}
