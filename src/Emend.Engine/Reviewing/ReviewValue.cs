using System.Globalization;
using Emend.Engine.Normalizing;

namespace Emend.Engine.Reviewing;

/// <summary>What people ruled on decisions of one kind lately.</summary>
/// <param name="Ruled">Rulings on this proposal.</param>
/// <param name="Wrong">Of them, those that found it wrong.</param>
/// <param name="Alike">Rulings of the last days on the very kind of mistake that is claimed.</param>
internal readonly record struct RulingRecord(int Ruled, int Wrong, int Alike);

/// <summary>
/// What a look at a decision is worth: what a wrong answer costs, times how unsure it is, times how little is known of its kind:
/// impact * sqrt(p (1 - p) + eps) / sqrt(1 + alike), p the chance that the proposal is wrong by what people ruled of it before.
/// </summary>
/// <param name="Impact">1, 3 or 10 for low, medium and high risk of the action that was proposed or is asked for.</param>
/// <param name="Chance">Chance that the proposal is wrong: (wrong + 1) / (ruled + 2).</param>
/// <param name="Record">What people ruled.</param>
internal readonly record struct ReviewValue(double Impact, double Chance, RulingRecord Record)
{
    private const double LeastDoubt = 0.01;

    /// <summary>The value; larger is worth more. At most 5.1.</summary>
    public double Worth => Impact * Math.Sqrt(Chance * (1 - Chance) + LeastDoubt) / Math.Sqrt(1 + Record.Alike);

    /// <summary>The value of a look.</summary>
    public static ReviewValue Of(AgentDefinition agent, IEnumerable<string> labels, RulingRecord record) => new(
        labels.Select(agent.RiskOf).DefaultIfEmpty(agent.Risk).Max() switch { RiskClass.High => 10, RiskClass.Medium => 3, _ => 1 },
        (record.Wrong + 1.0) / (record.Ruled + 2), record);

    /// <summary>In a sentence, for who is to look.</summary>
    public string Says(string proposed) => string.Create(CultureInfo.InvariantCulture,
        $"worth {Worth:0.00}: a mistake weighs {Impact:0}, '{proposed}' was found wrong in {Record.Wrong} of {Record.Ruled} rulings, {Record.Alike} like it in 30 days");
}
