namespace Emend.Cli;

/// <summary>What `emend` exits with; documented in docs/guide/cli.md.</summary>
internal enum ExitCode
{
    /// <summary>Done.</summary>
    Done = 0,
    /// <summary>A fault: something broke that should not break. The message says what; please report it.</summary>
    Fault = 1,
    /// <summary>The command line or the input is wrong. Nothing was changed.</summary>
    BadInput = 2,
    /// <summary>A rule said no (a gate blocks, a second person is needed, a release soaks). Nothing was changed.</summary>
    Refused = 3,
    /// <summary>There is no such decision, correction, bundle, rule or agent.</summary>
    NotFound = 4,
    /// <summary>The journal or a receipt does not verify.</summary>
    DoesNotVerify = 5,
    /// <summary>Done, but some lines or items were skipped; each was reported and counted.</summary>
    DoneWithSkips = 6,
    /// <summary>Another process writes to this data directory, or the disk is full. Try again.</summary>
    Unavailable = 7,
    /// <summary>Cancelled from the keyboard. What was acknowledged before is kept.</summary>
    Cancelled = 130,
}
