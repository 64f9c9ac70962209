namespace Emend.Contracts;

/// <summary>A page of a list, newest first where time orders it.</summary>
/// <typeparam name="T">What is listed.</typeparam>
/// <param name="Items">The items.</param>
/// <param name="Total">How many there are; counting stops at 10,000.</param>
/// <param name="TotalIsLowerBound">Whether there are at least so many.</param>
public sealed record Page<T>(IReadOnlyList<T> Items, long Total, bool TotalIsLowerBound)
{
    /// <summary>Send it back as <c>cursor</c> for the next page; absent on the last.</summary>
    public string? Next { get; init; }
}

/// <summary>Why something is asked for; stays in the journal.</summary>
/// <param name="Why">The reason.</param>
public sealed record Reason(string Why);
