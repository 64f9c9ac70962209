namespace Emend.Contracts.Capturing;

/// <summary>What became of one signal.</summary>
/// <param name="Status"><c>accepted</c>, <c>parked</c> (accepted, waits for its decision), <c>duplicate</c> (was there already), <c>conflict</c>, <c>refused</c> or <c>bad</c>.</param>
public sealed record SignalResult(string Status)
{
    /// <summary>Id of the signal: the decision's, or the one a correction was given.</summary>
    public string? Id { get; init; }
    /// <summary>Journal entry that holds it; of a duplicate or conflict the first one with its key.</summary>
    public long? Entry { get; init; }
    /// <summary>Its position in that entry.</summary>
    public int? Position { get; init; }
    /// <summary>Why it was not taken.</summary>
    public Problem? Problem { get; init; }
}

/// <summary>What became of a batch, item by item in its order.</summary>
/// <param name="Items">One result for each item.</param>
/// <param name="Accepted">New signals, parked ones included.</param>
/// <param name="Duplicates">Signals that were there already.</param>
/// <param name="Failed">Signals that were not taken: conflicts, refused and bad ones.</param>
public sealed record BatchResult(IReadOnlyList<SignalResult> Items, int Accepted, int Duplicates, int Failed);

/// <summary>What became of a stream of lines.</summary>
/// <param name="Accepted">New signals, parked ones included.</param>
/// <param name="Parked">Of these, those that wait for their decision.</param>
/// <param name="Duplicates">Signals that were there already.</param>
/// <param name="Conflicts">Signals whose key was used for something else.</param>
/// <param name="Refused">Signals that a rule does not allow.</param>
/// <param name="BadLines">Lines that are no signal.</param>
/// <param name="Problems">The first problems, each with its line.</param>
public sealed record StreamResult(long Accepted, long Parked, long Duplicates, long Conflicts, long Refused, long BadLines, IReadOnlyList<LineResult> Problems);

/// <summary>A line that was not taken.</summary>
/// <param name="Line">Number of the line, from 1.</param>
/// <param name="Problem">Why.</param>
public sealed record LineResult(long Line, Problem Problem);
