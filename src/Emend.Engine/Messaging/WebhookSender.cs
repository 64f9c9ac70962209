using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;

namespace Emend.Engine.Messaging;

/// <summary>How an attempt ended.</summary>
/// <param name="IsAccepted">Whether the receiver has the message.</param>
/// <param name="Code">Why not, as a code: never what the other side said.</param>
/// <param name="IsFinal">Whether trying again is pointless.</param>
/// <param name="RetryAfter">When the receiver asked to be tried again.</param>
internal sealed record SendResult(bool IsAccepted, string Code, bool IsFinal = false, TimeSpan? RetryAfter = null);

/// <summary>Looks names up.</summary>
internal delegate Task<IPAddress[]> ResolveName(string host, CancellationToken cancel);

/// <summary>Posts messages, and trusts neither names nor answers.</summary>
/// <remarks>
/// A name is looked up once per connection, every address it gives has to be allowed, and the connection goes to the address
/// that was checked: a name that changes its mind in between (DNS rebinding) gains nothing. No redirects, no proxy, no cookies, no
/// decompression; headers and body of the answer are capped and the body is not kept.
/// </remarks>
internal sealed class WebhookSender : IDisposable
{
    private const int MaxAnswer = 4_096;

    private readonly WebhookOptions _options;
    private readonly ResolveName _resolve;
    private readonly TimeProvider _clock;
    private readonly HttpMessageInvoker _http;

    public WebhookSender(WebhookOptions options, TimeProvider clock, ResolveName? resolve = null)
    {
        (_options, _clock) = (options, clock);
        _resolve = resolve ?? Dns.GetHostAddressesAsync;
        _http = new(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.None,
            MaxResponseHeadersLength = 16,
            MaxConnectionsPerServer = 2,
            // A name may move; a connection to where it was is not kept for long.
            PooledConnectionLifetime = TimeSpan.FromMinutes(1),
            ActivityHeadersPropagator = null,
            ConnectCallback = async (context, cancel) => await ConnectAsync(context.DnsEndPoint, context.InitialRequestMessage.RequestUri!, cancel).ConfigureAwait(false),
        });
    }

    /// <summary>Sends one message. Never throws for what the other side does.</summary>
    /// <param name="url">Where to.</param>
    /// <param name="message">What.</param>
    /// <param name="secrets">What to sign it with, the newest first.</param>
    /// <param name="cancel">Ends the attempt without a result.</param>
    public async Task<SendResult> SendAsync(Uri url, CloudEvent message, IReadOnlyList<byte[]> secrets, CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(_options.Timeout);
        var timestamp = _clock.GetUtcNow().ToUnixTimeSeconds();
        using var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new ByteArrayContent(message.Body) };
        request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(CloudEvent.ContentType);
        request.Headers.TryAddWithoutValidation("User-Agent", "emend-webhooks/1");
        request.Headers.TryAddWithoutValidation(WebhookSignature.IdHeader, message.Id);
        request.Headers.TryAddWithoutValidation(WebhookSignature.TimestampHeader, timestamp.ToString(CultureInfo.InvariantCulture));
        request.Headers.TryAddWithoutValidation(WebhookSignature.SignatureHeader, WebhookSignature.Sign(message.Id, timestamp, message.Body, secrets));
        try
        {
            using var response = await _http.SendAsync(request, limit.Token).ConfigureAwait(false);
            var result = Judge(response);
            await DrainAsync(response, limit.Token).ConfigureAwait(false);
            return result;
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return new(false, "timeout");
        }
        catch (HttpRequestException fault)
        {
            return new(false, Find<AddressIsForbiddenException>(fault) is not null ? "address-forbidden" : fault.HttpRequestError switch
            {
                HttpRequestError.NameResolutionError => "name",
                HttpRequestError.SecureConnectionError => "tls",
                HttpRequestError.ConnectionError => Find<SocketException>(fault) is { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain } ? "name" : "connect",
                HttpRequestError.ConfigurationLimitExceeded => "answer-too-large",
                _ => "broken",
            });
        }
        catch (IOException)
        {
            return new(false, "broken");
        }
    }

    public void Dispose() => _http.Dispose();

    private async Task<Stream> ConnectAsync(DnsEndPoint to, Uri url, CancellationToken cancel)
    {
        var addresses = IPAddress.TryParse(to.Host, out var literal) ? [literal] : await _resolve(to.Host, cancel).ConfigureAwait(false);
        if (addresses.Length == 0) throw new SocketException((int)SocketError.HostNotFound);
        foreach (var address in addresses)
        {
            if (!AddressRules.MayReach(address, _options)) throw new AddressIsForbiddenException();
            var isAllowed = AddressRules.IsAllowed(address, _options);
            if (!isAllowed && (url.Scheme != Uri.UriSchemeHttps || !_options.AllowedPorts.Contains(to.Port))) throw new AddressIsForbiddenException();
        }
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(addresses, to.Port, cancel).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private SendResult Judge(HttpResponseMessage response)
    {
        var status = (int)response.StatusCode;
        if (status is >= 200 and < 300) return new(true, "accepted");
        if (status == 410) return new(false, "gone", IsFinal: true);
        if (status is >= 300 and < 400) return new(false, "redirect");
        var wait = response.Headers.RetryAfter is { } after ? after.Delta ?? after.Date - _clock.GetUtcNow() : null;
        return new(false, string.Create(CultureInfo.InvariantCulture, $"status-{status}"), RetryAfter: wait > TimeSpan.Zero ? wait : null);
    }

    // Read so that the connection can be used again; what is longer is cut off with the connection.
    private static async Task DrainAsync(HttpResponseMessage response, CancellationToken cancel)
    {
        var body = await response.Content.ReadAsStreamAsync(cancel).ConfigureAwait(false);
        var buffer = new byte[1_024];
        for (int read, all = 0; all < MaxAnswer && (read = await body.ReadAsync(buffer, cancel).ConfigureAwait(false)) > 0; all += read)
        {
        }
    }

    private static T? Find<T>(Exception? fault) where T : Exception
    {
        for (; fault is not null; fault = fault.InnerException)
            if (fault is T found) return found;
        return null;
    }

    private sealed class AddressIsForbiddenException() : IOException("the name leads to an address that is not allowed");
}
