using LiveDesk;

// dotnet run --project samples/support-desk/LiveDesk -c Release [-- --short]
if (args is not ([] or ["--short"]))
{
    Console.Error.WriteLine("usage: LiveDesk [--short]");
    return 2;
}
using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(args.Length > 0 ? 3 : 5));
var folder = Directory.CreateTempSubdirectory("emend-live-").FullName;
try
{
    await using var server = await ServerProcess.StartAsync(Path.Combine(folder, "data"), patience.Token);
    return await new Story(server, folder, isShort: args.Length > 0).RunAsync(patience.Token);
}
finally
{
    Directory.Delete(folder, recursive: true);
}
