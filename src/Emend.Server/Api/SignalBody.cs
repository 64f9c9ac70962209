using System.Collections.Immutable;
using System.Text.Json;
using Emend.Engine.Capturing.Logs;

namespace Emend.Server.Api;

/// <summary>Cuts the body of a request into signals: one object, or <c>{"items":[…]}</c>. Each is read by the same strict parser as a line of a log.</summary>
internal static class SignalBody
{
    // The envelope {"items":[ adds two to the depth a line may have.
    private static readonly JsonReaderOptions Envelope = new() { MaxDepth = LogLimits.MaxDepth + 2 };

    [ThreadStatic]
    private static NamePool? t_names;

    /// <summary>A signal, or everything that is wrong with it.</summary>
    internal readonly record struct Item<T>(T? Signal, IReadOnlyList<Contracts.Flaw>? Flaws) where T : class;

    /// <summary>Reads a body.</summary>
    /// <param name="body">The whole of it.</param>
    /// <param name="limits">What an item may be at most.</param>
    /// <param name="shape">Which kind of signal.</param>
    /// <param name="most">Items it may hold at most.</param>
    /// <param name="isBatch">Whether it is a batch.</param>
    /// <exception cref="BadHttpRequestException">The envelope is wrong.</exception>
    public static List<Item<T>> Read<T>(ReadOnlySpan<byte> body, LogLimits limits, LineShape<T> shape, int most, out bool isBatch) where T : class
    {
        if (body.StartsWith("\uFEFF"u8)) body = body[3..];
        isBatch = IsBatch(body);
        if (!isBatch) return [One(body, limits, shape)];
        var items = new List<Item<T>>();
        try
        {
            var json = new Utf8JsonReader(body, Envelope);
            json.Read();
            json.Read();
            json.Read();
            if (json.TokenType != JsonTokenType.StartArray) throw new BadHttpRequestException("items is not an array; write {\"items\":[{…},{…}]}");
            while (json.Read() && json.TokenType != JsonTokenType.EndArray)
            {
                if (items.Count == most) throw new BadHttpRequestException($"a batch holds at most {most} items; send several, or a stream of lines (application/x-ndjson)");
                var start = (int)json.TokenStartIndex;
                json.Skip();
                items.Add(One(body[start..(int)json.BytesConsumed], limits, shape));
            }
            json.Read();
            if (json.TokenType != JsonTokenType.EndObject) throw new BadHttpRequestException("a batch holds items and nothing else");
            // Throws when something follows.
            json.Read();
        }
        catch (JsonException why)
        {
            throw new BadHttpRequestException("the body is not JSON: " + why.Message, why);
        }
        return items;
    }

    /// <summary>Reads one item or line.</summary>
    public static Item<T> One<T>(ReadOnlySpan<byte> text, LogLimits limits, LineShape<T> shape) where T : class
    {
        if (text.Length > limits.MaxLineBytes) return new(null, [TooLong(limits)]);
        var signal = LineParser.Read(text, limits, t_names ??= new(), shape, out var flaws);
        return new(signal, flaws.IsEmpty ? null : Wire(flaws));
    }

    /// <summary>What is wrong with an item or line that is longer than one may be.</summary>
    public static Contracts.Flaw TooLong(LogLimits limits) => new("", "line-too-long", $"it is longer than {limits.MaxLineBytes} bytes", "shorten the input text");

    private static bool IsBatch(ReadOnlySpan<byte> body)
    {
        try
        {
            var json = new Utf8JsonReader(body, Envelope);
            return json.Read() && json.TokenType == JsonTokenType.StartObject && json.Read() && json.TokenType == JsonTokenType.PropertyName && json.ValueTextEquals("items"u8);
        }
        catch (JsonException)
        {
            // The parser of single signals says what is wrong and where.
            return false;
        }
    }

    private static Contracts.Flaw[] Wire(ImmutableArray<Engine.Capturing.Logs.Flaw> flaws) => [.. flaws.Select(static f => new Contracts.Flaw(f.Path, f.Code, f.Reason, f.Fix))];
}
