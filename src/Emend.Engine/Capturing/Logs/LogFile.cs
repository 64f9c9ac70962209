using Emend.Engine.Normalizing;

namespace Emend.Engine.Capturing.Logs;

/// <summary>
/// Reads the log formats (design: log files), one line at a time in bounded memory: for every line that is not blank either
/// its record or the problem with it. Never throws for what a line holds; I/O faults are exceptions.
/// </summary>
internal static class LogFile
{
    /// <summary>Decisions of a file.</summary>
    public static IEnumerable<LogLine<Decision>> Decisions(string path, LogLimits limits) => Read(path, limits, LineShapes.Decision);

    /// <summary>Corrections of a file.</summary>
    public static IEnumerable<LogLine<Correction>> Corrections(string path, LogLimits limits) => Read(path, limits, LineShapes.Correction);

    /// <summary>Outcomes of a file.</summary>
    public static IEnumerable<LogLine<Outcome>> Outcomes(string path, LogLimits limits) => Read(path, limits, LineShapes.Outcome);

    /// <summary>Decisions of a stream, which stays open; <paramref name="name"/> names it in problems.</summary>
    public static IEnumerable<LogLine<Decision>> Decisions(Stream stream, string name, LogLimits limits) => Read(stream, name, limits, LineShapes.Decision);

    /// <inheritdoc cref="Decisions(Stream, string, LogLimits)"/>
    public static IEnumerable<LogLine<Correction>> Corrections(Stream stream, string name, LogLimits limits) => Read(stream, name, limits, LineShapes.Correction);

    /// <inheritdoc cref="Decisions(Stream, string, LogLimits)"/>
    public static IEnumerable<LogLine<Outcome>> Outcomes(Stream stream, string name, LogLimits limits) => Read(stream, name, limits, LineShapes.Outcome);

    private static IEnumerable<LogLine<T>> Read<T>(string path, LogLimits limits, LineShape<T> shape) where T : class
    {
        // The lines keep a buffer of their own; one of the stream's would only copy once more.
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0, FileOptions.SequentialScan);
        foreach (var line in Read(stream, path, limits, shape)) yield return line;
    }

    private static IEnumerable<LogLine<T>> Read<T>(Stream stream, string name, LogLimits limits, LineShape<T> shape) where T : class
    {
        var lines = new JsonLines(stream, limits.MaxLineBytes);
        var names = new NamePool();
        while (lines.MoveNext())
        {
            if (lines.IsTooLong)
            {
                var flaw = new Flaw(limits.MaxLineBytes + 1, "", "line-too-long", $"the line is longer than {limits.MaxLineBytes} bytes", "shorten the input text, or raise the limit");
                yield return new(lines.Number, null, new(name, lines.Number, [flaw]));
                continue;
            }
            var record = LineParser.Read(lines.Current, limits, names, shape, out var flaws);
            yield return new(lines.Number, record, record is null ? new(name, lines.Number, flaws) : null);
        }
    }
}
