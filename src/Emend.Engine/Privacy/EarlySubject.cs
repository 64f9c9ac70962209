namespace Emend.Engine.Privacy;

/// <summary>
/// Whom a text is about that was said of a decision nobody has sent yet: not known. Until then, and for good, such a text has a key of
/// its own, named by the decision; <see cref="EraseSubject"/> destroys it with the key of whoever the decision turns out to be about.
/// </summary>
internal static class EarlySubject
{
    // No log and no request can hold it: control characters are refused in subjects.
    private const string Prefix = "\u0001decision:";

    /// <summary>The subject that stands in for a decision's.</summary>
    public static string Of(string decisionId) => Prefix + decisionId;

    /// <summary>The decision it stands in for; null for a real subject.</summary>
    public static string? DecisionOf(string? subject) => subject?.StartsWith(Prefix, StringComparison.Ordinal) is true ? subject[Prefix.Length..] : null;
}
