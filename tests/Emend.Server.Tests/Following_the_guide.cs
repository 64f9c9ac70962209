using System.Diagnostics;
using System.Text.RegularExpressions;
using Emend.Engine.Access;
using Emend.TestKit;

namespace Emend.Server.Tests;

public partial class Following_the_guide
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [CurlFact]
    public async Task every_example_with_curl_prints_what_the_guide_says()
    {
        await using var server = await ServerFixture.StartAsync();
        var environment = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["EMEND"] = server.Address.ToString().TrimEnd('/'),
            ["BOT"] = server.Key("support-bot", [Role.Agent, Role.Submitter], isService: true).Text,
            ["LEAD"] = server.Key("mira", [Role.LeadReviewer]).Text,
            ["ENGINEER"] = server.Key("ada", [Role.ModelEngineer]).Text,
        };
        var examples = Example().Matches(await File.ReadAllTextAsync(Path.Combine(SharedData.Repository, "docs", "guide", "http.md"))).Select(static match => match.Groups["script"].Value).ToList();

        Assert.True(examples.Count >= 10, "the guide has lost its examples");
        foreach (var script in examples)
        {
            var (code, output, error) = await RunAsync(script, environment);
            Assert.True(code == 0, $"{script}\nended with {code}: {error}{output}");
            foreach (var promised in script.Split('\n').Where(static line => line.StartsWith("#> ", StringComparison.Ordinal)))
                Assert.Contains(promised[3..], output, StringComparison.Ordinal);
        }
    }

    private static async Task<(int Code, string Output, string Error)> RunAsync(string script, Dictionary<string, string> environment)
    {
        var start = new ProcessStartInfo("bash", ["-eu", "-o", "pipefail", "-c", script]) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in environment) start.Environment[name] = value;
        using var process = Process.Start(start)!;
        using var patience = new CancellationTokenSource(Patience);
        var output = process.StandardOutput.ReadToEndAsync(patience.Token);
        var error = process.StandardError.ReadToEndAsync(patience.Token);
        await process.WaitForExitAsync(patience.Token);
        return (process.ExitCode, await output, await error);
    }

    [GeneratedRegex(@"^```sh\n(?<script>.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline | RegexOptions.ExplicitCapture, 5000)]
    private static partial Regex Example();

    /// <summary>A test that needs curl and bash; test.sh installs them.</summary>
    [AttributeUsage(AttributeTargets.Method)]
    private sealed class CurlFactAttribute : FactAttribute
    {
        public CurlFactAttribute()
        {
            var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
            if (!Array.TrueForAll(["curl", "bash"], program => folders.Any(folder => File.Exists(Path.Combine(folder, program))))) Skip = "needs curl and bash";
        }
    }
}
