using Emend.Logic;
using Microsoft.Extensions.AI;

namespace Emend.Client.AI;

/// <summary>How tool calls are put to Emend, and what happens to those that may not run as they are.</summary>
public sealed class ToolGovernance
{
    /// <summary>What the agent knows when it makes this call; null, the default: nothing but the call itself. Keep it cheap: it runs before every call.</summary>
    public Func<AIFunctionArguments, Context>? Context { get; set; }

    /// <summary>Whom the call is about (customer, session); decides on which side of a release it falls. Null: nobody.</summary>
    public Func<AIFunctionArguments, string?>? Subject { get; set; }

    /// <summary>Trace or case the call belongs to. Null: none.</summary>
    public Func<AIFunctionArguments, string?>? CorrelationId { get; set; }

    /// <summary>Asks a person about a call that was escalated; what it gives goes to the model as the call's result. Null, the default: the model is told that a person was asked for and nothing was done.</summary>
    public Func<ToolDecision, CancellationToken, ValueTask<object?>>? Escalate { get; set; }

    /// <summary>What the model is told of a call that was blocked. Null, the default: that it was blocked, and by which rule.</summary>
    public Func<ToolDecision, object?>? Blocked { get; set; }

    /// <summary>Told of every decision before anything is done.</summary>
    public Action<ToolDecision>? Decided { get; set; }
}

/// <summary>A tool call and what Emend made of it.</summary>
/// <param name="Function">Name of the function the model called.</param>
/// <param name="Proposed">The call as the model made it.</param>
/// <param name="Result">What to do instead, and why.</param>
public sealed record ToolDecision(string Function, AgentAction Proposed, DecisionResult Result)
{
    /// <summary>Name of the decision, for corrections and outcomes.</summary>
    public string DecisionId => Result.Id.ToString();
}
