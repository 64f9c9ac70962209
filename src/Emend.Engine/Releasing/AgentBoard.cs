using System.Collections.Immutable;

namespace Emend.Engine.Releasing;

/// <summary>The journey of one bundle to everybody, or back.</summary>
internal sealed record Release
{
    public required string Id { get; init; }
    /// <summary>Digest of the bundle being released.</summary>
    public required string Candidate { get; init; }
    /// <summary>Digest of what it would replace; null: the agent alone.</summary>
    public string? Replaces { get; init; }
    /// <summary>What units are hashed with: its own, so that nobody is always first.</summary>
    public required string Salt { get; init; }
    public required ReleasePolicy Policy { get; init; }
    public TrafficShare Share { get; init; }
    public bool IsPaused { get; init; }
    /// <summary>Who started it.</summary>
    public required string By { get; init; }
    public long StartedAt { get; init; }
    /// <summary>When it came to the present share.</summary>
    public long StepStartedAt { get; init; }
    /// <summary>Code of why it was held when it was last looked at by itself; null: it was not, at this step.</summary>
    public string? HeldFor { get; init; }
    /// <summary>A policy started it, inside the agent's change envelope: it gives way to a release that a person starts.</summary>
    public bool IsAutomatic => Actor.IsNameOfPolicy(By);
}

/// <summary>What one agent is served: the pointer that blue-green switching moves.</summary>
internal sealed record AgentBoard
{
    public required string Agent { get; init; }
    /// <summary>Grows by one with every fact about this agent's candidates and releases; what a change is compared and set against.</summary>
    public long Version { get; init; }
    /// <summary>Digest of the bundle served to everybody (to those outside the canary while a release runs); null: the agent alone.</summary>
    public string? Served { get; init; }
    /// <summary>What was served before, kept loaded: rolling back is one pointer.</summary>
    public string? Previous { get; init; }
    /// <summary>The release under way.</summary>
    public Release? Current { get; init; }
    /// <summary>Everything learned is off: the agent's own proposals stand.</summary>
    public bool IsKilled { get; init; }
    /// <summary>Nothing is released by itself since something was taken back: the same evidence would bring it again. A person lets it go on.</summary>
    public bool IsFastLaneHeld { get; init; }
    /// <summary>Share of units that nothing learned is served to, in basis points.</summary>
    public int HoldbackBp { get; init; }
    /// <summary>What does not act for the time being.</summary>
    public SuspendedLogic Suspended { get; init; } = SuspendedLogic.None;
    /// <summary>Grows with every change of what is served and never falls: a client refuses an older one.</summary>
    public long Counter { get; init; }

    /// <summary>The board after a fact. Pure; the read model is this function over the journal.</summary>
    public AgentBoard After(ReleaseFact fact)
    {
        var next = this with { Version = Version + 1 };
        return fact switch
        {
            // Who is held back is a person's choice: a release that a policy starts leaves it as it is.
            ReleaseStarted f => next with { Current = f.Release, IsFastLaneHeld = IsFastLaneHeld && f.Release.IsAutomatic, HoldbackBp = f.Release.IsAutomatic ? HoldbackBp : f.Release.Policy.HoldbackBp, Counter = Counter + 1 },
            ReleaseExtended f when Current is not null => next with { Current = Current with { Candidate = f.To }, Counter = Counter + 1 },
            ReleaseAdvanced { Completes: true } f => next with { Served = f.Candidate, Previous = Served, Current = null, Counter = Counter + 1 },
            ReleaseAdvanced f when Current is not null => next with { Current = Current with { Share = f.To, StepStartedAt = f.At, HeldFor = null }, Counter = Counter + 1 },
            ReleaseHeld f when Current is not null => next with { Current = Current with { HeldFor = f.Code } },
            ReleasePaused when Current is not null => next with { Current = Current with { IsPaused = true } },
            ReleaseResumed f when Current is { IsPaused: true } => next with { Current = Current with { IsPaused = false, StepStartedAt = f.At, HeldFor = null } },
            ReleaseResumed => next with { IsFastLaneHeld = false },
            // With a release under way only the canary is taken back; otherwise the pointer goes to what was served before.
            RolledBack when Current is not null => next with { Current = null, IsFastLaneHeld = true, Counter = Counter + 1 },
            RolledBack f => next with { Served = f.To, Previous = null, IsFastLaneHeld = true, Counter = Counter + 1 },
            LogicSuspended f => next with { Suspended = Suspended.With(f.Id), Counter = Counter + 1 },
            LogicRestored f => next with { Suspended = Suspended.Without(f.Id), Counter = Counter + 1 },
            KillSwitchTurned f => next with { IsKilled = f.IsOn, Counter = Counter + 1 },
            _ => next,
        };
    }
}

/// <summary>Rules, and the corrector, that do not act for the time being; sorted. Equal when they name the same.</summary>
/// <param name="Ids">Ids of rules, and <see cref="Emend.Logic.Suspension.Corrector"/>.</param>
internal sealed record SuspendedLogic(ImmutableArray<string> Ids)
{
    /// <summary>Everything acts.</summary>
    public static SuspendedLogic None { get; } = new(ImmutableArray<string>.Empty);

    public SuspendedLogic With(string id) => Ids.Contains(id, StringComparer.Ordinal) ? this : new([.. Ids.Append(id).Order(StringComparer.Ordinal)]);

    public SuspendedLogic Without(string id) => new([.. Ids.Where(one => !string.Equals(one, id, StringComparison.Ordinal))]);

    /// <inheritdoc/>
    public bool Equals(SuspendedLogic? other) => other is not null && Ids.AsSpan().SequenceEqual(other.Ids.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => string.Join('\n', Ids).GetHashCode(StringComparison.Ordinal);
}
