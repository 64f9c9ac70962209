using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Emend.Bench.Http;

/// <summary>One kept-alive connection that costs next to nothing: the load generator shares the machine with what it measures.</summary>
internal sealed class RawClient : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] _buffer = new byte[1 << 20];

    /// <summary>Connects.</summary>
    public static async Task<RawClient> ConnectAsync(Uri address)
    {
        var client = new RawClient();
        await client._socket.ConnectAsync(IPAddress.Parse(address.Host), address.Port);
        return client;
    }

    /// <summary>Bytes of a request.</summary>
    public static byte[] Request(string method, string path, string key, string? body = null)
    {
        var head = string.Create(CultureInfo.InvariantCulture, $"{method} {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {key}\r\n");
        if (body is not null) head += string.Create(CultureInfo.InvariantCulture, $"Content-Type: application/json\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n");
        return Encoding.UTF8.GetBytes(head + "\r\n" + body);
    }

    /// <summary>Sends a request and reads the whole answer.</summary>
    /// <returns>Status, and the body's text when it is asked for.</returns>
    public async Task<(int Status, string? Body)> SendAsync(byte[] request, bool withBody = false)
    {
        await _socket.SendAsync(request);
        var length = 0;
        while (true)
        {
            var read = await _socket.ReceiveAsync(_buffer.AsMemory(length));
            if (read == 0) throw new IOException("the server closed the connection");
            length += read;
            if (IsWhole(_buffer.AsSpan(0, length))) break;
        }
        var status = int.Parse(Encoding.ASCII.GetString(_buffer, 9, 3), CultureInfo.InvariantCulture);
        return (status, withBody || status >= 400 ? Encoding.UTF8.GetString(_buffer, 0, length) : null);
    }

    public void Dispose() => _socket.Dispose();

    /// <summary>Whether an answer has all its bytes.</summary>
    public static bool IsWhole(ReadOnlySpan<byte> answer)
    {
        var head = answer.IndexOf("\r\n\r\n"u8);
        if (head < 0) return false;
        var at = answer[..head].IndexOf("Content-Length: "u8);
        if (at < 0) return answer.EndsWith("\r\n0\r\n\r\n"u8);
        var digits = answer[(at + 16)..head];
        if (digits.IndexOf((byte)'\r') is >= 0 and var end) digits = digits[..end];
        return answer.Length - head - 4 == int.Parse(Encoding.ASCII.GetString(digits), CultureInfo.InvariantCulture);
    }
}
