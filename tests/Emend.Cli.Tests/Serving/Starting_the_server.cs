using System.Diagnostics;
using System.Net;
using Emend.TestKit;

namespace Emend.Cli.Tests.Serving;

public class Starting_the_server
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData("-TERM")]
    [InlineData("-INT")]
    public async Task emend_serve_becomes_the_server_and_ends_when_it_is_asked_to(string signal)
    {
        using var folder = new TemporaryFolder();
        using var patience = new CancellationTokenSource(Patience);
        using var server = Start("serve", "--data", folder.Path, "--urls", "http://127.0.0.1:0");
        try
        {
            var line = await server.StandardOutput.ReadLineAsync(patience.Token);
            Assert.StartsWith("Emend listens on http://127.0.0.1:", line, StringComparison.Ordinal);
            using var client = new HttpClient { BaseAddress = new Uri(line![(line!.LastIndexOf(' ') + 1)..]), Timeout = Patience };
            Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/docs", patience.Token)).StatusCode);
            Assert.Equal(HttpStatusCode.Unauthorized, (await client.GetAsync("/v1/agents", patience.Token)).StatusCode);

            // The command line has turned into the server: the signal to one is the signal to the other.
            using var kill = Process.Start("kill", [signal, server.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
            await server.WaitForExitAsync(patience.Token);
            Assert.Equal(0, server.ExitCode);
        }
        finally
        {
            if (!server.HasExited) server.Kill();
        }
    }

    [Fact]
    public async Task an_address_that_others_reach_without_tls_is_refused_with_the_reason()
    {
        using var folder = new TemporaryFolder();
        using var patience = new CancellationTokenSource(Patience);
        using var server = Start("serve", "--data", folder.Path, "--urls", "http://0.0.0.0:0");
        var error = await server.StandardError.ReadToEndAsync(patience.Token);
        await server.WaitForExitAsync(patience.Token);
        Assert.Equal(2, server.ExitCode);
        Assert.Contains("without TLS", error, StringComparison.Ordinal);
    }

    private static Process Start(params string[] args) => Process.Start(
        new ProcessStartInfo("dotnet", [typeof(ExitCode).Assembly.Location, .. args]) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true })!;
}
