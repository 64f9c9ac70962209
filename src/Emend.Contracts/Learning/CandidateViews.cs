namespace Emend.Contracts.Learning;

/// <summary>Asks to build a candidate from everything that was accepted so far.</summary>
/// <param name="Agent">The agent.</param>
public sealed record BuildBody(string Agent)
{
    /// <summary>From corrections alone, without a look at where the agent was right: shows what the gates are for.</summary>
    public bool Rash { get; init; }
}

/// <summary>A version of an agent's logic in the registry.</summary>
/// <param name="Digest">Its name: SHA-256 of its canonical bytes.</param>
/// <param name="Agent">The agent.</param>
/// <param name="State"><c>built</c>, <c>evaluated</c>, <c>approved</c>, <c>rejected</c>, <c>releasing</c>, <c>released</c>, <c>rolled-back</c> or <c>retired</c>.</param>
/// <param name="Author">Who asked for it.</param>
/// <param name="DataSet">Digest of the exact records it was built from.</param>
/// <param name="Records">How many they are.</param>
/// <param name="BuiltAt">When.</param>
/// <param name="ApprovalsNeeded">How many people have to approve.</param>
/// <param name="Approvals">Who did.</param>
public sealed record CandidateView(
    string Digest, string Agent, string State, string Author, string DataSet, int Records, string BuiltAt, int ApprovalsNeeded, IReadOnlyList<ApprovalView> Approvals)
{
    /// <summary>Digest of the bundle it follows.</summary>
    public string? Parent { get; init; }
    /// <summary>The evaluation that counts; absent when there was none.</summary>
    public EvaluationView? Evaluation { get; init; }
    /// <summary>What training the corrector came to, in a sentence or two: its certificate, or how many reviews are missing. Only in the answer to building.</summary>
    public string? Corrector { get; init; }
}

/// <summary>The evaluation that counts.</summary>
/// <param name="Report">Digest of the report; send it with an approval.</param>
/// <param name="Result"><c>passed</c>, <c>needs-evidence</c> or <c>blocked</c>.</param>
/// <param name="Risk">Risk class of the change.</param>
/// <param name="By">Who ran it.</param>
/// <param name="At">When.</param>
public sealed record EvaluationView(string Report, string Result, string Risk, string By, string At)
{
    /// <summary>Digest of the bundle it was compared with; absent: the agent alone.</summary>
    public string? Incumbent { get; init; }
}

/// <summary>One person's approval.</summary>
/// <param name="By">Who.</param>
/// <param name="At">When.</param>
/// <param name="Report">Digest of the report it was given on.</param>
public sealed record ApprovalView(string By, string At, string Report);

/// <summary>Asks to put a candidate through the gates.</summary>
public sealed record EvaluateBody
{
    /// <summary><c>improve</c> or <c>maintain</c> (must do no worse). Default improve.</summary>
    public string? Purpose { get; init; }
}

/// <summary>Approves a candidate on the report the approver saw.</summary>
/// <param name="Why">The reason.</param>
/// <param name="Report">Digest of that report.</param>
public sealed record ApproveBody(string Why, string Report)
{
    /// <summary>Takes on gates that lack evidence; possible for changes of low risk.</summary>
    public bool AcceptUnproven { get; init; }
}
