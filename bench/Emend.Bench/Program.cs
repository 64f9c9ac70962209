using Emend.Bench;

// dotnet run --project bench/Emend.Bench -c Release -- NAME [ARG ...]
var benches = typeof(IBench).Assembly.GetTypes()
    .Where(static type => type.IsClass && typeof(IBench).IsAssignableFrom(type))
    .Select(static type => (IBench)Activator.CreateInstance(type)!)
    .OrderBy(static bench => bench.Name, StringComparer.Ordinal)
    .ToList();

if (args.Length > 0 && benches.Find(bench => string.Equals(bench.Name, args[0], StringComparison.Ordinal)) is { } chosen)
    return await chosen.RunAsync(args[1..]);

Console.Error.WriteLine("usage: dotnet run --project bench/Emend.Bench -c Release -- NAME [ARG ...]");
foreach (var bench in benches) Console.Error.WriteLine($"  {bench.Name,-16} {bench.What}");
return args.Length == 0 ? 0 : 2;
