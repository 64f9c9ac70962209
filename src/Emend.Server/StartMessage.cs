using System.Text;

namespace Emend.Server;

/// <summary>What the program says once it runs: where it listens, where the data lies, what to do next.</summary>
internal static class StartMessage
{
    public static string Of(EmendServer server, ServerOptions options)
    {
        var text = new StringBuilder();
        var first = server.Addresses[0].ToString().TrimEnd('/');
        foreach (var address in server.Addresses) text.Append("Emend listens on ").Append(address.ToString().TrimEnd('/')).Append('\n');
        text.Append("data       ").Append(Path.GetFullPath(options.DataDirectory)).Append('\n');
        text.Append("reference  ").Append(first).Append("/docs\n");
        if (server.FirstKey is { } key)
        {
            text.Append("\nFirst start. The key of the first administrator, shown this once:\n\n  ").Append(key).Append("\n\n");
            text.Append("It issues keys and sees no data. A key for an agent that also sends corrections:\n\n  ");
            text.Append("emend keys add my-agent --service --role agent --role submitter --data ").Append(options.DataDirectory).Append('\n');
        }
        return text.ToString().TrimEnd('\n');
    }
}
