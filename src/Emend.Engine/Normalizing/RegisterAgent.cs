using Emend.Engine.Access;
using Emend.Engine.Storage;

namespace Emend.Engine.Normalizing;

/// <summary>There is an agent of that id already.</summary>
internal sealed record AgentExists(string Id) : Refusal("agent.exists", $"agent '{Id}' is registered already; change it instead, or choose another id");

/// <summary>There is no agent of that id.</summary>
internal sealed record AgentIsUnknown(string Id, string Hint = "") : Refusal("agent.unknown", $"agent '{Id}' is not registered; {Hint}register it, or import without strict to register it with an open schema");

/// <summary>Somebody changed the agent meanwhile.</summary>
internal sealed record AgentHasChanged(string Id) : Refusal("agent.changed", $"agent '{Id}' was changed since you read it; read it again and make your change on what it is now");

/// <summary>Registers an agent.</summary>
internal sealed record RegisterAgent(AgentDefinition Agent, Actor By)
{
    /// <summary>Registers with an open schema whatever agent a log names: the actor of such registrations.</summary>
    public static Actor OpenRegistration { get; } = Actor.Policy("open-registration");

    internal static Answer<AgentDefinition> Decide(AgentDefinition? now, RegisterAgent ask)
    {
        if (ask.By.Lacks(Permission.TaxonomyEdit) is { } no) return no;
        // A closed envelope is what everybody starts with; opening it is a matter of policy.
        if (ask.Agent.Envelope.IsOpen && ask.By.Lacks(Permission.GatePolicyEdit) is { } noPolicy) return noPolicy;
        if (now is not null) return new AgentExists(ask.Agent.Id);
        return ask.Agent with { Schema = ask.Agent.Schema with { Version = 1 } };
    }
}

/// <summary>Changes the definition of an agent. A schema change that old decisions would not survive is refused.</summary>
internal sealed record ChangeAgent(AgentDefinition Agent, Actor By)
{
    /// <summary>The version the change was made from; another one by now refuses. Null: whatever is there.</summary>
    public long? IfVersion { get; init; }

    internal static Answer<AgentDefinition> Decide(AgentDefinition? now, ChangeAgent ask)
    {
        if (now is null) return new AgentIsUnknown(ask.Agent.Id);
        if (Lacks(now, ask) is { } no) return no;
        return SchemaEvolution.Next(now.Schema, ask.Agent.Schema) switch
        {
            Answer<ContextSchema>.Granted(var schema) => ask.Agent with { Schema = schema },
            Answer<ContextSchema>.Refused(var why) => why,
            _ => throw new System.Diagnostics.UnreachableException(),
        };
    }

    // What people may do (catalogue, reasons, schema) and how strictly it is watched (risk, envelope, guardrails) are in different hands.
    private static Refusal? Lacks(AgentDefinition now, ChangeAgent ask)
    {
        var sameTaxonomy = ask.Agent with { Risk = now.Risk, ActionRisk = now.ActionRisk, Envelope = now.Envelope, Guardrails = now.Guardrails };
        var samePolicy = now with { Risk = ask.Agent.Risk, ActionRisk = ask.Agent.ActionRisk, Envelope = ask.Agent.Envelope, Guardrails = ask.Agent.Guardrails };
        if (AgentJson.Write(sameTaxonomy) != AgentJson.Write(now) && ask.By.Lacks(Permission.TaxonomyEdit) is { } noTaxonomy) return noTaxonomy;
        return AgentJson.Write(samePolicy) != AgentJson.Write(now) ? ask.By.Lacks(Permission.GatePolicyEdit) : null;
    }
}

/// <summary>Registers and changes agents.</summary>
internal sealed class AgentHandler(IWorkspaceStore store, Agents agents)
{
    /// <summary>Registers.</summary>
    public Task<Answer<AgentDefinition>> HandleAsync(RegisterAgent ask, CancellationToken cancel) =>
        CommitAsync(ask.Agent.Id, ask.By, AgentProjection.Registered, null, now => RegisterAgent.Decide(now, ask), cancel);

    /// <summary>Changes. Changing to what it is already is granted and journals nothing.</summary>
    public Task<Answer<AgentDefinition>> HandleAsync(ChangeAgent ask, CancellationToken cancel) =>
        CommitAsync(ask.Agent.Id, ask.By, AgentProjection.Changed, ask.IfVersion, now => ChangeAgent.Decide(now, ask), cancel);

    private async Task<Answer<AgentDefinition>> CommitAsync(string id, Actor by, string type, long? ifVersion, Func<AgentDefinition?, Answer<AgentDefinition>> decide, CancellationToken cancel)
    {
        using var activity = NormalizingTelemetry.Source.StartActivity(type);
        while (true)
        {
            var (now, seen) = store.Read(connection => agents.Find(connection, id));
            var answer = ifVersion is { } version && now is not null && version != seen ? new AgentHasChanged(id) : decide(now);
            if (answer is not Answer<AgentDefinition>.Granted(var next))
            {
                NormalizingTelemetry.Defined(type, ((Answer<AgentDefinition>.Refused)answer).Why);
                return answer;
            }
            if (now is not null && AgentJson.Write(now) == AgentJson.Write(next)) return answer;
            var sealedDraft = store.Seal(new() { Type = type, Actor = by, Records = [AgentProjection.Record(next)] });
            var committed = await store.WriteAsync(
                work =>
                {
                    if (agents.Find(work, id).Version != seen) return false;
                    work.Append(sealedDraft);
                    return true;
                },
                cancel).ConfigureAwait(false);
            // Somebody changed it since we read it: decide again on what it is now.
            if (!committed) continue;
            NormalizingTelemetry.Defined(type, null);
            return answer;
        }
    }
}
