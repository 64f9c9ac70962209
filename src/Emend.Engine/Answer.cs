namespace Emend.Engine;

/// <summary>What a use case answers: granted with its result, or refused with a reason. Faults are exceptions, not answers.</summary>
public abstract record Answer<T>
{
    private Answer() { }

    /// <summary>It was done.</summary>
    public sealed record Granted(T Value) : Answer<T>;

    /// <summary>A rule said no; nothing changed.</summary>
    public sealed record Refused(Refusal Why) : Answer<T>;

    /// <summary>Grants.</summary>
    public static implicit operator Answer<T>(T value) => new Granted(value);

    /// <summary>Refuses.</summary>
    public static implicit operator Answer<T>(Refusal why) => new Refused(why);
}
