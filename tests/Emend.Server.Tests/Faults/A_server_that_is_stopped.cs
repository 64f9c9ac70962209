using System.Net;
using Emend.Engine.Access;
using Emend.TestKit;

namespace Emend.Server.Tests.Faults;

/// <summary>The whole process stands still (SIGSTOP, a paused virtual machine) and goes on later.</summary>
public class A_server_that_is_stopped
{
    [LinuxFact, Trait("Fault", "F16")]
    public async Task keeps_others_from_writing_meanwhile_and_goes_on_where_it_was()
    {
        using var folder = new TemporaryFolder();
        string key;
        await using (var first = await ServerFixture.StartAsync(data: folder.Path)) key = first.Key("helpdesk", [Role.Agent, Role.Submitter], isService: true).Text;
        var ledger = new ClientLedger(60);
        using (var server = await ServerProcess.StartAsync(folder.Path, key))
        {
            server.Signal(ServerProcess.Stop);
            var sending = ledger.SendAsync(server.Client);
            // Its lease is a lock of the operating system: it does not run out while its holder sleeps, so nobody takes over and there is nobody to fence off.
            var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => ServerProcess.StartAsync(folder.Path, key));
            Assert.Contains("exit code 7", refused.Message, StringComparison.Ordinal);
            Assert.Equal(0, ledger.Acknowledged);
            server.Signal(ServerProcess.Continue);
            await sending;
            Assert.Equal(ledger.All.Count, ledger.Acknowledged);
            using var ready = await server.Client.GetAsync("/readyz");
            Assert.Equal(HttpStatusCode.OK, ready.StatusCode);
            server.Kill();
            await server.GoneAsync();
        }
        await ledger.CheckAsync(folder.Path);
    }
}
