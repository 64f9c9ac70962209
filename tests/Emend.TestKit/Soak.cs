namespace Emend.TestKit;

/// <summary>Trials by the thousand: a bounded number in the suite, all of them with <c>EMEND_SOAK=1</c>.</summary>
public static class Soak
{
    /// <summary>Whether there is time.</summary>
    public static bool IsOn { get; } = Environment.GetEnvironmentVariable("EMEND_SOAK") == "1";

    /// <summary>How many trials to run.</summary>
    public static int Trials(int usual, int soak) => IsOn ? soak : usual;
}
