using System.Diagnostics;
using System.Globalization;
using Emend.TestKit;
using static Emend.Client.Tests.World;

namespace Emend.Client.Tests.Faults;

public class Killing_the_agent
{
    [Fact]
    public async Task loses_no_correction_it_was_told_is_safe_and_sends_none_twice()
    {
        await using var world = await OpenAsync();
        var (state, acknowledgements) = (world.NewState(), Path.Combine(world.Folder.Path, "acknowledged"));
        var random = Seed.Next();
        for (var round = 0; round < Soak.Trials(6, 200); round++) await KillAsync(state, acknowledgements, random.Next(12), random.Next(20_000));

        // Into an empty table: the records of all rounds that no process could send.
        var server = new FakeServer(world.Engine) { LoseAnswers = 2 };
        await using var emend = world.Client(server, state: state);
        emend.Start();
        await emend.DrainAsync(Patience);

        var safe = await File.ReadAllLinesAsync(acknowledgements);
        Assert.True(safe.Length > 0);
        Assert.All(safe, key => Assert.Equal(1, server.Counted.GetValueOrDefault("/v1/corrections#" + key)));
        Assert.All(server.Counted.Values, static times => Assert.Equal(1, times));
        var counts = emend.Counts;
        Assert.Equal((counts.Recorded, 0, 0), (counts.Sent + counts.Dropped, counts.Waiting, emend.WaitingByPlace));
        Assert.Equal(counts.Sent, server.Counted.Keys.Count(static key => !key.Contains("servings", StringComparison.Ordinal)));
    }

    private static async Task KillAsync(string state, string acknowledgements, int corrections, int microseconds)
    {
        var here = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        var program = Path.Combine(here.Parent!.Parent!.FullName, "Emend.CrashHost", here.Name, "Emend.CrashHost.dll");
        string[] what = ["exec", program, "agent", state, acknowledgements, corrections.ToString(CultureInfo.InvariantCulture), microseconds.ToString(CultureInfo.InvariantCulture)];
        using var process = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, what) { UseShellExecute = false, RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 137, await errors);
    }
}
