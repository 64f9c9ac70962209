using System.Diagnostics;
using Emend.TestKit;

namespace Emend.Client.Tests.Samples;

public class Running_the_live_desk
{
    /// <summary>The sample checks itself (a hasty candidate refused, a release taken back by itself, a good one rolled out, nothing lost) and says with its exit code whether it went so.</summary>
    [Fact]
    public async Task goes_as_its_story_says()
    {
        var here = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        var program = Path.Combine(here.Parent!.Parent!.FullName, "LiveDesk", here.Name, "LiveDesk.dll");
        Assert.True(File.Exists(program), $"{program} is not built");
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false, WorkingDirectory = SharedData.Repository };
        start.ArgumentList.Add(program);
        start.ArgumentList.Add("--short");
        using var run = Process.Start(start)!;
        try
        {
            var (said, wrong) = (run.StandardOutput.ReadToEndAsync(), run.StandardError.ReadToEndAsync());
            using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(4));
            await run.WaitForExitAsync(patience.Token);

            Assert.True(run.ExitCode == 0, await said + await wrong);
            Assert.Contains("taken back by itself", await said, StringComparison.Ordinal);
            Assert.Contains("candidate.blocked", await said, StringComparison.Ordinal);
            Assert.Contains("0 waiting + 0 dropped", await said, StringComparison.Ordinal);
        }
        finally
        {
            if (!run.HasExited) run.Kill(entireProcessTree: true);
        }
    }
}
