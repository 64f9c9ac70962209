using System.Reflection;
using System.Text.Json;
using Emend.Logic;
using Emend.Logic.Evaluation;
using Microsoft.Extensions.AI;

namespace Emend.Client.AI;

/// <summary>
/// A function that asks Emend each time before it runs. The call that runs is the one Emend decided on: the edit is made here, where the
/// function is invoked, because pipelines above may bind a call to the model's original arguments again after somebody edited it.
/// </summary>
/// <remarks>The action's label is the function's name, its arguments are the call's. When Emend cannot decide, the call runs as the model made it, or the configured safe action does.</remarks>
public sealed class GovernedFunction : AIFunction
{
    private readonly AIFunction _inner;
    private readonly EmendClient _emend;
    private readonly ToolGovernance _how;
    private readonly Func<string, AIFunction?> _others;

    /// <summary>Wraps a function.</summary>
    /// <param name="inner">The function.</param>
    /// <param name="emend">Who decides.</param>
    /// <param name="how">How; null: the defaults.</param>
    /// <param name="others">Finds another function by name, for rules that override a call with another tool. Null, or none found: such a call goes to a person.</param>
    public GovernedFunction(AIFunction inner, EmendClient emend, ToolGovernance? how = null, Func<string, AIFunction?>? others = null)
    {
        ArgumentNullException.ThrowIfNull(inner);
        ArgumentNullException.ThrowIfNull(emend);
        (_inner, _emend, _how, _others) = (inner, emend, how ?? new(), others ?? (static _ => null));
    }

    /// <inheritdoc/>
    public override string Name => _inner.Name;

    /// <inheritdoc/>
    public override string Description => _inner.Description;

    /// <inheritdoc/>
    public override JsonElement JsonSchema => _inner.JsonSchema;

    /// <inheritdoc/>
    public override JsonElement? ReturnJsonSchema => _inner.ReturnJsonSchema;

    /// <inheritdoc/>
    public override JsonSerializerOptions JsonSerializerOptions => _inner.JsonSerializerOptions;

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, object?> AdditionalProperties => _inner.AdditionalProperties;

    /// <summary>None: who calls the method itself would go around Emend.</summary>
    public override MethodInfo? UnderlyingMethod => null;

    /// <inheritdoc/>
    /// <remarks>What the wrapped function is marked with (that it needs approval, for one) stays visible.</remarks>
    public override object? GetService(Type serviceType, object? serviceKey = null) => base.GetService(serviceType, serviceKey) ?? _inner.GetService(serviceType, serviceKey);

    /// <inheritdoc/>
    protected override async ValueTask<object?> InvokeCoreAsync(AIFunctionArguments arguments, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        var proposed = new AgentAction(Name, ToolArguments.Read(arguments, JsonSerializerOptions));
        var result = _emend.Decide(new Proposal(_how.Context?.Invoke(arguments) ?? Context.Empty, proposed)
        {
            Subject = _how.Subject?.Invoke(arguments),
            CorrelationId = _how.CorrelationId?.Invoke(arguments),
        });
        var decision = new ToolDecision(Name, proposed, result);
        _how.Decided?.Invoke(decision);
        switch (result)
        {
            case { Disposition: Disposition.Keep, Action: not null }:
                return await _inner.InvokeAsync(arguments, cancellationToken).ConfigureAwait(false);
            case { Action: { } action } when action.Label == Name:
                return await _inner.InvokeAsync(ToolArguments.Write(arguments, proposed.Args, action.Args), cancellationToken).ConfigureAwait(false);
            case { Action: { } action } when _others(action.Label) is { } other:
                return await other.InvokeAsync(ToolArguments.Write(arguments, ActionArgs.None, action.Args), cancellationToken).ConfigureAwait(false);
            case { Disposition: Disposition.Block }:
                return _how.Blocked is { } blocked ? blocked(decision) : $"The call was blocked by {Why(result)} and did nothing. Do not try it again; continue without it.";
            default:
                return _how.Escalate is { } ask
                    ? await ask(decision, cancellationToken).ConfigureAwait(false)
                    : $"The call was not made: {Why(result)} asks for a person to decide (reference {decision.DecisionId}). Continue without its result.";
        }
    }

    private static string Why(in DecisionResult result) => result.Rule is { } rule ? $"rule '{rule}'" : "policy";
}
