using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Emend.TestKit;

/// <summary>A request that arrived.</summary>
/// <param name="Path">Path and query.</param>
/// <param name="Headers">Headers by lower-case name.</param>
/// <param name="Body">Body.</param>
public sealed record Received(string Path, IReadOnlyDictionary<string, string> Headers, byte[] Body);

/// <summary>A small HTTP receiver on a free port of loopback. Answers what it is told to; an answer of null hangs until it is disposed of.</summary>
public sealed class Receiver : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly ConcurrentBag<Task> _connections = [];
    private readonly Task _accepting;
    private readonly Func<Received, string?> _answer;
    private readonly SemaphoreSlim _arrived = new(0);

    /// <summary>Starts. <paramref name="answer"/> gives the status line's rest and further header lines, e.g. <c>204 No Content</c>.</summary>
    public Receiver(Func<Received, string?>? answer = null)
    {
        _answer = answer ?? (static _ => "204 No Content");
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>What arrived, in order.</summary>
    public ConcurrentQueue<Received> All { get; } = new();

    /// <summary>Waits until so many have arrived in all; gives up after a minute.</summary>
    public async Task GotAsync(int count)
    {
        while (All.Count < count)
            if (!await _arrived.WaitAsync(TimeSpan.FromMinutes(1))) throw new TimeoutException($"{All.Count} of {count} requests arrived within a minute");
    }

    /// <summary>Where it listens.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Its address.</summary>
    public string Url => $"http://127.0.0.1:{Port.ToString(CultureInfo.InvariantCulture)}/hook?token=t0p";

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Stop();
        await _accepting;
        await Task.WhenAll(_connections);
        _end.Dispose();
        _listener.Dispose();
        _arrived.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true) _connections.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_end.Token)));
        }
        catch (Exception fault) when (fault is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // It was told to end.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        try
        {
            using (client)
            {
                var stream = client.GetStream();
                while (await ReadAsync(stream) is { } request)
                {
                    All.Enqueue(request);
                    _arrived.Release();
                    if (_answer(request) is not { } answer)
                    {
                        await Task.Delay(Timeout.InfiniteTimeSpan, _end.Token);
                        return;
                    }
                    await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 {answer}\r\nContent-Length: 0\r\n\r\n"), _end.Token);
                }
            }
        }
        catch (Exception fault) when (fault is OperationCanceledException or IOException)
        {
            // The other side went away, or it was told to end.
        }
    }

    private async Task<Received?> ReadAsync(NetworkStream stream)
    {
        var head = new List<byte>();
        var one = new byte[1];
        while (!(head.Count >= 4 && head[^4] == '\r' && head[^3] == '\n' && head[^2] == '\r' && head[^1] == '\n'))
        {
            if (await stream.ReadAsync(one, _end.Token) == 0) return null;
            head.Add(one[0]);
        }
        var lines = Encoding.ASCII.GetString([.. head]).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        var headers = lines.Skip(1).Select(static line => line.Split(": ", 2)).ToDictionary(static pair => pair[0].ToLowerInvariant(), static pair => pair[1], StringComparer.Ordinal);
        var body = new byte[headers.TryGetValue("content-length", out var length) ? int.Parse(length, CultureInfo.InvariantCulture) : 0];
        await stream.ReadExactlyAsync(body, _end.Token);
        return new(lines[0].Split(' ')[1], headers, body);
    }
}
