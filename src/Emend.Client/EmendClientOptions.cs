using Emend.Logic;

namespace Emend.Client;

/// <summary>How a client reaches its server, what it trusts, and where it keeps what must survive a restart.</summary>
public sealed class EmendClientOptions
{
    /// <summary>The agent that decides in this process, as it is registered with the server. Required.</summary>
    public string Agent { get; set; } = "";

    /// <summary>Where the server is, e.g. <c>http://127.0.0.1:5080</c>; null: no server, decisions come from the last good bundle and everything else waits on disk.</summary>
    public Uri? Server { get; set; }

    /// <summary>API key, <c>emk_…</c>; sent as a bearer token. Null for a server that asks for none.</summary>
    public string? ApiKey { get; set; }

    /// <summary>
    /// Public keys that may sign what this agent is served (the server's <c>release.vkey</c>, one line each). Two during a rotation.
    /// Empty: nothing from the server is ever used.
    /// </summary>
    public IList<string> ReleaseKeys { get; } = [];

    /// <summary>Public keys that approvals are proven against (the server's <c>journal.vkey</c>). Empty: nothing from the server is ever used.</summary>
    public IList<string> JournalKeys { get; } = [];

    /// <summary>Folder of the last good bundle and of the spool; created with mode 0700. One process at a time. Required.</summary>
    public string StateFolder { get; set; } = "";

    /// <summary>What to do when Emend cannot decide (fault, too old a manifest). Null, the default: the agent's own proposal.</summary>
    public AgentAction? SafeAction { get; set; }

    /// <summary>
    /// Age of the newest manifest after which nothing learned acts any more. Null, the default: the last good bundle serves for as long
    /// as the server is away. A server signs afresh at least every hour, so use two hours or more.
    /// </summary>
    public TimeSpan? StopActingAfter { get; set; }

    /// <summary>Share of decisions that are recorded, 0 to 1; default 1. Corrected decisions are recorded whatever this says, and every record carries its probability.</summary>
    public double RecordedShare { get; set; } = 1;

    /// <summary>Unrecorded decisions remembered so that they can be recorded when somebody corrects them. Default 4,096.</summary>
    public int RememberedDecisions { get; set; } = 4_096;

    /// <summary>Decisions that wait in memory to be written to disk, at most. Default 8,192.</summary>
    public int QueuedDecisions { get; set; } = 8_192;

    /// <summary>Most the spool takes on disk, in bytes. Default 64 MiB, least 1 MiB.</summary>
    public long SpoolBytes { get; set; } = 64L << 20;

    /// <summary>Decisions, outcomes and confirmations are on the disk itself (fsync) after this at the latest; default 1 s. Corrections always before <see cref="EmendClient.CorrectAsync"/> returns.</summary>
    public TimeSpan FlushEvery { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Records sent in one request, at most. Default 256.</summary>
    public int BatchSize { get; set; } = 256;

    /// <summary>First pause after a failed attempt; doubles, with jitter, up to <see cref="LongestPause"/>. Default 0.2 s.</summary>
    public TimeSpan FirstPause { get; set; } = TimeSpan.FromMilliseconds(200);

    /// <summary>Longest pause between attempts. Default 30 s. A server that asks for a longer one (<c>Retry-After</c>) gets it, up to ten minutes.</summary>
    public TimeSpan LongestPause { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>A stream that says nothing for this long is given up and opened again; the server sends a sign of life every 15 s. Default 45 s.</summary>
    public TimeSpan SilenceLimit { get; set; } = TimeSpan.FromSeconds(45);

    /// <summary>Longest a request may take. Default 30 s.</summary>
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Everything that is wrong with these options; empty when nothing is.</summary>
    public IReadOnlyList<string> Problems()
    {
        var problems = new List<string>();
        if (string.IsNullOrWhiteSpace(Agent)) problems.Add("Agent: name the agent that decides in this process");
        if (string.IsNullOrWhiteSpace(StateFolder)) problems.Add("StateFolder: name a folder that survives a restart");
        if (Server is { } server && (!server.IsAbsoluteUri || server.Scheme is not ("http" or "https"))) problems.Add($"Server: {server} is not an http or https address");
        if (ApiKey is not null && Server is { IsAbsoluteUri: true, Scheme: "http", IsLoopback: false }) problems.Add($"Server: {Server} would send the API key in clear over the network; use https");
        Keys(nameof(ReleaseKeys), ReleaseKeys);
        Keys(nameof(JournalKeys), JournalKeys);
        if (RecordedShare is not (>= 0 and <= 1)) problems.Add("RecordedShare: a share from 0 to 1");
        if (SpoolBytes < 1L << 20) problems.Add("SpoolBytes: at least 1 MiB");
        if (RememberedDecisions < 0 || QueuedDecisions < 1 || BatchSize is < 1 or > 1_000) problems.Add("RememberedDecisions at least 0, QueuedDecisions at least 1, BatchSize 1 to 1,000");
        if (StopActingAfter is { } age && age <= TimeSpan.Zero) problems.Add("StopActingAfter: more than nothing, or null");
        if (FirstPause <= TimeSpan.Zero || LongestPause < FirstPause || FlushEvery <= TimeSpan.Zero || SilenceLimit <= TimeSpan.Zero || RequestTimeout <= TimeSpan.Zero)
            problems.Add("FirstPause, LongestPause, FlushEvery, SilenceLimit, RequestTimeout: more than nothing, LongestPause not below FirstPause");
        return problems;

        void Keys(string name, IList<string> keys)
        {
            foreach (var key in keys)
                if (Serving.PublicKey.ProblemOf(key) is { } problem) problems.Add($"{name}: {problem}");
        }
    }
}
