using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Emend.Bench.Http;

/// <summary>What a load came to.</summary>
/// <param name="Time">From the first request to the last answer.</param>
/// <param name="Processor">Processor time of the load's own thread: the rest of the process's is the server's.</param>
/// <param name="Millis">Latency of each request, sorted.</param>
/// <param name="Wrong">Answers that were not what was expected.</param>
internal sealed record LoadResult(TimeSpan Time, TimeSpan Processor, double[] Millis, int Wrong);

/// <summary>
/// Many connections in a closed loop on one thread of its own: the load generator shares the machine with what it measures, so it
/// costs as little as possible and says how much that is.
/// </summary>
internal static class LoadThread
{
    private const int MaxAnswer = 1 << 20;

    /// <summary>Sends every request once and looks at every answer.</summary>
    /// <param name="address">The server.</param>
    /// <param name="requests">Whole requests.</param>
    /// <param name="connections">Connections, each with one request under way.</param>
    /// <param name="isRight">Whether an answer (head and body) is the one that belongs to a request.</param>
    public static LoadResult Run(Uri address, IReadOnlyList<byte[]> requests, int connections, Func<int, ReadOnlySpan<byte>, bool> isRight)
    {
        LoadResult? result = null;
        Exception? fault = null;
        var thread = new Thread(() =>
        {
            try
            {
                result = Loop(address, requests, connections, isRight);
            }
            catch (Exception e) when (e is SocketException or IOException)
            {
                fault = e;
            }
        });
        thread.Start();
        thread.Join();
        return result ?? throw new IOException("the load broke off", fault);
    }

    private static LoadResult Loop(Uri address, IReadOnlyList<byte[]> requests, int connections, Func<int, ReadOnlySpan<byte>, bool> isRight)
    {
        var lines = Enumerable.Range(0, Math.Min(connections, requests.Count)).Select(_ => new Line(address)).ToArray();
        var bySocket = lines.ToDictionary(static line => line.Socket);
        var millis = new double[requests.Count];
        var (next, done, wrong) = (0, 0, 0);
        var (started, processor) = (Stopwatch.GetTimestamp(), OwnProcessorTime());
        foreach (var line in lines) line.Send(requests[next], next++);
        var ready = new List<Socket>(lines.Length);
        while (done < requests.Count)
        {
            ready.Clear();
            foreach (var line in lines)
                if (line.Request >= 0) ready.Add(line.Socket);
            Socket.Select(ready, null, null, -1);
            foreach (var socket in ready)
            {
                var line = bySocket[socket];
                if (line.Receive() is not { } length) continue;
                millis[line.Request] = Stopwatch.GetElapsedTime(line.SentAt).TotalMilliseconds;
                var answer = line.Buffer.AsSpan(0, length);
                if (!isRight(line.Request, answer) && wrong++ == 0) Console.WriteLine(Encoding.UTF8.GetString(answer));
                done++;
                line.Request = -1;
                if (next < requests.Count) line.Send(requests[next], next++);
            }
        }
        var (time, spent) = (Stopwatch.GetElapsedTime(started), OwnProcessorTime() - processor);
        foreach (var line in lines) line.Socket.Dispose();
        Array.Sort(millis);
        return new(time, spent, millis, wrong);
    }

    // First field of schedstat: nanoseconds this thread has run.
    private static TimeSpan OwnProcessorTime() =>
        TimeSpan.FromMicroseconds(long.Parse(File.ReadAllText("/proc/thread-self/schedstat").Split(' ')[0], CultureInfo.InvariantCulture) / 1_000d);

    private sealed class Line
    {
        private int _length;

        public Line(Uri address)
        {
            Socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            Socket.Connect(IPAddress.Parse(address.Host), address.Port);
        }

        public Socket Socket { get; }

        public byte[] Buffer { get; } = new byte[MaxAnswer];

        /// <summary>Number of the request under way; -1: none.</summary>
        public int Request { get; set; } = -1;

        public long SentAt { get; private set; }

        public void Send(byte[] request, int number)
        {
            (_length, Request, SentAt) = (0, number, Stopwatch.GetTimestamp());
            if (Socket.Send(request) != request.Length) throw new IOException("a request was sent in part only");
        }

        /// <summary>Reads what is there; gives the length of the answer once it is whole.</summary>
        public int? Receive()
        {
            var read = Socket.Receive(Buffer.AsSpan(_length));
            if (read == 0) throw new IOException("the server closed the connection");
            _length += read;
            return RawClient.IsWhole(Buffer.AsSpan(0, _length)) ? _length : null;
        }
    }
}
