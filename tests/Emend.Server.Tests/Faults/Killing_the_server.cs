using Emend.Engine.Access;
using Emend.TestKit;
using Xunit.Abstractions;

namespace Emend.Server.Tests.Faults;

/// <summary>
/// The real server is killed (SIGKILL) under load whenever a chosen number of requests was acknowledged, and started again: four times in the
/// suite, 1,000 times with EMEND_SOAK=1, as histories of 25 kills of which as many run at once as there are processors.
/// </summary>
public class Killing_the_server(ITestOutputHelper output)
{
    private const int MostAcknowledged = 30, Clients = 6;
    private static readonly int Histories = Soak.Trials(1, 40), Kills = Soak.Trials(4, 25);

    [Fact, Trait("Fault", "F01"), Trait("Fault", "F02"), Trait("Fault", "F22")]
    public async Task loses_nothing_acknowledged_and_does_nothing_twice()
    {
        var seed = Seed.Next().Next();
        var started = System.Diagnostics.Stopwatch.GetTimestamp();
        await Parallel.ForEachAsync(Enumerable.Range(0, Histories), new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, async (history, _) => await LiveAsync(new Random(seed + history)));
        output.WriteLine($"{Histories * Kills} kills in {System.Diagnostics.Stopwatch.GetElapsedTime(started).TotalSeconds:0} s");
    }

    private async Task LiveAsync(Random random)
    {
        using var folder = new TemporaryFolder();
        string key;
        await using (var first = await ServerFixture.StartAsync(data: folder.Path)) key = first.Key("helpdesk", [Role.Agent, Role.Submitter], isService: true).Text;

        var ledger = new ClientLedger((Kills * (MostAcknowledged + Clients)) + 40);
        for (var kill = 0; kill < Kills; kill++)
        {
            using var server = await ServerProcess.StartAsync(folder.Path, key);
            await ledger.SendAsync(server.Client, random.Next(1, MostAcknowledged), server.Kill);
            await server.GoneAsync();
        }
        using (var last = await ServerProcess.StartAsync(folder.Path, key))
        {
            await ledger.SendAsync(last.Client);
            output.WriteLine($"{ledger.Unknown} answers were lost on the way, {ledger.FoundAgain} of these requests had been written");
            Assert.Equal(ledger.All.Count, ledger.Acknowledged);
            await ledger.AskAgainAsync(last.Client);
            last.Kill();
            await last.GoneAsync();
        }
        await ledger.CheckAsync(folder.Path);
    }
}
