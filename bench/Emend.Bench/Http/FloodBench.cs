using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Emend.Engine.Access;
using Emend.TestKit;

namespace Emend.Bench.Http;

/// <summary>
/// What a workspace notices when another one floods (fault F34): 100 single decisions a second of the quiet one, durable each, timed from
/// when they were due; alone, beside a flood of requests over its limit, and beside bodies of 10 MB. The flood's own client runs on
/// the same processors, so part of what is seen is its doing.
/// </summary>
public sealed class FloodBench : IBench
{
    private const int PerSecond = 100, Limit = 2_000, FloodConnections = 16, LargeConnections = 4, LargeBytes = 10 << 20;

    /// <inheritdoc/>
    public string Name => "http-flood";

    /// <inheritdoc/>
    public string What => "latency of one workspace while another floods, against alone [SECONDS of each stretch, default 15]";

    /// <inheritdoc/>
    public async Task<int> RunAsync(string[] args)
    {
        var seconds = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 15;
        await using var server = await ServerFixture.StartAsync(static options => options with { RequestsPerSecond = Limit, MaxBodyBytes = 1 << 20 });
        var quiet = server.Key("quiet", [Role.Agent], "calm", isService: true).Text;
        var noisy = server.Key("noisy", [Role.Agent], "flooding", isService: true).Text;
        var next = 0;
        Measure(server.Address, quiet, 3, ref next);

        for (var round = 0; round < 2; round++)
        {
            var alone = Measure(server.Address, quiet, seconds, ref next);
            Report("alone", alone, null, "");
            foreach (var isLarge in new[] { false, true })
            {
                using var stop = new CancellationTokenSource();
                var (taken, refused, broken) = (0L, 0L, 0L);
                var series = round;
                var threads = Enumerable.Range(0, isLarge ? LargeConnections : FloodConnections).Select(worker => new Thread(() => Flood(server.Address, noisy, $"flood-{series}-{worker}", isLarge, status =>
                {
                    if (status == 201) Interlocked.Increment(ref taken);
                    else if (status is 413 or 429) Interlocked.Increment(ref refused);
                    else Interlocked.Increment(ref broken);
                }, stop.Token))).ToList();
                foreach (var thread in threads) thread.Start();
                var beside = Measure(server.Address, quiet, seconds, ref next);
                await stop.CancelAsync();
                foreach (var thread in threads) thread.Join();
                // A connection that the server closed under a body it refuses breaks before the answer is read; that is a refusal too.
                Report(isLarge ? $"beside bodies of {LargeBytes >> 20} MB" : "beside a flood over its limit", beside, alone,
                    string.Create(CultureInfo.InvariantCulture, $"; of the flood {taken / (double)seconds:N0}/s taken, {refused / (double)seconds:N0}/s refused, {broken / (double)seconds:N0}/s cut off"));
            }
        }
        return (await server.EngineAsync("calm")).Decisions.Count("router") == next ? 0 : 1;
    }

    private static double[] Measure(Uri address, string key, int seconds, ref int next)
    {
        var (from, count) = (next, seconds * PerSecond);
        next += count;
        var millis = new double[count];
        Exception? fault = null;
        // Blocking, on a thread of its own: no pool that the server works on is between it and the clock.
        var thread = new Thread(() =>
        {
            try
            {
                using var socket = Connect(address);
                var buffer = new byte[64 << 10];
                var start = Stopwatch.GetTimestamp();
                for (var i = 0; i < count; i++)
                {
                    var due = TimeSpan.FromSeconds(i / (double)PerSecond);
                    if (due - Stopwatch.GetElapsedTime(start) is { Ticks: > 0 } wait) Thread.Sleep(wait);
                    socket.Send(RawClient.Request("POST", "/v1/decisions", key, Line("calm", from + i)));
                    if (Receive(socket, buffer) is not 201 and var status) throw new IOException($"a decision of the quiet workspace was answered with {status}: {Encoding.UTF8.GetString(buffer.AsSpan(0, 1_000))}");
                    millis[i] = (Stopwatch.GetElapsedTime(start) - due).TotalMilliseconds;
                }
            }
            catch (Exception e) when (e is SocketException or IOException)
            {
                fault = e;
            }
        });
        thread.Start();
        thread.Join();
        if (fault is not null) throw new IOException("the measurement broke off", fault);
        Array.Sort(millis);
        return millis;
    }

    private static void Flood(Uri address, string key, string prefix, bool isLarge, Action<int> seen, CancellationToken stop)
    {
        var buffer = new byte[64 << 10];
        var (head, piece) = (Encoding.UTF8.GetBytes(Head(key)), Encoding.UTF8.GetBytes(new string('x', 64 << 10)));
        for (var i = 0; !stop.IsCancellationRequested;)
        {
            try
            {
                using var socket = Connect(address);
                while (!stop.IsCancellationRequested)
                {
                    if (isLarge)
                    {
                        // As clients send large bodies: piece by piece, until they are answered.
                        socket.Send(head);
                        for (var sent = 0; sent < LargeBytes && !socket.Poll(0, SelectMode.SelectRead); sent += piece.Length) socket.Send(piece);
                        seen(Receive(socket, buffer));
                        break;
                    }
                    socket.Send(RawClient.Request("POST", "/v1/decisions", key, Line(prefix, i++)));
                    seen(Receive(socket, buffer));
                }
            }
            catch (Exception e) when (e is SocketException or IOException)
            {
                seen(0);
            }
        }
    }

    private static string Head(string key) => string.Create(CultureInfo.InvariantCulture,
        $"POST /v1/decisions HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {key}\r\nContent-Type: application/json\r\nContent-Length: {LargeBytes}\r\n\r\n");

    private static Socket Connect(Uri address)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, ReceiveTimeout = 60_000 };
        socket.Connect(IPAddress.Parse(address.Host), address.Port);
        return socket;
    }

    private static int Receive(Socket socket, byte[] buffer)
    {
        var length = 0;
        while (true)
        {
            var read = socket.Receive(buffer.AsSpan(length));
            if (read == 0) throw new IOException("the server closed the connection");
            length += read;
            if (RawClient.IsWhole(buffer.AsSpan(0, length))) return int.Parse(Encoding.ASCII.GetString(buffer, 9, 3), CultureInfo.InvariantCulture);
        }
    }

    private static string Line(string prefix, int i) =>
        $$"""{"id":"{{prefix}}-{{i}}","occurredAt":"2026-01-05T08:00:00Z","agent":"router","input":"where is my parcel, it should have been here on Monday","proposed":{"action":"a"},"confidence":0.7}""";

    private static void Report(string what, double[] millis, double[]? alone, string flood)
    {
        var (p50, p99) = (millis[millis.Length / 2], millis[millis.Length * 99 / 100]);
        var ratio = alone is null ? "" : string.Create(CultureInfo.InvariantCulture, $"  p99 {p99 / alone[alone.Length * 99 / 100]:F1} times what it is alone");
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what,-32} p50 {p50,6:F2} ms  p99 {p99,7:F2} ms{ratio}{flood}"));
    }
}
