using Emend.Cli.Commands.Capturing;
using Emend.Cli.Output;
using Emend.Engine;
using Emend.Engine.Capturing;
using Emend.Engine.Capturing.Logs;
using Emend.Engine.Normalizing;

namespace Emend.Cli.Commands.Demo;

/// <summary>What the demo hands in: written to log files first, and imported from them as anybody's logs are.</summary>
internal sealed class DemoLogs(Terminal terminal, EmendEngine engine, string folder, Actor by)
{
    /// <summary>Writes signals to a log file under a folder of that name and imports it; answers one sentence on what became of it.</summary>
    public async Task<string> ImportAsync<T>(LogKind kind, string name, IEnumerable<T> signals, CancellationToken cancel, bool showProgress = false)
    {
        var path = Path.Combine(Directory.CreateDirectory(Path.Combine(folder, name)).FullName, kind.Name() + ".jsonl");
        await using (var stream = File.Create(path))
        using (var writer = new LogWriter(stream))
        {
            foreach (var signal in signals)
            {
                switch (signal)
                {
                    case Decision decision: writer.Write(decision); break;
                    case Correction correction: writer.Write(correction); break;
                    case Outcome outcome: writer.Write(outcome); break;
                }
            }
        }
        return Import.Summary(kind, await Import.FileAsync(terminal, engine, kind, path, by, strict: false, cancel, showProgress));
    }
}
