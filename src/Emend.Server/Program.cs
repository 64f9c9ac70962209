using Emend.Engine.Storage;
using Emend.Server;

if (args.Contains("--help", StringComparer.Ordinal) || args.Contains("-h", StringComparer.Ordinal))
{
    Console.WriteLine(ServerArguments.Help);
    return 0;
}
var configuration = ServerArguments.Read(args);
if (configuration.Problems.Length > 0)
{
    foreach (var problem in configuration.Problems) Console.Error.WriteLine(problem);
    return 2;
}
if (args.Contains(ServerArguments.Show, StringComparer.Ordinal))
{
    Console.Write(configuration.Text());
    return 0;
}
if (args.Contains(ServerArguments.ShowJson, StringComparer.Ordinal))
{
    Console.WriteLine(configuration.Json());
    return 0;
}
try
{
    await using var server = await EmendServer.StartAsync(configuration.Options, CancellationToken.None);
    Console.WriteLine(StartMessage.Of(server, configuration.Options));
    await server.WaitAsync();
    // What a supervisor takes as a reason to start it again.
    return server.HasFailed ? 1 : 0;
}
catch (WorkspaceIsInUseException fault)
{
    Console.Error.WriteLine(fault.Message);
    return 7;
}
catch (Exception fault) when (fault is StorageException or IOException or System.Security.Cryptography.CryptographicException)
{
    Console.Error.WriteLine(fault.Message);
    return 2;
}
