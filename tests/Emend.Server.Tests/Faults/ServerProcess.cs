using System.Diagnostics;

namespace Emend.Server.Tests.Faults;

/// <summary>The real program <c>emend-server</c> as a process of its own, on a free port of the loopback address.</summary>
internal sealed class ServerProcess : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);
    private const string Listening = "Emend listens on ";

    private readonly Process _process;
    private readonly Task<string> _errors;

    private ServerProcess(Process process, Task<string> errors, Uri address, string key)
    {
        (_process, _errors) = (process, errors);
        Client = new() { BaseAddress = address, Timeout = Patience };
        Client.DefaultRequestHeaders.Authorization = new("Bearer", key);
    }

    /// <summary>Speaks to it with the key it was started for.</summary>
    public HttpClient Client { get; }

    /// <summary>Starts it and waits until it listens.</summary>
    public static async Task<ServerProcess> StartAsync(string data, string key)
    {
        var program = typeof(EmendServer).Assembly.Location;
        var process = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, ["exec", program, "--data", data, "--urls", "http://127.0.0.1:0"])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var errors = process.StandardError.ReadToEndAsync();
        while (await process.StandardOutput.ReadLineAsync().WaitAsync(Patience) is { } line)
            if (line.StartsWith(Listening, StringComparison.Ordinal)) return new(process, errors, new(line[Listening.Length..]), key);
        await process.WaitForExitAsync();
        throw new InvalidOperationException($"the server did not start (exit code {process.ExitCode}): {await errors}");
    }

    /// <summary>kill -9: no warning, no last words. May be called by several at once.</summary>
    public void Kill() => _process.Kill();

    /// <summary>Waits until it is gone.</summary>
    public async Task GoneAsync()
    {
        await _process.WaitForExitAsync().WaitAsync(Patience);
        await _errors;
    }

    public void Dispose()
    {
        Client.Dispose();
        if (!_process.HasExited) _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }
}
