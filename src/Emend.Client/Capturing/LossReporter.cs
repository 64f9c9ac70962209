using System.Buffers;
using System.Text.Json;
using Emend.Client.Observing;
using Microsoft.Extensions.Logging;

namespace Emend.Client.Capturing;

/// <summary>
/// Tells the server what was lost, so that somebody is alerted. A report holds the totals of <see cref="LossRegister"/>: one that fails is
/// sent again, one that arrives twice changes nothing. It goes its own way, since what fills a spool is records that are not taken.
/// </summary>
internal sealed partial class LossReporter(EmendClientOptions options, LossRegister losses, HttpClient http, TimeProvider clock, ILogger log) : IDisposable
{
    private static readonly string[] Names = ["queue-full", "spool-full", "made-room", "disk-fault", "torn", "corrupt", "refused", "too-large"];

    private readonly SemaphoreSlim _wake = new(1, 1); // an earlier process may have left something to tell
    private readonly Backoff _backoff = new(options.FirstPause, options.LongestPause, (uint)Environment.ProcessId * 2_246_822_519);
    private long _reported;
    private bool _isTold;

    /// <summary>Records lost that the server knows of.</summary>
    public long Reported => Volatile.Read(ref _reported);

    /// <summary>Reports until it is told to stop.</summary>
    public async Task RunAsync(CancellationToken cancel)
    {
        losses.Grew += Wake;
        try
        {
            while (true)
            {
                await _wake.WaitAsync(cancel).ConfigureAwait(false);
                losses.Save();
                var totals = losses.Totals();
                var pause = options.FlushEvery;
                if (totals.Sum() > Reported && await ReportAsync(totals, cancel).ConfigureAwait(false) is { } again)
                {
                    pause = again;
                    Wake(this, EventArgs.Empty);
                }
                // Losses come in swarms: one report tells of all of them.
                await Task.Delay(pause, clock, cancel).ConfigureAwait(false);
            }
        }
        catch (Exception) when (cancel.IsCancellationRequested)
        {
            // Whatever broke while it was told to stop: what was not reported stands on disk; the next process reports it.
        }
        finally
        {
            losses.Grew -= Wake;
        }
    }

    public void Dispose() => _wake.Dispose();

    // Null when the server knows now; otherwise how long to wait before trying again.
    private async Task<TimeSpan?> ReportAsync(long[] totals, CancellationToken cancel)
    {
        string kind, reason;
        TimeSpan? asked = null;
        try
        {
            using var limit = new CancellationTokenSource(options.RequestTimeout, clock);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancel);
            using var request = new HttpRequestMessage(HttpMethod.Post, "v1/clients/losses") { Content = new ByteArrayContent(Body(totals)) };
            request.Content.Headers.ContentType = new("application/json");
            using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseContentRead, either.Token).ConfigureAwait(false);
            if (answer.IsSuccessStatusCode)
            {
                Volatile.Write(ref _reported, totals.Sum());
                _backoff.Reset();
                return null;
            }
            (kind, reason, asked) = (answer.StatusCode.ToString(), $"it answered {(int)answer.StatusCode}", Backoff.AskedBy(answer, clock));
        }
        catch (Exception fault) when (!cancel.IsCancellationRequested)
        {
            (kind, reason) = (fault.GetType().Name, fault.Message);
        }
        ClientMeters.Attempts.Add(1, new KeyValuePair<string, object?>("kind", kind));
        if (!_isTold) CannotReport(log, options.Server, reason);
        _isTold = true;
        return _backoff.Next(asked);
    }

    private byte[] Body(long[] totals)
    {
        var bytes = new ArrayBufferWriter<byte>(256);
        using var json = new Utf8JsonWriter(bytes);
        json.WriteStartObject();
        json.WriteString("client"u8, losses.Client);
        json.WriteStartObject("lost"u8);
        for (var i = 0; i < totals.Length; i++)
            if (totals[i] > 0) json.WriteNumber(Names[i], totals[i]);
        json.WriteEndObject();
        json.WriteEndObject();
        json.Flush();
        return bytes.WrittenSpan.ToArray();
    }

    private void Wake(object? sender, EventArgs e)
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

    [LoggerMessage(7103, LogLevel.Warning, "{Server} cannot be told of lost records ({Reason}); it is tried again")]
    private static partial void CannotReport(ILogger log, Uri? server, string reason);
}
