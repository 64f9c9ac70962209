using System.Collections.Immutable;
using Emend.Engine.Capturing.Logs;
using Emend.Engine.Normalizing;
using Emend.Engine.Storage;

namespace Emend.Engine.Capturing;

/// <summary>How a log is imported.</summary>
internal sealed record ImportOptions
{
    /// <summary>Whether the first problem stops the import. Default false: bad lines are skipped and counted. A strict import checks every line before it writes the first.</summary>
    public bool Strict { get; init; }

    /// <summary>Lines that share a journal entry. Default 256.</summary>
    public int BatchSize { get; init; } = 256;

    /// <summary>Batches prepared while others are written. Default 4.</summary>
    public int InFlight { get; init; } = 4;

    /// <summary>Problems the report lists at most; all are counted. Default 100.</summary>
    public int ListedProblems { get; init; } = 100;

    /// <summary>Longest line in bytes. Default 1 MiB.</summary>
    public int MaxLineBytes { get; init; } = 1 << 20;
}

/// <summary>What became of a log.</summary>
internal sealed record ImportReport
{
    /// <summary>New signals, parked ones included.</summary>
    public long Accepted { get; init; }
    /// <summary>Of these, those that wait for their decision.</summary>
    public long Parked { get; init; }
    /// <summary>Signals that were there already.</summary>
    public long Duplicates { get; init; }
    /// <summary>Signals whose key was used for something else.</summary>
    public long Conflicts { get; init; }
    /// <summary>Signals that the agent's definition does not allow.</summary>
    public long Refused { get; init; }
    /// <summary>Lines that are no signal.</summary>
    public long BadLines { get; init; }
    /// <summary>The first problems, one text each: file, line, reason, what to do.</summary>
    public ImmutableArray<string> Problems { get; init; } = [];
    /// <summary>Whether a strict import stopped.</summary>
    public bool Stopped { get; init; }

    /// <summary>Lines read that hold something.</summary>
    public long Lines => Accepted + Duplicates + Conflicts + Refused + BadLines;

    /// <summary>Whether something was not taken.</summary>
    public bool HasProblems => Conflicts + Refused + BadLines > 0;
}

/// <summary>A line's acknowledgement: it is durable when this is given out.</summary>
internal readonly record struct Acknowledged(long Line, Acceptance Acceptance);

/// <summary>Imports a log: reads, prepares and writes side by side. Safe to run again after any interruption.</summary>
internal sealed class ImportLog(IWorkspaceStore store, Agents agents, TimeProvider clock)
{
    /// <summary>Imports a file.</summary>
    /// <param name="kind">What it holds.</param>
    /// <param name="path">The file.</param>
    /// <param name="by">Who imports.</param>
    /// <param name="options">How.</param>
    /// <param name="acknowledge">Is given the results of each batch once it is durable, in the order of lines; null: nobody listens.</param>
    /// <param name="cancel">Stops after the batches under way.</param>
    public Task<ImportReport> RunAsync(
        LogKind kind, string path, Actor by, ImportOptions options, Action<IReadOnlyList<Acknowledged>>? acknowledge, CancellationToken cancel)
    {
        var limits = LogLimits.At(clock) with { MaxLineBytes = options.MaxLineBytes };
        return kind switch
        {
            LogKind.Decisions => RunAsync(path, () => LogFile.Decisions(path, limits), new AcceptDecisions(store, agents, options.Strict), by, options, acknowledge, cancel),
            LogKind.Corrections => RunAsync(path, () => LogFile.Corrections(path, limits), new AcceptCorrections(store, agents), by, options, acknowledge, cancel),
            _ => RunAsync(path, () => LogFile.Outcomes(path, limits), new AcceptOutcomes(store), by, options, acknowledge, cancel),
        };
    }

    private async Task<ImportReport> RunAsync<T>(
        string path, Func<IEnumerable<LogLine<T>>> read, ISignalKind<T> kind, Actor by, ImportOptions options, Action<IReadOnlyList<Acknowledged>>? acknowledge, CancellationToken cancel)
        where T : class
    {
        using var activity = CapturingTelemetry.Source.StartActivity("import " + kind.What);
        var tally = new Tally(path, options, acknowledge);
        if (options.Strict && read().FirstOrDefault(static line => line.Problem is not null).Problem is { } bad)
        {
            tally.Bad(bad);
            return tally.Report(stopped: true);
        }

        var accept = new AcceptBatch<T>(store, kind, clock);
        var underWay = new Queue<(List<long> Lines, Task<Acceptance[]> Results)>();
        var (lines, signals) = (new List<long>(options.BatchSize), new List<T>(options.BatchSize));
        foreach (var line in read())
        {
            if (line.Problem is not null)
            {
                tally.Bad(line.Problem);
                continue;
            }
            lines.Add(line.Number);
            signals.Add(line.Record!);
            if (signals.Count < options.BatchSize) continue;
            Start();
            if (underWay.Count >= options.InFlight) await TakeAsync().ConfigureAwait(false);
            if (cancel.IsCancellationRequested || (options.Strict && tally.HasProblems)) break;
        }
        if (signals.Count > 0 && !cancel.IsCancellationRequested && !(options.Strict && tally.HasProblems)) Start();
        while (underWay.Count > 0) await TakeAsync().ConfigureAwait(false);
        cancel.ThrowIfCancellationRequested();
        return tally.Report(stopped: options.Strict && tally.HasProblems);

        void Start()
        {
            var (batch, numbers) = (signals, lines);
            // Sealing is work for the processor: it goes on beside reading and writing. What has begun is finished.
            underWay.Enqueue((numbers, Task.Run(() => accept.HandleAsync(batch, by, CancellationToken.None), CancellationToken.None)));
            (lines, signals) = (new List<long>(options.BatchSize), new List<T>(options.BatchSize));
        }

        async Task TakeAsync()
        {
            var (numbers, results) = underWay.Dequeue();
            tally.Add(numbers, await results.ConfigureAwait(false));
        }
    }

    private sealed class Tally(string path, ImportOptions options, Action<IReadOnlyList<Acknowledged>>? acknowledge)
    {
        private readonly List<string> _problems = [];
        private readonly long[] _counts = new long[5];
        private long _bad;

        public bool HasProblems => _bad + _counts[(int)AcceptanceKind.Conflict] + _counts[(int)AcceptanceKind.Refused] > 0;

        public void Bad(LineProblem problem)
        {
            _bad++;
            CapturingTelemetry.BadLine(problem.Code);
            if (_problems.Count < options.ListedProblems) _problems.Add(problem.ToString());
        }

        public void Add(List<long> lines, Acceptance[] results)
        {
            for (var i = 0; i < results.Length; i++)
            {
                _counts[(int)results[i].Kind]++;
                if (results[i].Why is { } why && _problems.Count < options.ListedProblems) _problems.Add($"{path}:{lines[i]}: {why.Message}");
            }
            acknowledge?.Invoke([.. results.Select((result, i) => new Acknowledged(lines[i], result))]);
        }

        public ImportReport Report(bool stopped) => new()
        {
            Accepted = _counts[(int)AcceptanceKind.Accepted] + _counts[(int)AcceptanceKind.Parked],
            Parked = _counts[(int)AcceptanceKind.Parked],
            Duplicates = _counts[(int)AcceptanceKind.Duplicate],
            Conflicts = _counts[(int)AcceptanceKind.Conflict],
            Refused = _counts[(int)AcceptanceKind.Refused],
            BadLines = _bad,
            Problems = [.. _problems],
            Stopped = stopped,
        };
    }
}
