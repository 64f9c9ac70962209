using System.Diagnostics;
using System.Text.RegularExpressions;

namespace LiveDesk;

/// <summary>The server, as a process of its own on a free port and a data directory of its own; ended with the sample.</summary>
internal sealed partial class ServerProcess : IAsyncDisposable
{
    private readonly Process _process;

    private ServerProcess(Process process, Uri address, string adminKey) => (_process, Address, AdminKey) = (process, address, adminKey);

    public Uri Address { get; }

    /// <summary>Key of the first administrator, which the server says once.</summary>
    public string AdminKey { get; }

    public static async Task<ServerProcess> StartAsync(string data, CancellationToken cancel)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, UseShellExecute = false };
        foreach (var argument in new[] { Find(), "--data", data, "--urls", "http://127.0.0.1:0" }) start.ArgumentList.Add(argument);
        var process = Process.Start(start) ?? throw new InvalidOperationException("the server did not start");
        try
        {
            Uri? address = null;
            while (await process.StandardOutput.ReadLineAsync(cancel) is { } line)
            {
                if (Listens().Match(line) is { Success: true } listens) address = new(listens.Groups["url"].Value);
                if (Key().Match(line) is { Success: true } key)
                {
                    // What it says from here on is not for the story, but must be read so that it can say it.
                    _ = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
                    return new(process, address ?? throw new InvalidOperationException("the server did not say where it listens"), key.Value);
                }
            }
            throw new InvalidOperationException("the server ended before it listened");
        }
        catch
        {
            process.Kill(entireProcessTree: true);
            process.Dispose();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    // Beside this program in a build of the repository: artifacts/bin/PROJECT/CONFIGURATION.
    private static string Find()
    {
        var here = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        var path = Path.Combine(here.Parent!.Parent!.FullName, "Emend.Server", here.Name, "emend-server.dll");
        return File.Exists(path) ? path : throw new FileNotFoundException($"the server is not built ({path}): dotnet build src/Emend.Server", path);
    }

    [GeneratedRegex(@"listens on (?<url>http\S+)", RegexOptions.ExplicitCapture, 1_000)]
    private static partial Regex Listens();

    [GeneratedRegex(@"emk_\S+", RegexOptions.None, 1_000)]
    private static partial Regex Key();
}
