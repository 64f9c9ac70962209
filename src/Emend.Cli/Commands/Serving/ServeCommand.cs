using System.CommandLine;
using System.Diagnostics;
using System.Reflection;
using System.Runtime.InteropServices;

namespace Emend.Cli.Commands.Serving;

/// <summary><c>emend serve</c>: becomes the program <c>emend-server</c>, which lies beside this one.</summary>
/// <remarks>
/// The server is a program of its own, so that the command line stays small. On Unix this process turns into it: signals, streams
/// and exit code need no passing on. Elsewhere, and where the command line is a guest in another program, it runs as a child.
/// </remarks>
internal static partial class ServeCommand
{
    private const string Program = "emend-server";

    private static readonly Argument<string[]> Arguments = new("ARGS") { Description = "Passed on to the server; `emend serve --help` with a server beside it lists them.", Arity = ArgumentArity.ZeroOrMore };

    public static Command Build()
    {
        var serve = new Verb("serve", "Run the HTTP server. Arguments go to emend-server: --data DIR, --urls URL, --certificate FILE.", "emend serve --data emend-data --urls http://127.0.0.1:5080");
        serve.Add(Arguments);
        serve.TreatUnmatchedTokensAsErrors = false;
        return serve;
    }

    /// <summary>Whether this command line is for the server, which reads its own arguments.</summary>
    public static bool IsAsked(IReadOnlyList<string> args) => args is ["serve", ..] && !args.Skip(1).Any(static arg => arg is "--help" or "-h" or "-?");

    /// <summary>Runs the server with the arguments after <c>serve</c>.</summary>
    public static async Task<int> RunAsync(IReadOnlyList<string> args, TextWriter error)
    {
        if (Find() is not { } program)
        {
            await error.WriteLineAsync($"the server is not here: {Program} lies neither beside this program ({AppContext.BaseDirectory}) nor beside its build.");
            await error.WriteLineAsync("fix: install the server package, or run  dotnet build src/Emend.Server -c Release  in a checkout");
            return (int)ExitCode.NotFound;
        }
        string[] line = [.. program, .. args.Skip(1)];
        ShareRuntime();
        if (!OperatingSystem.IsWindows() && Assembly.GetEntryAssembly() == typeof(ServeCommand).Assembly)
        {
            // Returns only when it failed.
            Execute(line[0], [.. line, null]);
            await error.WriteLineAsync($"cannot start {line[0]}: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");
            return (int)ExitCode.Fault;
        }
        using var child = Process.Start(new ProcessStartInfo(line[0], line[1..]) { UseShellExecute = false })!;
        await child.WaitForExitAsync();
        return child.ExitCode;
    }

    // Beside this program, or in the sibling folder of a development build: artifacts/bin/PROJECT/CONFIGURATION.
    internal static string[]? Find()
    {
        var here = new DirectoryInfo(AppContext.BaseDirectory);
        string?[] folders = [here.FullName, here.Parent?.Parent is { } bin ? Path.Combine(bin.FullName, "Emend.Server", here.Name) : null];
        foreach (var folder in folders.OfType<string>())
        {
            var host = Path.Combine(folder, OperatingSystem.IsWindows() ? Program + ".exe" : Program);
            if (File.Exists(host)) return [host];
        }
        return null;
    }

    // The server's host looks for the runtime in well-known places; where this program found one elsewhere, so does it.
    internal static void ShareRuntime()
    {
        const string Root = "DOTNET_ROOT";
        var runtime = new DirectoryInfo(RuntimeEnvironment.GetRuntimeDirectory());
        if (Environment.GetEnvironmentVariable(Root) is null && runtime.Parent is { Name: "Microsoft.NETCore.App", Parent: { Name: "shared", Parent: { } root } })
            SetEnvironment(Root, root.FullName);
    }

    private static void SetEnvironment(string name, string value)
    {
        Environment.SetEnvironmentVariable(name, value);
        // .NET keeps a copy of its own; what a process turns into sees the real one.
        if (!OperatingSystem.IsWindows()) SetNativeEnvironment(name, value, 1);
    }

    [LibraryImport("libc", EntryPoint = "execv", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Execute(string path, string?[] args);

    [LibraryImport("libc", EntryPoint = "setenv", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetNativeEnvironment(string name, string value, int overwrite);
}
