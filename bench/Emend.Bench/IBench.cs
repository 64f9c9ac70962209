namespace Emend.Bench;

/// <summary>One benchmark: prints what it measured, as ratios against a peer or a raw baseline of the same run.</summary>
public interface IBench
{
    /// <summary>Name on the command line.</summary>
    string Name { get; }

    /// <summary>One line on what it measures.</summary>
    string What { get; }

    /// <summary>Runs it; the exit code is 0 unless a result was wrong (speed never fails a run).</summary>
    Task<int> RunAsync(string[] args);
}
