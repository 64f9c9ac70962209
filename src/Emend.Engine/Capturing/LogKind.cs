namespace Emend.Engine.Capturing;

/// <summary>Which log.</summary>
internal enum LogKind : byte
{
    /// <summary>Decisions.</summary>
    Decisions,
    /// <summary>Corrections.</summary>
    Corrections,
    /// <summary>Outcomes.</summary>
    Outcomes,
}

/// <summary>Names of logs.</summary>
internal static class LogKinds
{
    /// <summary>As the command line writes it.</summary>
    public static string Name(this LogKind kind) => kind switch
    {
        LogKind.Decisions => "decisions",
        LogKind.Corrections => "corrections",
        _ => "outcomes",
    };
}
