using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace Emend.Client.Tests.Faults;

/// <summary>What may happen to a request.</summary>
public enum Trouble
{
    None,
    Refused,
    ServerError,
    Overloaded,
    TooMany,
    CutBefore,
    AnswerLost,
    AnswerCutShort,
    Nonsense,
    TooLarge,
    Stalled,
}

/// <summary>A network and a server with troubles, in front of one without.</summary>
/// <param name="server">The one without.</param>
/// <param name="next">The trouble of the next request that carries records.</param>
internal sealed class Troubled(HttpMessageHandler server, Func<Trouble> next) : DelegatingHandler(server)
{
    /// <summary>Troubles met, in order.</summary>
    public ConcurrentQueue<Trouble> Met { get; } = [];

    /// <summary>How long an overloaded server asks to be left alone.</summary>
    public RetryConditionHeaderValue? RetryAfter { get; init; } = new(TimeSpan.Zero);

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var trouble = request.Method == HttpMethod.Post ? next() : Trouble.None;
        if (trouble != Trouble.None) Met.Enqueue(trouble);
        switch (trouble)
        {
            case Trouble.Refused: throw new HttpRequestException("connection refused");
            case Trouble.ServerError: return new(HttpStatusCode.InternalServerError);
            case Trouble.Overloaded: return Asking(HttpStatusCode.ServiceUnavailable);
            case Trouble.TooMany: return Asking(HttpStatusCode.TooManyRequests);
            case Trouble.CutBefore: throw new IOException("connection reset while sending");
            case Trouble.Nonsense: return new(HttpStatusCode.OK) { Content = new ByteArrayContent("<html>a proxy says hello</html>"u8.ToArray()) };
            case Trouble.Stalled: // until the client gives up
                await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
                break;
            case Trouble.TooLarge when Encoding.UTF8.GetString(await request.Content!.ReadAsByteArrayAsync(cancellationToken)).Contains("},{", StringComparison.Ordinal):
                return new(HttpStatusCode.RequestEntityTooLarge);
        }
        var answer = await base.SendAsync(request, cancellationToken);
        if (trouble == Trouble.AnswerLost) throw new HttpRequestException("connection reset while answering");
        if (trouble == Trouble.AnswerCutShort) answer.Content = new ByteArrayContent((await answer.Content.ReadAsByteArrayAsync(cancellationToken))[..^3]);
        return answer;
    }

    private HttpResponseMessage Asking(HttpStatusCode status)
    {
        var answer = new HttpResponseMessage(status);
        answer.Headers.RetryAfter = RetryAfter;
        return answer;
    }
}
