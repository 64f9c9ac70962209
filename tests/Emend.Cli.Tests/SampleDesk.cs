using System.CommandLine.Parsing;
using System.Text.Json;
using Emend.TestKit;

namespace Emend.Cli.Tests;

/// <summary>A data directory of its own with the shipped sample in it, made by command lines only. What many tests start from is made once and copied.</summary>
internal sealed class SampleDesk : IDisposable
{
    public const string Agent = "support-router";

    private static readonly Lazy<Task<SampleDesk>> s_imported = new(ImportAsync);
    private static readonly Lazy<Task<SampleDesk>> s_released = new(ReleaseAsync);
    private readonly TemporaryFolder _folder = new();

    static SampleDesk() => AppDomain.CurrentDomain.ProcessExit += static (_, _) =>
    {
        foreach (var made in new[] { s_imported, s_released })
            if (made is { IsValueCreated: true, Value.IsCompletedSuccessfully: true }) made.Value.GetAwaiter().GetResult().Dispose();
    };

    /// <summary>The data directory.</summary>
    public string Data => Path.Combine(_folder.Path, "data");

    /// <summary>The candidate that stands for everything the sample's corrections teach; empty before it was built.</summary>
    public string Candidate { get; private set; } = "";

    /// <summary>What <c>decide</c> printed while the candidate was released.</summary>
    public JsonElement[] Decided { get; private set; } = [];

    /// <summary>The journal's file.</summary>
    public string Journal => Path.Combine(Data, "workspaces", "default", "journal.db");

    /// <summary>A file of the sample.</summary>
    public static string Sample(string name) => Path.Combine(SharedData.Repository, "samples", "support-desk", "data", name);

    /// <summary>Nothing in it yet.</summary>
    public static SampleDesk Empty() => new();

    /// <summary>Agent, decisions, corrections and outcomes imported.</summary>
    public static async Task<SampleDesk> ImportedAsync() => (await s_imported.Value).Copy();

    /// <summary>Beyond that: a candidate built by ada, approved by lead-mira, released to everybody by olu.</summary>
    public static async Task<SampleDesk> ReleasedAsync() => (await s_released.Value).Copy();

    /// <summary>Runs a command line on this data directory.</summary>
    public Task<CliRun> RunAsync(string line) => CliRun.OfAsync([.. CommandLineParser.SplitCommandLine(line), "--data", Data]);

    /// <summary>Runs arguments on this data directory.</summary>
    public Task<CliRun> RunAsync(params string[] args) => CliRun.OfAsync([.. args, "--data", Data]);

    /// <summary>Runs a command line that has to succeed, and reads its JSON.</summary>
    public async Task<JsonElement> JsonAsync(string line, ExitCode code = ExitCode.Done) => (await RunAsync(line + " --json")).Ends(code).Json;

    /// <summary>A path beside the data directory.</summary>
    public string At(string name) => Path.Combine(_folder.Path, name);

    /// <summary>A file beside the data directory.</summary>
    public string Write(string name, params IEnumerable<string> lines)
    {
        File.WriteAllLines(At(name), lines);
        return At(name);
    }

    /// <summary>A file with some of the sample's decisions.</summary>
    public string SomeDecisions(int from, int to) => Write($"decisions-{from}.jsonl", File.ReadLines(Sample("decisions.jsonl")).Skip(from).Take(to - from));

    public void Dispose() => _folder.Dispose();

    /// <summary>The same files again.</summary>
    public SampleDesk Copy()
    {
        var copy = new SampleDesk { Candidate = Candidate, Decided = Decided };
        foreach (var path in Directory.EnumerateFiles(Data, "*", SearchOption.AllDirectories))
        {
            var to = Path.Combine(copy.Data, Path.GetRelativePath(Data, path));
            Directory.CreateDirectory(Path.GetDirectoryName(to)!);
            File.Copy(path, to);
        }
        return copy;
    }

    private static async Task<SampleDesk> ImportAsync()
    {
        var desk = new SampleDesk();
        (await desk.RunAsync($"agents add {Sample("agent.json")} --as ada")).Ends();
        // Nothing is released by itself here: tests of what people do start from what was accepted, no more.
        foreach (var kind in new[] { "decisions", "corrections --no-release", "outcomes" }) (await desk.RunAsync($"import {kind} {Sample(kind.Split(' ')[0] + ".jsonl")} --as rosa")).Ends();
        return desk;
    }

    private static async Task<SampleDesk> ReleaseAsync()
    {
        var desk = await ImportedAsync();
        await desk.ReleaseNextAsync();
        return desk;
    }

    /// <summary>Builds a candidate and releases it to everybody, deciding the sample's decisions on the way.</summary>
    public async Task ReleaseNextAsync()
    {
        var desk = this;
        desk.Candidate = (await desk.JsonAsync($"candidates build {Agent} --as ada")).GetProperty("digest").GetString()!;
        await desk.JsonAsync($"candidates evaluate {desk.Candidate} --as ada");
        await desk.JsonAsync($"candidates approve {desk.Candidate} --why \"read it\" --accept-unproven --as lead-mira");
        await desk.JsonAsync($"release start {Agent} {desk.Candidate} --soak 0 --min-exposed 1 --min-judged 0 --as olu");
        var decided = new List<JsonElement>();
        // Shadow, 1 %, 5 %, 25 %, everybody: wide enough that at every share the candidate decides something.
        foreach (var (from, to) in new[] { (0, 60), (60, 480), (480, 600), (600, 640) })
        {
            decided.AddRange((await desk.JsonAsync($"decide {desk.SomeDecisions(from, to)} --as gateway")).EnumerateArray());
            await desk.JsonAsync($"release advance {Agent} --without-proof --as olu");
        }
        decided.AddRange((await desk.JsonAsync($"decide {desk.SomeDecisions(640, 679)} --as gateway")).EnumerateArray());
        desk.Decided = [.. decided];
    }
}
