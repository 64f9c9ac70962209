namespace Emend.Contracts;

/// <summary>What went wrong, as RFC 9457 (application/problem+json).</summary>
/// <param name="Type">Stable reference of the kind of problem, resolved against the server; a page there explains it.</param>
/// <param name="Title">The kind in a few words.</param>
/// <param name="Status">HTTP status.</param>
/// <param name="Detail">What is wrong here, and how to fix it.</param>
/// <param name="Code">Stable code, the last segment of <paramref name="Type"/>.</param>
public sealed record Problem(string Type, string Title, int Status, string Detail, string Code)
{
    /// <summary>Id of the request's trace, to find it in the server's logs.</summary>
    public string? TraceId { get; init; }

    /// <summary>Everything that is wrong with a body, each with its place.</summary>
    public IReadOnlyList<Flaw>? Errors { get; init; }
}

/// <summary>One thing wrong with a body.</summary>
/// <param name="Path">Member it is about, e.g. <c>proposed.action</c>; empty for the whole.</param>
/// <param name="Code">Stable code, e.g. <c>wrong-type</c>.</param>
/// <param name="Reason">What is wrong.</param>
/// <param name="Fix">What to do about it.</param>
public sealed record Flaw(string Path, string Code, string Reason, string Fix);
