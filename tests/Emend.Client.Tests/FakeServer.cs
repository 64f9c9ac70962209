using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Emend.Engine;
using Emend.Logic;

namespace Emend.Client.Tests;

/// <summary>Answers a client's requests in memory: bundles and manifests from an engine, and a table of what was sent, once per key. Can be taken down, stalled and made to lie.</summary>
internal sealed class FakeServer(EmendEngine engine) : HttpMessageHandler
{
    /// <summary>What arrived: key, and how many times it counted.</summary>
    public ConcurrentDictionary<string, int> Counted { get; } = new(StringComparer.Ordinal);

    /// <summary>Lines as they arrived, one for each key.</summary>
    public ConcurrentDictionary<string, string> Lines { get; } = new(StringComparer.Ordinal);

    /// <summary>No connection comes about.</summary>
    public bool IsDown { get => Volatile.Read(ref _isDown); set => Volatile.Write(ref _isDown, value); }

    private bool _isDown;

    /// <summary>Takes everything in and then loses the answer, so many times.</summary>
    public int LoseAnswers;

    /// <summary>Reports of lost records as they arrived, those whose answer got lost included.</summary>
    public ConcurrentQueue<string> Losses { get; } = [];

    /// <summary>Items of which this is true are refused.</summary>
    public Func<string, bool> Refuses { get; init; } = static _ => false;

    /// <summary>Whether streams are let through.</summary>
    public bool HasStreams { get; init; } = true;

    /// <summary>Changes a bundle on its way.</summary>
    public Func<byte[], byte[]> OnTheWay { get; set; } = static bytes => bytes;

    /// <summary>Streams begun.</summary>
    public int Streams;

    /// <summary>Bundles handed out.</summary>
    public int Downloads;

    /// <summary>Streams say nothing and do not end.</summary>
    public bool IsStalled { get; init; }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (IsDown) throw new HttpRequestException("connection refused");
        var path = request.RequestUri!.AbsolutePath;
        if (path.EndsWith("/events", StringComparison.Ordinal)) return Stream();
        if (path.EndsWith("/manifest", StringComparison.Ordinal)) return await ManifestAsync(request, cancellationToken);
        if (path.Contains("/by-digest/", StringComparison.Ordinal))
        {
            Interlocked.Increment(ref Downloads);
            return engine.Ledger.Bundle(path[(path.LastIndexOf('/') + 1)..]) is { } bundle ? Bytes(OnTheWay(BundleJson.Write(bundle))) : new(HttpStatusCode.NotFound);
        }
        var answer = Take(path, await request.Content!.ReadAsByteArrayAsync(cancellationToken));
        return Interlocked.Decrement(ref LoseAnswers) >= 0 ? throw new HttpRequestException("connection reset") : answer;
    }

    private HttpResponseMessage Take(string path, byte[] body)
    {
        if (path == "/v1/clients/losses")
        {
            Losses.Enqueue(Encoding.UTF8.GetString(body));
            return new(HttpStatusCode.NoContent);
        }
        using var document = JsonDocument.Parse(body);
        var results = new List<string>();
        foreach (var item in document.RootElement.GetProperty("items").EnumerateArray())
        {
            var line = item.GetRawText();
            var key = $"{path}#{(item.TryGetProperty("idempotencyKey", out var own) || item.TryGetProperty("id", out own) || item.TryGetProperty("decisionId", out own) ? own.GetString() : "?")}";
            if (Refuses(line)) results.Add("""{"status":"refused","problem":{"code":"capture.does-not-fit-agent"}}""");
            else if (Lines.TryAdd(key, line))
            {
                Counted.AddOrUpdate(key, 1, static (_, count) => count + 1);
                results.Add("""{"status":"accepted"}""");
            }
            else results.Add(Lines[key] == line ? """{"status":"duplicate"}""" : """{"status":"conflict","problem":{"code":"capture.key-taken"}}""");
        }
        return Bytes(Encoding.UTF8.GetBytes($$"""{"items":[{{string.Join(',', results)}}]}"""));
    }

    private async Task<HttpResponseMessage> ManifestAsync(HttpRequestMessage request, CancellationToken cancel)
    {
        var etag = request.Headers.IfNoneMatch.FirstOrDefault()?.ToString();
        var manifest = await engine.Feed.NextAsync("router", etag, etag is null ? TimeSpan.Zero : TimeSpan.FromSeconds(30), cancel);
        var answer = Bytes(manifest.Bytes);
        answer.Headers.ETag = new EntityTagHeaderValue(manifest.ETag);
        return answer;
    }

    private HttpResponseMessage Stream()
    {
        if (!HasStreams) return new(HttpStatusCode.BadGateway);
        Interlocked.Increment(ref Streams);
        return new(HttpStatusCode.OK) { Content = new EventsContent(engine, this) };
    }

    private static HttpResponseMessage Bytes(byte[] bytes) => new(HttpStatusCode.OK) { Content = new ByteArrayContent(bytes) };

    // The stream a server sends, through a pipe: the client reads while this writes.
    private sealed class EventsContent(EmendEngine engine, FakeServer server) : HttpContent
    {
        protected override Task<Stream> CreateContentReadStreamAsync(CancellationToken cancellationToken)
        {
            var pipe = new System.IO.Pipelines.Pipe();
            _ = WriteAsync(pipe.Writer.AsStream());
            return Task.FromResult(pipe.Reader.AsStream());
        }

        protected override Task<Stream> CreateContentReadStreamAsync() => CreateContentReadStreamAsync(CancellationToken.None);

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => throw new NotSupportedException();

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }

        private async Task WriteAsync(Stream to)
        {
            using var listener = engine.Feed.Listen("router");
            try
            {
                var next = await engine.Feed.CurrentAsync("router", CancellationToken.None);
                while (true)
                {
                    if (!server.IsStalled)
                    {
                        var data = string.Join('\n', next.Note[..^1].Split('\n').Select(static line => "data: " + line));
                        await to.WriteAsync(Encoding.UTF8.GetBytes($"event: manifest\nid: {next.Manifest.Counter}\n{data}\n\n"));
                        await to.FlushAsync();
                    }
                    if (!await listener.Manifests.WaitToReadAsync() || !listener.Manifests.TryRead(out next!)) break;
                }
            }
            catch (Exception gone) when (gone is IOException or ObjectDisposedException or InvalidOperationException)
            {
                // The client went away.
            }
        }
    }
}
