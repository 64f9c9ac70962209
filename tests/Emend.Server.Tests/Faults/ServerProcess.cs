using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Emend.Server.Tests.Faults;

/// <summary>The real program <c>emend-server</c> as a process of its own, on a free port of the loopback address.</summary>
internal sealed class ServerProcess : IDisposable
{
    /// <summary>Signals.</summary>
    public const int Interrupt = 2, Terminate = 15, Stop = 19, Continue = 18;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);
    private const string Listening = "Emend listens on ";

    private readonly Process _process;
    private readonly Task<string> _errors, _said;

    private ServerProcess(Process process, Task<string> errors, Uri address, string key)
    {
        (_process, _errors) = (process, errors);
        // What it says after its first line; read, or a full pipe would hold it up.
        _said = process.StandardOutput.ReadToEndAsync();
        Client = new() { BaseAddress = address, Timeout = Patience };
        Client.DefaultRequestHeaders.Authorization = new("Bearer", key);
    }

    /// <summary>Speaks to it with the key it was started for.</summary>
    public HttpClient Client { get; }

    /// <summary>Starts it and waits until it listens.</summary>
    public static async Task<ServerProcess> StartAsync(string data, string key, params string[] more)
    {
        var program = typeof(EmendServer).Assembly.Location;
        var process = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, ["exec", program, "--data", data, "--urls", "http://127.0.0.1:0", .. more])
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

    /// <summary>Lines it wrote after its greeting, once it is gone.</summary>
    public async Task<IReadOnlyList<string>> LogAsync() =>
        [.. (await _said + await _errors).Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(static line => !line.StartsWith("data ", StringComparison.Ordinal) && !line.StartsWith("reference ", StringComparison.Ordinal))];

    /// <summary>kill -9: no warning, no last words. May be called by several at once.</summary>
    public void Kill() => _process.Kill();

    /// <summary>Sends it a signal.</summary>
    public void Signal(int signal) => Assert.Equal(0, SendSignal(_process.Id, signal));

    /// <summary>Waits until it is gone; answers its exit code.</summary>
    public async Task<int> GoneAsync()
    {
        await _process.WaitForExitAsync().WaitAsync(Patience);
        await _errors;
        return _process.ExitCode;
    }

    public void Dispose()
    {
        Client.Dispose();
        if (!_process.HasExited) _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SendSignal(int process, int signal);
}
