using System.Buffers;
using System.IO.Pipelines;
using Emend.Contracts.Capturing;
using Emend.Engine.Capturing;
using Emend.Engine.Capturing.Logs;
using Emend.Server.Access;

namespace Emend.Server.Api;

/// <summary>Takes one kind of signal in: a single one, a batch with a result for each, or a stream of lines.</summary>
internal sealed class SignalRoute<T>(
    LineShape<T> shape, Func<SignalIntake, AcceptBatch<T>> batch, Func<SignalIntake, GatherSignals<T>> one, Func<T, string?> idOf, Func<T, Caller, string?, T> sign)
    where T : class
{
    private const string Lines = "application/x-ndjson";
    private const string KeyHeader = OncePerKey.Header;
    private const int ListedProblems = 100;
    private const int InFlight = 4;
    private const int StreamBatch = 256;

    /// <summary>Answers a request.</summary>
    public async Task<IResult> HandleAsync(HttpContext context, Caller caller, CancellationToken cancel)
    {
        var request = context.Request;
        if (request.Headers[KeyHeader] is [{ } key] && OncePerKey.Wrong(key) is { } wrong) return ApiProblems.From(wrong);
        if (request.HasMediaType(Lines))
        {
            using var both = caller.MayStreamIn(context);
            var life = context.RequestServices.GetRequiredService<IHostApplicationLifetime>();
            using var over = CancellationTokenSource.CreateLinkedTokenSource(both.Token, life.ApplicationStopping);
            return await StreamAsync(request.BodyReader, caller, over.Token);
        }
        if (!request.HasMediaType("application/json")) return ApiProblems.From(new MediaTypeIsWrong($"application/json, or {Lines} for a stream of lines"));

        var (items, isBatch) = await ReadAsync(request.BodyReader, LogLimits.At(caller.Engine.Clock), cancel);
        var keyOf = request.Headers[KeyHeader] is [{ } sent] ? sent : null;
        if (!isBatch) return await SingleAsync(items[0], keyOf, caller, cancel);
        return TypedResults.Json(await BatchAsync(items, keyOf, caller, cancel), Answers.Wire.BatchResult);
    }

    /// <summary>Reads a body that holds exactly one signal; gives it back signed, or the answer to a bad one.</summary>
    public async Task<(T? Signal, IResult? Bad)> OnlyAsync(HttpContext context, Caller caller, CancellationToken cancel)
    {
        if (!context.Request.HasMediaType("application/json")) return (null, ApiProblems.From(new MediaTypeIsWrong("application/json")));
        var (items, isBatch) = await ReadAsync(context.Request.BodyReader, LogLimits.At(caller.Engine.Clock), cancel);
        if (isBatch) return (null, ApiProblems.From(new RequestIsWrong("this takes one at a time, not a batch")));
        return items[0] is { Signal: { } signal } ? (sign(signal, caller, null), null) : (null, ApiProblems.From(Wrong(), items[0].Flaws));
    }

    /// <summary>Accepts one signal; the status says what became of it.</summary>
    public async Task<Acceptance> AcceptAsync(T signal, Caller caller, CancellationToken cancel) => await one(caller.Engine.Intake).HandleAsync(signal, caller.Actor, cancel);

    private async Task<IResult> SingleAsync(SignalBody.Item<T> item, string? key, Caller caller, CancellationToken cancel)
    {
        if (item.Signal is null) return ApiProblems.From(Wrong(), item.Flaws);
        var signal = sign(item.Signal, caller, key);
        var acceptance = await AcceptAsync(signal, caller, cancel);
        return acceptance.Why is { } why
            ? ApiProblems.From(why)
            : TypedResults.Json(Result(signal, acceptance), Answers.Wire.SignalResult, statusCode: acceptance.Kind == AcceptanceKind.Duplicate ? StatusCodes.Status200OK : StatusCodes.Status201Created);
    }

    private async Task<BatchResult> BatchAsync(List<SignalBody.Item<T>> items, string? key, Caller caller, CancellationToken cancel)
    {
        var signals = new List<T>(items.Count);
        for (var i = 0; i < items.Count; i++)
        {
            // One key for the request means one for each item, by its place.
            if (items[i].Signal is { } signal) signals.Add(sign(signal, caller, key is null ? null : $"{key}:{i}"));
        }
        var acceptances = signals.Count == 0 ? [] : await batch(caller.Engine.Intake).HandleAsync(signals, caller.Actor, cancel);
        var results = new SignalResult[items.Count];
        var (next, accepted, duplicates, failed) = (0, 0, 0, 0);
        for (var i = 0; i < items.Count; i++)
        {
            if (items[i].Signal is null)
            {
                results[i] = new("bad") { Problem = ApiProblems.Of(Wrong()) with { Errors = items[i].Flaws } };
                failed++;
                continue;
            }
            var acceptance = acceptances[next];
            results[i] = Result(signals[next++], acceptance);
            if (acceptance.Kind is AcceptanceKind.Accepted or AcceptanceKind.Parked) accepted++;
            else if (acceptance.Kind == AcceptanceKind.Duplicate) duplicates++;
            else failed++;
        }
        return new(results, accepted, duplicates, failed);
    }

    private async Task<IResult> StreamAsync(PipeReader body, Caller caller, CancellationToken cancel)
    {
        var limits = LogLimits.At(caller.Engine.Clock);
        var counts = new long[5];
        var bad = 0L;
        var problems = new List<LineResult>();
        var underWay = new Queue<(List<long> Lines, Task<Acceptance[]> Results)>();
        var (lines, signals) = (new List<long>(), new List<T>());
        var number = 0L;
        var isSkipping = false;
        while (true)
        {
            var read = await ReadAsync();
            var buffer = read.Buffer;
            while (NextLine(ref buffer, read.IsCompleted, out var line))
            {
                if (isSkipping)
                {
                    isSkipping = false;
                    continue;
                }
                number++;
                if (Take(line, number)) await StartAsync();
            }
            if (buffer.Length > limits.MaxLineBytes)
            {
                // Never held as a whole: named once, its bytes skipped up to the next line.
                if (!isSkipping) Bad(++number, [SignalBody.TooLong(limits)]);
                isSkipping = true;
                buffer = buffer.Slice(buffer.End);
            }
            body.AdvanceTo(buffer.Start, buffer.End);
            if (read.IsCompleted) break;
        }
        if (signals.Count > 0) await StartAsync();
        while (underWay.Count > 0) await DoneAsync();
        return TypedResults.Json(
            new StreamResult(
                counts[(int)AcceptanceKind.Accepted] + counts[(int)AcceptanceKind.Parked], counts[(int)AcceptanceKind.Parked], counts[(int)AcceptanceKind.Duplicate],
                counts[(int)AcceptanceKind.Conflict], counts[(int)AcceptanceKind.Refused], bad, problems),
            Answers.Wire.StreamResult);

        async ValueTask<ReadResult> ReadAsync()
        {
            try
            {
                return await body.ReadAsync(cancel);
            }
            catch
            {
                // Given up, or the client is gone: what has begun is finished, whether somebody waits for it or not.
                while (underWay.Count > 0) await DoneAsync();
                throw;
            }
        }

        // True when a batch is full.
        bool Take(in ReadOnlySequence<byte> line, long at)
        {
            var text = line.IsSingleSegment ? line.FirstSpan : line.ToArray();
            if (at == 1 && text.StartsWith("\uFEFF"u8)) text = text[3..];
            text = text.TrimEnd((byte)'\r');
            if (text.IndexOfAnyExcept(" \t"u8) < 0) return false;
            var item = SignalBody.One(text, limits, shape);
            if (item.Signal is { } signal)
            {
                lines.Add(at);
                signals.Add(sign(signal, caller, null));
                return signals.Count == StreamBatch;
            }
            Bad(at, item.Flaws);
            return false;
        }

        void Bad(long at, IReadOnlyList<Contracts.Flaw>? flaws)
        {
            bad++;
            if (problems.Count < ListedProblems) problems.Add(new(at, ApiProblems.Of(Wrong()) with { Errors = flaws }));
        }

        async Task StartAsync()
        {
            var full = signals;
            // Reading goes on while batches are sealed and written; what has begun is finished.
            underWay.Enqueue((lines, Task.Run(() => batch(caller.Engine.Intake).HandleAsync(full, caller.Actor, CancellationToken.None), CancellationToken.None)));
            (lines, signals) = (new List<long>(StreamBatch), new List<T>(StreamBatch));
            if (underWay.Count >= InFlight) await DoneAsync();
        }

        async Task DoneAsync()
        {
            var (at, results) = underWay.Dequeue();
            var acceptances = await results;
            for (var i = 0; i < acceptances.Length; i++)
            {
                counts[(int)acceptances[i].Kind]++;
                if (acceptances[i].Why is { } why && problems.Count < ListedProblems) problems.Add(new(at[i], ApiProblems.Of(why)));
            }
        }
    }

    private static bool NextLine(ref ReadOnlySequence<byte> buffer, bool isLast, out ReadOnlySequence<byte> line)
    {
        if (buffer.PositionOf((byte)'\n') is { } end)
        {
            line = buffer.Slice(0, end);
            buffer = buffer.Slice(buffer.GetPosition(1, end));
            return true;
        }
        line = buffer;
        if (!isLast || buffer.IsEmpty) return false;
        buffer = buffer.Slice(buffer.End);
        return true;
    }

    private async Task<(List<SignalBody.Item<T>> Items, bool IsBatch)> ReadAsync(PipeReader body, LogLimits limits, CancellationToken cancel)
    {
        while (true)
        {
            var read = await body.ReadAsync(cancel);
            var buffer = read.Buffer;
            if (!read.IsCompleted)
            {
                body.AdvanceTo(buffer.Start, buffer.End);
                continue;
            }
            try
            {
                var items = SignalBody.Read(buffer.IsSingleSegment ? buffer.FirstSpan : buffer.ToArray(), limits, shape, AcceptBatch<T>.MaxBatch, out var isBatch);
                return (items, isBatch);
            }
            finally
            {
                // A body left half read would cost the connection, and with it the answer that says what is wrong.
                body.AdvanceTo(buffer.End);
            }
        }
    }

    private SignalResult Result(T signal, in Acceptance acceptance) => new(acceptance.Kind switch
    {
        AcceptanceKind.Accepted => "accepted",
        AcceptanceKind.Parked => "parked",
        AcceptanceKind.Duplicate => "duplicate",
        AcceptanceKind.Conflict => "conflict",
        _ => "refused",
    })
    {
        Id = idOf(signal),
        Entry = acceptance.Kind == AcceptanceKind.Refused ? null : acceptance.Record.Entry,
        Position = acceptance.Kind == AcceptanceKind.Refused ? null : acceptance.Record.Position,
        Problem = acceptance.Why is { } why ? ApiProblems.Of(why) : null,
    };

    private static RequestIsWrong Wrong() => new("this is no signal of the kind that is taken here; errors lists everything that is wrong with it");
}

/// <summary>What a request says of its body.</summary>
internal static class MediaTypes
{
    /// <summary>Whether the body is of a type, parameters aside.</summary>
    public static bool HasMediaType(this HttpRequest request, string type) =>
        request.ContentType is { } sent && sent.AsSpan(0, sent.IndexOf(';', StringComparison.Ordinal) is >= 0 and var end ? end : sent.Length).Trim().Equals(type, StringComparison.OrdinalIgnoreCase);
}
