using System.Reflection;
using Emend.Engine.Capturing.Logs;
using Emend.Engine.Normalizing;
using Emend.Logic;

namespace Emend.Cli.Commands.Demo;

/// <summary>A data set for the demo: what was recorded up to a day, and what happened after it.</summary>
internal sealed class DemoData
{
    // Share of the decisions that is history when the story begins; the rest comes in live.
    private const double Recorded = 0.6;

    private DemoData(AgentDefinition agent, IReadOnlyList<Decision> past, IReadOnlyList<Decision> live, ILookup<string, Correction> corrections, ILookup<string, Outcome> outcomes) =>
        (Agent, Past, Live, Corrections, Outcomes, Truth) = (agent, past, live, corrections, outcomes,
            outcomes.SelectMany(static group => group).Where(static o => o is { Metric: Outcome.Truth, Action: not null }).OrderBy(static o => o.At)
                .GroupBy(static o => o.DecisionId, StringComparer.Ordinal).ToDictionary(static g => g.Key, static g => g.Last().Action!, StringComparer.Ordinal));

    /// <summary>The agent, its change envelope open for low risk.</summary>
    public AgentDefinition Agent { get; }
    /// <summary>Decisions before the story begins, in order of time.</summary>
    public IReadOnlyList<Decision> Past { get; }
    /// <summary>Decisions after, in order of time.</summary>
    public IReadOnlyList<Decision> Live { get; }
    /// <summary>What people said, by decision.</summary>
    public ILookup<string, Correction> Corrections { get; }
    /// <summary>What happened later, by decision.</summary>
    public ILookup<string, Outcome> Outcomes { get; }
    /// <summary>The right action of a decision, where an outcome tells it.</summary>
    public IReadOnlyDictionary<string, AgentAction> Truth { get; }

    /// <summary>The sample that ships with the product, unpacked into a folder.</summary>
    public static string Unpack(string folder)
    {
        Directory.CreateDirectory(folder);
        var assembly = Assembly.GetExecutingAssembly();
        foreach (var name in assembly.GetManifestResourceNames().Where(static n => n.StartsWith("sample/", StringComparison.Ordinal)))
        {
            using var from = assembly.GetManifestResourceStream(name)!;
            using var to = File.Create(Path.Combine(folder, name["sample/".Length..]));
            from.CopyTo(to);
        }
        return folder;
    }

    /// <summary>Reads decisions, corrections, outcomes and the agent (agent.json, or catalogue.json, or neither) from a folder.</summary>
    /// <exception cref="Failure">A file is missing, or the folder holds several agents.</exception>
    public static DemoData Read(string folder, Capturing.SkippedLines skipped)
    {
        var limits = LogLimits.At(TimeProvider.System);
        var decisions = skipped.Keep(LogFile.Decisions(Need(folder, "decisions.jsonl"), limits));
        var outcomes = skipped.Keep(LogFile.Outcomes(Need(folder, "outcomes.jsonl"), limits));
        var corrections = skipped.Keep(LogFile.Corrections(Need(folder, "corrections.jsonl"), limits));
        var agents = decisions.Select(static d => d.Agent).Distinct(StringComparer.Ordinal).ToList();
        if (agents.Count != 1) throw new Failure(ExitCode.BadInput, $"{folder} holds decisions of {agents.Count} agents; the demo tells the story of one", "keep one agent's lines, or use `emend backtest`");

        decisions.Sort(static (a, b) => a.OccurredAt != b.OccurredAt ? a.OccurredAt.CompareTo(b.OccurredAt) : string.CompareOrdinal(a.Id, b.Id));
        var cut = (int)(decisions.Count * Recorded);
        return new(
            AgentOf(folder, agents[0]),
            decisions[..cut],
            decisions[cut..],
            corrections.ToLookup(static c => c.DecisionId, StringComparer.Ordinal),
            outcomes.ToLookup(static o => o.DecisionId, StringComparer.Ordinal));
    }

    private static AgentDefinition AgentOf(string folder, string id)
    {
        var (definition, catalogue) = (Path.Combine(folder, "agent.json"), Path.Combine(folder, "catalogue.json"));
        if (File.Exists(definition)) return Invocation.Take(AgentFile.Read(File.ReadAllText(definition), id)).Agent;
        var agent = File.Exists(catalogue) ? Invocation.Take(AgentFile.Read(File.ReadAllText(catalogue), id)).Agent : new AgentDefinition { Id = id };
        // A bare log says nothing about what may change without a person; without an open envelope every correction would wait for one.
        return agent with { Id = id, Envelope = new ChangeEnvelope { IsOpen = true } };
    }

    private static string Need(string folder, string file)
    {
        var path = Path.Combine(folder, file);
        return File.Exists(path) ? path : throw new Failure(ExitCode.BadInput, $"there is no {path}", "the demo reads decisions.jsonl, outcomes.jsonl and corrections.jsonl (docs/guide/log-files.md)");
    }
}
