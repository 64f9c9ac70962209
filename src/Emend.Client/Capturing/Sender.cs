using System.Net;
using System.Text.Json;
using Emend.Client.Observing;
using Microsoft.Extensions.Logging;

namespace Emend.Client.Capturing;

/// <summary>
/// Empties the spool to the server, oldest first, corrections in turn with the rest. What was not acknowledged is sent again; the server
/// knows it by its key, so that it counts once. What the server will never take is set aside, counted and logged, and holds up nothing.
/// </summary>
internal sealed partial class Sender(EmendClientOptions options, Spool spool, HttpClient http, TimeProvider clock, ILogger log) : IDisposable
{
    private static readonly byte[] Before = "{\"items\":["u8.ToArray(), After = "]}"u8.ToArray();

    private readonly SemaphoreSlim _wake = new(0, 1);
    private readonly Backoff _backoff = new(options.FirstPause, options.LongestPause, (uint)Environment.ProcessId * 2_654_435_761);
    private readonly HashSet<string> _toldCodes = new(StringComparer.Ordinal);

    /// <summary>Says that something waits.</summary>
    public void Wake()
    {
        try
        {
            if (_wake.CurrentCount == 0) _wake.Release();
        }
        catch (SemaphoreFullException)
        {
            // Somebody else was as quick: it is awake.
        }
    }

    /// <summary>Sends until it is told to stop.</summary>
    public async Task RunAsync(CancellationToken cancel)
    {
        while (true)
        {
            bool isIdle;
            try
            {
                isIdle = !(await SendAsync(SpoolRank.Corrections, cancel).ConfigureAwait(false) | await SendAsync(SpoolRank.Ordinary, cancel).ConfigureAwait(false));
                _backoff.Reset();
            }
            catch (Exception) when (cancel.IsCancellationRequested)
            {
                // Whatever broke while it was told to stop: what was not acknowledged is still on disk.
                return;
            }
            catch (Exception fault)
            {
                // Never the end of sending, whatever it was.
                var kind = fault is SendException failed ? failed.Kind : fault.GetType().Name;
                ClientMeters.Attempts.Add(1, new KeyValuePair<string, object?>("kind", kind));
                if (_toldCodes.Add("send:" + kind)) CannotSend(log, options.Server, kind, fault.Message);
                await Task.Delay(_backoff.Next((fault as SendException)?.RetryAfter), clock, cancel).ConfigureAwait(false);
                continue;
            }
            if (isIdle) await _wake.WaitAsync(cancel).ConfigureAwait(false);
        }
    }

    public void Dispose() => _wake.Dispose();

    private async Task<bool> SendAsync(SpoolRank rank, CancellationToken cancel)
    {
        if (spool.Read(rank, options.BatchSize) is not { } batch) return false;
        var isDone = false;
        try
        {
            using var activity = ClientMeters.Source.StartActivity("send");
            activity?.SetTag("emend.records", batch.Records.Count);
            var refused = new HashSet<int>();
            await PostAsync("v1/decisions", Lines(batch, RecordKind.Decision, 0), refused, cancel).ConfigureAwait(false);
            await PostAsync("v1/servings", [.. Lines(batch, RecordKind.Decision, 1).Where(line => !refused.Contains(line.Index))], refused, cancel).ConfigureAwait(false);
            await PostAsync("v1/corrections", Lines(batch, RecordKind.Correction, 0), refused, cancel).ConfigureAwait(false);
            await PostAsync("v1/outcomes", Lines(batch, RecordKind.Outcome, 0), refused, cancel).ConfigureAwait(false);
            spool.Acknowledge(rank, batch, refused.Count);
            isDone = true;
            ClientMeters.Sent.Add(batch.Records.Count - refused.Count);
            return true;
        }
        finally
        {
            if (!isDone) spool.Release(rank, batch);
        }
    }

    // A decision has two lines: itself, and what was done with it.
    private static List<(int Index, ReadOnlyMemory<byte> Line)> Lines(SpoolBatch batch, RecordKind kind, int line)
    {
        var lines = new List<(int, ReadOnlyMemory<byte>)>();
        for (var i = 0; i < batch.Records.Count; i++)
        {
            if (batch.Records[i].Kind != kind) continue;
            var payload = batch.Records[i].Payload.AsMemory();
            if (kind == RecordKind.Decision)
            {
                var split = payload.Span.IndexOf((byte)'\n');
                payload = line == 0 ? payload[..split] : payload[(split + 1)..];
            }
            lines.Add((i, payload));
        }
        return lines;
    }

    private async Task PostAsync(string path, List<(int Index, ReadOnlyMemory<byte> Line)> lines, HashSet<int> refused, CancellationToken cancel)
    {
        if (lines.Count == 0) return;
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new ByteArrayContent(Body(lines)) };
        request.Content.Headers.ContentType = new("application/json");
        using var limit = new CancellationTokenSource(options.RequestTimeout, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancel);
        using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseContentRead, either.Token).ConfigureAwait(false);
        var body = await answer.Content.ReadAsByteArrayAsync(either.Token).ConfigureAwait(false);
        if (answer.IsSuccessStatusCode)
        {
            Results(path, lines, body, refused);
            return;
        }
        var isAboutItems = answer.StatusCode is HttpStatusCode.BadRequest or HttpStatusCode.RequestEntityTooLarge or HttpStatusCode.UnprocessableEntity or HttpStatusCode.Conflict;
        if (!isAboutItems) throw new SendException(answer.StatusCode.ToString(), $"{path} answered {(int)answer.StatusCode}", Backoff.AskedBy(answer, clock));
        if (lines.Count == 1)
        {
            SetAside(path, lines[0].Index, "http-" + (int)answer.StatusCode, refused);
            return;
        }
        // One of them spoils the rest: halve until it stands alone.
        await PostAsync(path, lines[..(lines.Count / 2)], refused, cancel).ConfigureAwait(false);
        await PostAsync(path, lines[(lines.Count / 2)..], refused, cancel).ConfigureAwait(false);
    }

    private static byte[] Body(List<(int Index, ReadOnlyMemory<byte> Line)> lines)
    {
        var body = new byte[Before.Length + lines.Sum(static line => line.Line.Length + 1) - 1 + After.Length];
        Before.CopyTo(body, 0);
        var at = Before.Length;
        for (var i = 0; i < lines.Count; i++)
        {
            if (i > 0) body[at++] = (byte)',';
            lines[i].Line.CopyTo(body.AsMemory(at));
            at += lines[i].Line.Length;
        }
        After.CopyTo(body, at);
        return body;
    }

    private void Results(string path, List<(int Index, ReadOnlyMemory<byte> Line)> lines, byte[] body, HashSet<int> refused)
    {
        using var document = JsonDocument.Parse(body);
        if (!document.RootElement.TryGetProperty("items", out var items) || items.GetArrayLength() != lines.Count)
            throw new SendException("answer", $"{path} answered without a result for each item");
        var i = 0;
        foreach (var item in items.EnumerateArray())
        {
            if (item.GetProperty("status").GetString() is "conflict" or "refused" or "bad")
                SetAside(path, lines[i].Index, item.TryGetProperty("problem", out var problem) && problem.TryGetProperty("code", out var code) ? code.GetString()! : "unknown", refused);
            i++;
        }
    }

    private void SetAside(string path, int index, string code, HashSet<int> refused)
    {
        refused.Add(index);
        // Once per kind: a client that is configured wrongly would fill the log.
        if (_toldCodes.Add(path + ":" + code)) NotTaken(log, path, code);
    }

    [LoggerMessage(7101, LogLevel.Warning, "Records cannot be sent to {Server} ({Kind}: {Reason}); they wait on disk and are sent when it answers")]
    private static partial void CannotSend(ILogger log, Uri? server, string kind, string reason);

    [LoggerMessage(7102, LogLevel.Error, "The server does not take a record ({Path}: {Code}); it is dropped and counted. Further ones with this code are counted only")]
    private static partial void NotTaken(ILogger log, string path, string code);

    private sealed class SendException(string kind, string message, TimeSpan? retryAfter = null) : Exception(message)
    {
        public string Kind => kind;

        public TimeSpan? RetryAfter => retryAfter;
    }
}
