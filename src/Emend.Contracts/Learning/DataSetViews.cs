namespace Emend.Contracts.Learning;

/// <summary>Asks to fix what was ruled of an agent so far.</summary>
/// <param name="Agent">The agent.</param>
public sealed record DataSetBody(string Agent)
{
    /// <summary>Only of decisions that this condition holds of.</summary>
    public string? Where { get; init; }
}

/// <summary>The exact rulings something is trained from.</summary>
/// <param name="Digest">Its name: SHA-256 over its rows, sorted.</param>
/// <param name="Agent">The agent.</param>
/// <param name="Rows">How many rulings.</param>
/// <param name="FixedAt">When.</param>
/// <param name="Author">Who fixed it.</param>
/// <param name="Bundles">Bundles that were built from exactly it.</param>
public sealed record DataSetView(string Digest, string Agent, long Rows, string FixedAt, string Author, IReadOnlyList<string> Bundles)
{
    /// <summary>The condition it was narrowed by.</summary>
    public string? Where { get; init; }
    /// <summary>Judged decisions that are not in it, by reason; only in the answer to fixing it.</summary>
    public IReadOnlyDictionary<string, long>? LeftOut { get; init; }
}

/// <summary>A trained corrector.</summary>
/// <param name="Digest">SHA-256 of its canonical bytes.</param>
/// <param name="Agent">The agent.</param>
/// <param name="Bytes">Size of its canonical form.</param>
/// <param name="Versions">The bundles that hold it, oldest first.</param>
public sealed record ModelView(string Digest, string Agent, long Bytes, IReadOnlyList<ModelVersionView> Versions)
{
    /// <summary>Digest of the data set it was trained from; absent where that was not kept.</summary>
    public string? DataSet { get; init; }
}

/// <summary>A bundle that holds a model.</summary>
/// <param name="Bundle">Its digest.</param>
/// <param name="State">Where it stands.</param>
/// <param name="BuiltAt">When it was built.</param>
public sealed record ModelVersionView(string Bundle, string State, string BuiltAt)
{
    /// <summary>Digest of the data set it was built from.</summary>
    public string? DataSet { get; init; }
}
