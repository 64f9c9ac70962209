using System.Collections.Immutable;
using System.Globalization;

namespace Emend.Engine.Capturing.Logs;

/// <summary>One thing wrong with a line.</summary>
/// <param name="Column">Where, in bytes from 1.</param>
/// <param name="Path">Member it is about, e.g. <c>proposed.action</c>; empty when it is the whole line.</param>
/// <param name="Code">Stable code for counting, e.g. <c>wrong-type</c>. Never holds data.</param>
/// <param name="Reason">What is wrong.</param>
/// <param name="Fix">What to do about it.</param>
internal readonly record struct Flaw(int Column, string Path, string Code, string Reason, string Fix);

/// <summary>A line that was not taken, and everything that is wrong with it.</summary>
/// <param name="File">File as the caller named it.</param>
/// <param name="Line">Line number from 1.</param>
/// <param name="Flaws">One or more, in the order of the line.</param>
internal sealed record LineProblem(string File, long Line, ImmutableArray<Flaw> Flaws)
{
    /// <summary>Code of the first flaw.</summary>
    public string Code => Flaws[0].Code;

    /// <summary><c>decisions.jsonl:17:42: proposed.action is a number, not text; put the label in quotes</c>, one line for each flaw.</summary>
    public override string ToString() => string.Join('\n', Flaws.Select(flaw => string.Create(
        CultureInfo.InvariantCulture,
        $"{File}:{Line}:{flaw.Column}: {(flaw.Path.Length > 0 ? flaw.Path + " " : "")}{flaw.Reason}; {flaw.Fix}")));
}

/// <summary>What one line of a log holds: a record, or the problem with it.</summary>
/// <param name="Number">Line number from 1.</param>
/// <param name="Record">The record; null when the line has a problem.</param>
/// <param name="Problem">The problem; null when there is a record.</param>
internal readonly record struct LogLine<T>(long Number, T? Record, LineProblem? Problem) where T : class;
