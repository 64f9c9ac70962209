using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;
using Emend.Engine.Access;
using Emend.TestKit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Emend.Bench.Http;

/// <summary>
/// Single corrections over HTTP on 64 connections, against a bare server of the same run that reads the same bytes and answers as
/// many, and against what the engine alone costs for the same corrections.
/// </summary>
public sealed class SinglesBench : IBench
{
    private const int Connections = 64;
    private const int Rounds = 2;

    /// <inheritdoc/>
    public string Name => "http-singles";

    /// <inheritdoc/>
    public string What => "single corrections over HTTP against a bare server and against the engine alone [COUNT, default 15000]";

    /// <inheritdoc/>
    public async Task<int> RunAsync(string[] args)
    {
        var count = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 15_000;
        await using var server = await ServerFixture.StartAsync(static options => options with { RequestsPerSecond = 1_000_000 });
        var engine = await server.EngineAsync();
        var key = server.Key("bench-service", [Role.Agent, Role.Submitter], isService: true).Text;
        // Every decision is corrected once, as most are that are corrected at all.
        var warm = count / 4;
        await Workload.DecideAsync(engine, 2 * (warm + Rounds * count));
        var next = 0;
        int[] Take(int many) => [.. Enumerable.Range((next += many) - many, many)];
        await using var bare = await BareAsync();
        var bareAddress = new Uri(bare.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

        // Both are warmed the same way; what is compiled meanwhile is no part of a figure.
        var first = Requests(Take(warm), key);
        Report(null, bareAddress, first, null);
        Report(null, server.Address, first, null);
        await Workload.CorrectAsync(engine, Take(warm));
        var wrong = 0;
        for (var round = 0; round < Rounds; round++)
        {
            var before = Environment.CpuUsage.TotalTime;
            var watch = Stopwatch.StartNew();
            await Workload.CorrectAsync(engine, Take(count));
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{"engine alone, batches of 100",-44} {count / watch.Elapsed.TotalSeconds,8:N0}/s  {(Environment.CpuUsage.TotalTime - before).TotalMicroseconds / count,6:F0} us of processor"));
            var requests = Requests(Take(count), key);
            var floor = Report("bare server, same bytes in and out", bareAddress, requests, null);
            wrong += floor.Wrong;
            var (stored, entries) = (Workload.Corrections(engine), engine.Store.Size);
            var singles = Report($"single corrections, {Connections} connections", server.Address, requests, floor);
            var lost = count - (Workload.Corrections(engine) - stored);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"  acknowledged {count - singles.Wrong:N0}, lost {lost}; {count / (double)Math.Max(1, engine.Store.Size - entries):F0} shared a journal entry"));
            wrong += singles.Wrong + (int)Math.Abs(lost);
        }
        return wrong == 0 ? 0 : 1;
    }

    private static byte[][] Requests(int[] decisions, string key) =>
        [.. decisions.Select(i => RawClient.Request("POST", "/v1/corrections", key, Workload.Line(i)))];

    private static LoadResult Report(string? what, Uri address, byte[][] requests, LoadResult? floor)
    {
        var (before, bytes) = (Environment.CpuUsage.TotalTime, GC.GetTotalAllocatedBytes());
        var result = LoadThread.Run(address, requests, Connections, static (_, answer) => answer.StartsWith("HTTP/1.1 201"u8) && answer.IndexOf("\"status\":\"accepted\""u8) > 0);
        var whole = (Environment.CpuUsage.TotalTime - before).TotalMicroseconds / requests.Length;
        var load = result.Processor.TotalMicroseconds / requests.Length;
        if (what is null) return result;
        var ratio = floor is null ? "" : string.Create(CultureInfo.InvariantCulture, $"  {100 * floor.Time / result.Time:F0} % of the bare server");
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{what,-44} {requests.Length / result.Time.TotalSeconds,8:N0}/s  {whole - load,6:F0} us of processor, {load:F0} more for the load, {(GC.GetTotalAllocatedBytes() - bytes) / 1024d / requests.Length:F1} KiB{ratio}  p50 {result.Millis[requests.Length / 2]:F2} ms  p99 {result.Millis[requests.Length * 99 / 100]:F2} ms"));
        return result;
    }

    // Reads the whole body and answers what the real one answers, byte for byte as many.
    private static async Task<WebApplication> BareAsync()
    {
        var answer = Encoding.UTF8.GetBytes("""{"status":"accepted","id":"c-0123456789abcdef01234567","entry":123456,"position":12}""");
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(static kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        app.Run(async context =>
        {
            while (await context.Request.BodyReader.ReadAsync() is var read)
            {
                context.Request.BodyReader.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted) break;
            }
            context.Response.StatusCode = StatusCodes.Status201Created;
            context.Response.ContentType = "application/json; charset=utf-8";
            context.Response.ContentLength = answer.Length;
            await context.Response.Body.WriteAsync(answer);
        });
        await app.StartAsync();
        return app;
    }
}
