namespace Emend.Contracts.Privacy;

/// <summary>Erases a data subject for good. In the body and not in the address, so that the subject's name enters no log.</summary>
/// <param name="Subject">The subject as decisions name it.</param>
/// <param name="Why">The reason; does not name the subject.</param>
public sealed record ErasureBody(string Subject, string Why);

/// <summary>The order of an erasure.</summary>
/// <param name="Entry">Journal entry that orders it.</param>
public sealed record ErasureView(long Entry);
