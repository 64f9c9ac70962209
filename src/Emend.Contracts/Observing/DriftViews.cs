namespace Emend.Contracts.Observing;

/// <summary>Drift of all agents.</summary>
/// <param name="Agents">One entry for each agent.</param>
public sealed record DriftListView(IReadOnlyList<DriftView> Agents);

/// <summary>Whether an agent, its logic and its inputs are what they were.</summary>
/// <param name="Agent">The agent.</param>
/// <param name="Streams">Its proposals, in all and by slice; then what its logic changed.</param>
/// <param name="Inputs">Features that shifted or might have, the clearest first.</param>
public sealed record DriftView(string Agent, IReadOnlyList<DriftStreamView> Streams, IReadOnlyList<InputShiftView> Inputs);

/// <summary>One stream of decisions whose right action was revealed.</summary>
/// <param name="Kind"><c>agent</c>, <c>action</c>, <c>task</c>, <c>rule</c> or <c>corrector</c>.</param>
/// <param name="Judged">Decisions judged.</param>
/// <param name="Wrong">Of those, wrong ones.</param>
/// <param name="Evidence">Evidence that errors are more frequent than tolerated.</param>
/// <param name="AlarmLine">Evidence at which an alarm is raised.</param>
/// <param name="State"><c>unknown</c> (too few to say), <c>steady</c>, <c>warning</c> or <c>alarm</c>.</param>
/// <param name="Changes">Changes of the rate in either direction.</param>
public sealed record DriftStreamView(string Kind, long Judged, long Wrong, double Evidence, double AlarmLine, string State, int Changes)
{
    /// <summary>The action, task type or rule; absent for the agent and the corrector.</summary>
    public string? Name { get; init; }
    /// <summary>Tolerated rate of errors; absent while there are too few cases to say.</summary>
    public double? Tolerated { get; init; }
}

/// <summary>How one feature of the inputs shifted.</summary>
/// <param name="Feature">Name of the feature.</param>
/// <param name="Test"><c>psi</c>, <c>ks</c> or <c>new-values</c>.</param>
/// <param name="Value">The statistic.</param>
/// <param name="Limit">Where it is called a shift.</param>
/// <param name="Shifted">Whether it is above.</param>
public sealed record InputShiftView(string Feature, string Test, double Value, double Limit, bool Shifted);
