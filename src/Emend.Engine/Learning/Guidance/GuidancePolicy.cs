namespace Emend.Engine.Learning.Guidance;

/// <summary>What an agent's definition says of guidance. Written items need no leave; learned ones are for agents that read prompts.</summary>
internal sealed record GuidancePolicy
{
    /// <summary>Most learned items an agent may ask for.</summary>
    public const int Most = 10_000;

    /// <summary>Nothing is learned.</summary>
    public static GuidancePolicy None { get; } = new();

    /// <summary>Whether items are learned from reviewed cases. Default false: an agent that reads no prompt has no use for them.</summary>
    public bool Learns { get; init; }

    /// <summary>Most learned items. Default 500.</summary>
    public int MaxItems { get; init; } = 500;
}

/// <summary>What audited outcomes say of one item.</summary>
/// <param name="Help">Uses in which the agent did what the item says and was right.</param>
/// <param name="Harm">Uses in which it did so and was wrong.</param>
internal readonly record struct GuidanceUse(int Help, int Harm)
{
    /// <summary>Audited uses before an item is judged by them.</summary>
    public const int Enough = 10;

    /// <summary>Whether the item goes: it misled more often than it helped.</summary>
    public bool IsHarmful => Help + Harm >= Enough && Harm > Help;
}
