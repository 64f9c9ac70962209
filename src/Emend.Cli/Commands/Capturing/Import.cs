using Emend.Cli.Output;
using Emend.Engine;
using Emend.Engine.Capturing;

namespace Emend.Cli.Commands.Capturing;

/// <summary>Imports one file under a progress bar and reports its problems.</summary>
internal static class Import
{
    /// <summary>Imports.</summary>
    public static async Task<ImportReport> FileAsync(Terminal terminal, EmendEngine engine, LogKind kind, string path, Actor by, bool strict, CancellationToken cancel, bool showProgress = true)
    {
        var options = new ImportOptions { Strict = strict };
        var lines = Math.Max(1, CountLines(path));
        var report = showProgress
            ? await terminal.ProgressAsync($"Importing {kind.Name()}", share =>
                engine.Import.RunAsync(kind, path, by, options, batch => share.Report(batch.Count == 0 ? 0 : (double)batch[^1].Line / lines), cancel))
            : await engine.Import.RunAsync(kind, path, by, options, null, cancel);
        foreach (var problem in report.Problems)
            terminal.Say($"[yellow]{(report.Stopped ? "bad" : "skipped")}[/] {Terminal.Escape(problem)}");
        var more = report.Conflicts + report.Refused + report.BadLines - report.Problems.Length;
        if (more > 0) terminal.Say($"[yellow]skipped[/] {more} more; the counts below cover them");
        return report;
    }

    /// <summary>One sentence on what became of a file.</summary>
    public static string Summary(LogKind kind, ImportReport report)
    {
        var parts = new List<string> { $"{Format.Number(report.Accepted)} accepted" };
        if (report.Parked > 0) parts.Add($"of them {Format.Number(report.Parked)} wait for their decision");
        if (report.Duplicates > 0) parts.Add($"{Format.Number(report.Duplicates)} known already");
        if (report.Conflicts > 0) parts.Add($"{Format.Number(report.Conflicts)} in conflict with what is stored");
        if (report.Refused > 0) parts.Add($"{Format.Number(report.Refused)} refused");
        if (report.BadLines > 0) parts.Add($"{Format.Number(report.BadLines)} bad lines");
        return $"{kind.Name()}: {string.Join(", ", parts)}";
    }

    private static long CountLines(string path)
    {
        using var stream = File.OpenRead(path);
        var buffer = new byte[1 << 16];
        var lines = 0L;
        int read;
        while ((read = stream.Read(buffer)) > 0) lines += buffer.AsSpan(0, read).Count((byte)'\n');
        return lines;
    }
}
