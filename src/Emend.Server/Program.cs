using Emend.Engine.Storage;
using Emend.Server;

if (args.Contains("--help", StringComparer.Ordinal) || args.Contains("-h", StringComparer.Ordinal))
{
    Console.WriteLine(ServerArguments.Help);
    return 0;
}
var options = ServerArguments.Read(args, out var wrong);
if (wrong is not null)
{
    Console.Error.WriteLine(wrong);
    return 2;
}
try
{
    await using var server = await EmendServer.StartAsync(options, CancellationToken.None);
    Console.WriteLine(StartMessage.Of(server, options));
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
