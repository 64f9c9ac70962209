using System.Globalization;
using Emend.Engine.Journal;
using Emend.Engine.Normalizing;
using Emend.Engine.Storage;
using Emend.Logic;

namespace Emend.Engine.Reviewing;

/// <summary>That a decision was drawn for a person to look at.</summary>
/// <param name="DecisionId">The decision.</param>
/// <param name="Propensity">Probability with which it was drawn, above 0 and at most 1.</param>
/// <param name="At">When it was decided, microseconds since 1970 UTC.</param>
/// <param name="Entry">Journal entry that says so.</param>
internal sealed record AuditFacts(string DecisionId, double Propensity, long At, long Entry);

/// <summary>
/// Draws decisions by a coin that knows nothing of them but their id: a keyed hash of it, read as a number from 0 to 1, lies below the share the agent's
/// definition asks for. Nobody without the workspace's key can tell beforehand which decisions people will look at, and the same key draws the same ones again.
/// </summary>
internal static class AuditDraw
{
    /// <summary>Type of the entries; a record's id is the decision's.</summary>
    public const string Type = "audit.drawn";

    /// <summary>Who draws.</summary>
    public static readonly Actor By = Actor.Policy("audit");

    private const string Scope = "audit";

    /// <summary>Whether the coin falls for a decision.</summary>
    /// <param name="store">Holds the key.</param>
    /// <param name="decision">Id of the decision.</param>
    /// <param name="propensity">Probability, 0 to 1.</param>
    public static bool Falls(IWorkspaceStore store, string decision, double propensity) =>
        propensity > 0 && ulong.Parse(store.Mark(Scope, decision), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture) / 18446744073709551616.0 < propensity;

    /// <summary>The record of a draw.</summary>
    public static JournalRecord Record(Decision decision, double propensity) => new RecordFields()
        .Text("agent", decision.Agent).Json("at", FieldText.Of(decision.OccurredAt), FieldClass.Internal).Json("propensity", CanonicalJson.Number(propensity), FieldClass.Internal)
        .Record(decision.Id);
}
