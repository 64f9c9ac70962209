using System.Collections.Immutable;
using Emend.Engine.Journal;
using Emend.Engine.Learning.Guidance;
using Emend.Logic;
using Emend.Logic.Guardrails;

namespace Emend.Engine.Normalizing;

/// <summary>How much harm a wrong action does.</summary>
internal enum RiskClass : byte
{
    /// <summary>Easily undone.</summary>
    Low,
    /// <summary>Costly to undo.</summary>
    Medium,
    /// <summary>Irreversible or serious: two people approve.</summary>
    High,
}

/// <summary>A registered decision maker.</summary>
internal sealed record AgentDefinition
{
    /// <summary>Id, as decisions name it.</summary>
    public required string Id { get; init; }
    /// <summary>What it works on, for people.</summary>
    public string Domain { get; init; } = "";
    /// <summary>Kinds of task it does; empty: any.</summary>
    public ImmutableArray<string> TaskTypes { get; init; } = [];
    /// <summary>Labels it may do; empty: not declared, any label is accepted.</summary>
    public ImmutableArray<string> Actions { get; init; } = [];
    /// <summary>Reason codes of corrections; empty: any.</summary>
    public ImmutableArray<string> Reasons { get; init; } = [];
    /// <summary>Context schema, current version.</summary>
    public ContextSchema Schema { get; init; } = ContextSchema.Open;
    /// <summary>Risk class of the agent's actions unless <see cref="ActionRisk"/> says otherwise. Default low.</summary>
    public RiskClass Risk { get; init; }
    /// <summary>Risk class of single actions.</summary>
    public ImmutableSortedDictionary<string, RiskClass> ActionRisk { get; init; } = ImmutableSortedDictionary<string, RiskClass>.Empty;
    /// <summary>What may happen without a person.</summary>
    public ChangeEnvelope Envelope { get; init; } = new();
    /// <summary>How many of its decisions people look at, whatever they were.</summary>
    public AuditPolicy Audit { get; init; } = AuditPolicy.None;
    /// <summary>What it has of guidance.</summary>
    public GuidancePolicy Guidance { get; init; } = GuidancePolicy.None;
    /// <summary>Invariants.</summary>
    public ImmutableArray<Guardrail> Guardrails { get; init; } = [];

    /// <summary>Risk class of an action.</summary>
    public RiskClass RiskOf(string action) => ActionRisk.GetValueOrDefault(action, Risk);

    /// <summary>
    /// The clause of the change envelope that a correction falls outside of; null when it is inside. Names labels and limits, never people or texts.
    /// </summary>
    /// <param name="taskType">Task type of the decision.</param>
    /// <param name="action">The right action; null when only the proposed one is known to be wrong: then that is what would be taken away.</param>
    /// <param name="proposed">The proposed action.</param>
    public string? OutsideEnvelope(string? taskType, string? action, string proposed)
    {
        if (!Envelope.IsOpen) return "the agent's change envelope is closed";
        if (!Envelope.TaskTypes.IsEmpty && (taskType is null || !Envelope.TaskTypes.Contains(taskType, StringComparer.Ordinal)))
            return $"task type {(taskType is null ? "(none)" : $"'{taskType}'")} is outside the envelope";
        if (action is not null)
        {
            if (!Knows(action)) return $"action '{action}' is not in the agent's catalogue";
            if (!Envelope.Actions.IsEmpty && !Envelope.Actions.Contains(action, StringComparer.Ordinal)) return $"action '{action}' is outside the envelope";
        }
        var label = action ?? proposed;
        return RiskOf(label) is var risk && risk > Envelope.MaxRisk ? $"action '{label}' has risk {Name(risk)}, the envelope allows {Name(Envelope.MaxRisk)}" : null;
    }

    /// <summary>A risk class in a sentence.</summary>
    public static string Name(RiskClass risk) => risk switch
    {
        RiskClass.Low => "low",
        RiskClass.Medium => "medium",
        _ => "high",
    };

    /// <summary>Whether a label is in the catalogue; always true while the agent declares none.</summary>
    public bool Knows(string action) => Actions.IsEmpty || Actions.Contains(action, StringComparer.Ordinal);
}

/// <summary>One declared feature.</summary>
/// <param name="Name">Name.</param>
/// <param name="Kind">Type.</param>
/// <param name="Class">Class of its data; unknown features are personal.</param>
/// <param name="Required">Whether every decision has it.</param>
internal sealed record FeatureDefinition(string Name, FeatureKind Kind, FieldClass Class = FieldClass.Personal, bool Required = false);

/// <summary>The declared features of an agent, versioned.</summary>
/// <param name="Version">1 or more, grows by one with each change.</param>
/// <param name="Features">Sorted by name.</param>
/// <param name="IsOpen">Whether features that are not declared are accepted (typed by their first value, class personal).</param>
internal sealed record ContextSchema(int Version, ImmutableArray<FeatureDefinition> Features, bool IsOpen)
{
    /// <summary>The declared feature of that name; null when there is none.</summary>
    public FeatureDefinition? Find(string name)
    {
        var (low, high) = (0, Features.Length - 1);
        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            var order = string.CompareOrdinal(Features[middle].Name, name);
            if (order == 0) return Features[middle];
            if (order < 0) low = middle + 1;
            else high = middle - 1;
        }
        return null;
    }

    /// <summary>Nothing declared, everything accepted.</summary>
    public static ContextSchema Open { get; } = new(1, [], IsOpen: true);
}

/// <summary>
/// How many decisions are drawn at random for a person to look at. Only what was drawn says how often the agent is right, and only that licenses a corrector:
/// corrections that people volunteer are no sample.
/// </summary>
internal sealed record AuditPolicy
{
    /// <summary>Nothing is drawn.</summary>
    public static AuditPolicy None { get; } = new();

    /// <summary>Share of all decisions that are drawn, 0 to 1. Default 0: nobody is given work that nobody asked for.</summary>
    public double Share { get; init; }
    /// <summary>Drawn decisions that may wait at a time; while so many do, none is drawn. Default 200.</summary>
    public int MaxOpen { get; init; } = 200;
    /// <summary>Whether a new generalised rule waits for its activation audit (gate G7). Default false: it warns, and the rule acts on small shares first.</summary>
    public bool RequiresActivation { get; init; }
}

/// <summary>What may happen without a person. Everything outside waits for review.</summary>
internal sealed record ChangeEnvelope
{
    /// <summary>Whether anything may. Default false: everything is reviewed.</summary>
    public bool IsOpen { get; init; }
    /// <summary>Task types it covers; empty: all.</summary>
    public ImmutableArray<string> TaskTypes { get; init; } = [];
    /// <summary>Actions a correction may lead to; empty: all in the catalogue.</summary>
    public ImmutableArray<string> Actions { get; init; } = [];
    /// <summary>Highest risk class of an action it covers. Default low.</summary>
    public RiskClass MaxRisk { get; init; }
    /// <summary>Decisions per day an automatic change may touch. Default 100.</summary>
    public int MaxDecisionsPerDay { get; init; } = 100;
    /// <summary>Distinct people behind a generalised automatic change. Default 2.</summary>
    public int MinSubmitters { get; init; } = 2;
}
