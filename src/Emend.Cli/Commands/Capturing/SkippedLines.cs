using Emend.Cli.Output;
using Emend.Engine.Capturing.Logs;

namespace Emend.Cli.Commands.Capturing;

/// <summary>Lines that could not be taken: each reported (the first hundred in full), all counted by reason.</summary>
internal sealed class SkippedLines(Terminal terminal, bool strict)
{
    private const int Shown = 100;
    private readonly SortedDictionary<string, int> _byCode = new(StringComparer.Ordinal);

    /// <summary>How many.</summary>
    public int Count { get; private set; }

    /// <summary>How many, by reason code.</summary>
    public IReadOnlyDictionary<string, int> ByCode => _byCode;

    /// <summary>The records of a file; problems are noted.</summary>
    /// <exception cref="Failure">Strict, and a line is bad.</exception>
    public List<T> Keep<T>(IEnumerable<LogLine<T>> lines) where T : class
    {
        var kept = new List<T>();
        foreach (var line in lines)
        {
            if (line.Problem is { } problem) Note(problem);
            else kept.Add(line.Record!);
        }
        return kept;
    }

    /// <summary>Notes one problem.</summary>
    /// <exception cref="Failure">Strict.</exception>
    public void Note(LineProblem problem)
    {
        if (strict) throw new Failure(ExitCode.BadInput, problem.ToString(), "mend the line, or leave out --strict to skip and count such lines");
        Note(problem.Code, problem.ToString());
    }

    /// <summary>Notes something that was not taken for another reason than its form.</summary>
    public void Note(string code, string message)
    {
        Count++;
        _byCode[code] = _byCode.GetValueOrDefault(code) + 1;
        if (Count <= Shown) terminal.Say($"[yellow]skipped[/] {Terminal.Escape(message)}");
        else if (Count == Shown + 1) terminal.Say("[yellow]skipped[/] more lines; they are counted below, not shown");
    }

    /// <summary>Says how many were skipped and why, and gives the exit code.</summary>
    public ExitCode Result()
    {
        if (Count == 0) return ExitCode.Done;
        terminal.Say($"[yellow]{Count} skipped[/]: {Terminal.Escape(string.Join(", ", _byCode.Select(static c => $"{c.Value} {c.Key}")))}");
        return ExitCode.DoneWithSkips;
    }
}
