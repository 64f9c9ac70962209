using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Emend.Logic.Evaluation;

namespace Emend.Bench.Serving;

/// <summary>Runs the npm products of bench/peers on the exported workload, each checked against our oracle; skipped where node is absent.</summary>
internal static class EvaluatorPeers
{
    private static readonly string[] Peers = ["launchdarkly", "unleash", "growthbook", "zen", "cedar"];

    public static async Task<int> RunAsync(double ours)
    {
        if (Find() is not { } folder || await StartAsync("node", ["--version"], ".", quiet: true) != 0)
        {
            Console.WriteLine("\npeers: skipped, node or bench/peers is not there");
            return 0;
        }
        if (!Directory.Exists(Path.Combine(folder, "node_modules")) && await StartAsync("npm", ["install", "--no-save", "--no-audit", "--no-fund", "--ignore-scripts"], folder, quiet: true) != 0)
        {
            Console.WriteLine("\npeers: skipped, npm install failed in bench/peers");
            return 0;
        }
        const int cases = 1_000;
        var work = new EvaluatorWorkload(10_000, cases);
        var file = Path.Combine(Path.GetTempPath(), string.Create(CultureInfo.InvariantCulture, $"emend-peers-{Environment.ProcessId}.json"));
        try
        {
            work.Export(file, cases, [.. work.Inputs.Select(input => BruteForce.Decide(work.Bundle, input).Index)]);
            Console.WriteLine("\npeers, same 10,000 rules and cases, first match, in-memory data, same run:");
            var fastest = double.MaxValue;
            var wrong = 0;
            foreach (var peer in Peers)
            {
                var (exit, output, errors) = await ReadAsync("node", ["peers.mjs", peer, file], folder);
                if (exit != 0)
                {
                    Console.WriteLine($"  {peer,-14} failed: {errors.Split('\n').FirstOrDefault(static l => l.Contains("Error", StringComparison.Ordinal)) ?? errors.Trim()}");
                    continue;
                }
                using var result = JsonDocument.Parse(output.Trim().Split('\n')[^1]);
                var ns = result.RootElement.GetProperty("ns").GetDouble();
                var (right, of) = (result.RootElement.GetProperty("right").GetInt32(), result.RootElement.GetProperty("of").GetInt32());
                if (right == of) fastest = Math.Min(fastest, ns);
                else wrong++;
                Console.WriteLine($"  {peer,-14} {ns,12:N0} ns  {ns / ours,9:N0} x ours   agrees with the oracle on {right} of {of}");
            }
            if (fastest < double.MaxValue) Console.WriteLine($"fastest peer: {fastest:N0} ns, {fastest / ours:N0} x ours ({ours:F0} ns)");
            return wrong == 0 ? 0 : 1;
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static string? Find()
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
            if (File.Exists(Path.Combine(at.FullName, "bench", "peers", "peers.mjs"))) return Path.Combine(at.FullName, "bench", "peers");
        return null;
    }

    private static async Task<int> StartAsync(string program, string[] args, string folder, bool quiet)
    {
        var (exit, output, errors) = await ReadAsync(program, args, folder);
        if (!quiet) Console.Error.WriteLine(output + errors);
        return exit;
    }

    private static async Task<(int Exit, string Output, string Errors)> ReadAsync(string program, string[] args, string folder)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, args) { WorkingDirectory = folder, UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true })!;
            var output = process.StandardOutput.ReadToEndAsync();
            var errors = process.StandardError.ReadToEndAsync();
            await process.WaitForExitAsync();
            return (process.ExitCode, await output, await errors);
        }
        catch (Win32Exception e)
        {
            return (127, "", e.Message);
        }
    }
}
