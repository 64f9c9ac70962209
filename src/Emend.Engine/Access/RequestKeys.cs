using System.Security.Cryptography;
using System.Text;
using Emend.Engine.Storage;

namespace Emend.Engine.Access;

/// <summary>The key was used for another request.</summary>
internal sealed record RequestKeyIsTaken(string Key, string What, string At)
    : Refusal("access.request-key-taken", $"the idempotency key '{Key}' was used for another request ({What}, {At}); take another key, or send that request again as it was");

/// <summary>The process ended, or broke, while it did this.</summary>
internal sealed record RequestEndIsUnknown(string Key, string What, string At)
    : Refusal("access.request-end-unknown", $"a request with the idempotency key '{Key}' was begun ({What}, {At}) and it was not written down how it ended; look whether it was done, and send it with another key if it was not");

/// <summary>The answer was given to another credential of the same holder.</summary>
internal sealed record RequestAnswerIsSealed(string Key, string What, string At)
    : Refusal("access.request-answer-sealed", $"the request with the idempotency key '{Key}' was done ({What}, {At}), and its answer can be opened only with the API key that it was given to");

/// <summary>A request that carries an idempotency key.</summary>
/// <param name="Key">The key as the client chose it.</param>
/// <param name="What">The route, as documents name it.</param>
/// <param name="Hash">SHA-256 of method, address and body.</param>
/// <param name="Credential">What the client proved itself with; answers are sealed with it.</param>
/// <param name="By">Who asks.</param>
internal sealed record KeyedRequest(string Key, string What, byte[] Hash, string Credential, Actor By);

/// <summary>
/// Requests that are done once for each key, for a day. A key is written down before the request is done and its answer afterwards, so
/// that a crash in between is known as such and never repeats an effect by itself.
/// </summary>
/// <remarks>
/// Answers may hold a secret that is shown once. They are sealed with a key made of the caller's own credential, which is stored
/// nowhere: a copy of the database does not open them.
/// </remarks>
internal sealed class RequestKeys(IWorkspaceStore store, TimeProvider clock)
{
    /// <summary>How long a key is remembered.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromHours(24);

    private const string Scope = "idempotency-key";
    private const int NonceSize = 12, TagSize = 16;

    private const string Find = "SELECT what, request, begun_us, answer FROM request_key WHERE principal = @by AND mark = @mark AND expires_us > @now";
    private const string Add = "INSERT OR REPLACE INTO request_key (principal, mark, what, request, begun_us, expires_us) VALUES (@by, @mark, @what, @request, @now, @expires)";
    private const string SetAnswer = "UPDATE request_key SET answer = @answer WHERE principal = @by AND mark = @mark";
    private const string Drop = "DELETE FROM request_key WHERE principal = @by AND mark = @mark AND answer IS NULL";
    private const string Expire = "DELETE FROM request_key WHERE expires_us <= @now";

    private sealed record Row(string What, string Request, long BegunAt, byte[]? Answer);

    /// <summary>Begins a request.</summary>
    /// <returns>The first answer; null: it is new and may be done now. Or why it is neither.</returns>
    public async Task<Answer<byte[]?>> BeginAsync(KeyedRequest request, CancellationToken cancel)
    {
        var (by, mark) = Place(request);
        var now = Microseconds.Of(clock.GetUtcNow());
        var known = await store.WriteAsync(
            work =>
            {
                using (var row = work.Command(Find).Bind("@by", by).Bind("@mark", mark).Bind("@now", now).ExecuteReader())
                    if (row.Read()) return new Row(row.GetString(0), row.GetString(1), row.GetInt64(2), row.IsDBNull(3) ? null : row.GetFieldValue<byte[]>(3));
                work.Command(Expire).Bind("@now", now).ExecuteNonQuery();
                work.Command(Add).Bind("@by", by).Bind("@mark", mark).Bind("@what", request.What).Bind("@request", MarkOf(request))
                    .Bind("@now", now).Bind("@expires", now + (long)Kept.TotalMicroseconds).ExecuteNonQuery();
                return null;
            },
            cancel).ConfigureAwait(false);
        if (known is null) return new Answer<byte[]?>.Granted(null);
        var at = Logic.CanonicalJson.Instant(known.BegunAt);
        if (!string.Equals(known.Request, MarkOf(request), StringComparison.Ordinal)) return new RequestKeyIsTaken(request.Key, known.What, at);
        if (known.Answer is null) return new RequestEndIsUnknown(request.Key, known.What, at);
        return Open(request, mark, known.Answer) is { } answer ? answer : new RequestAnswerIsSealed(request.Key, known.What, at);
    }

    /// <summary>Writes down the answer of a request that was done.</summary>
    public async Task EndAsync(KeyedRequest request, byte[] answer)
    {
        var (by, mark) = Place(request);
        var sealedAnswer = Seal(request, mark, answer);
        // It was done: nobody who stops waiting may keep this from being known.
        await store.WriteAsync(work => work.Command(SetAnswer).Bind("@by", by).Bind("@mark", mark).Bind("@answer", sealedAnswer).ExecuteNonQuery(), CancellationToken.None).ConfigureAwait(false);
    }

    /// <summary>Forgets a request that was refused and changed nothing: it may be asked for again.</summary>
    public async Task ForgetAsync(KeyedRequest request)
    {
        var (by, mark) = Place(request);
        await store.WriteAsync(work => work.Command(Drop).Bind("@by", by).Bind("@mark", mark).ExecuteNonQuery(), CancellationToken.None).ConfigureAwait(false);
    }

    /// <summary>Names a request of a caller among those under way.</summary>
    public (string By, string Mark) Place(KeyedRequest request) => (store.PrincipalOf(request.By.Name).ToString("D"), store.Mark(Scope, request.Key));

    // Keyed, because a body may name a person: nobody who has the file alone can try out whom.
    private string MarkOf(KeyedRequest request) => store.Mark(Scope, Convert.ToHexStringLower(request.Hash));

    private static byte[] Seal(KeyedRequest request, string mark, byte[] answer)
    {
        var box = new byte[NonceSize + TagSize + answer.Length];
        RandomNumberGenerator.Fill(box.AsSpan(0, NonceSize));
        using var aes = new AesGcm(KeyOf(request, mark), TagSize);
        aes.Encrypt(box.AsSpan(0, NonceSize), answer, box.AsSpan(NonceSize + TagSize), box.AsSpan(NonceSize, TagSize), request.Hash);
        return box;
    }

    private static byte[]? Open(KeyedRequest request, string mark, byte[] box)
    {
        var answer = new byte[box.Length - NonceSize - TagSize];
        using var aes = new AesGcm(KeyOf(request, mark), TagSize);
        try
        {
            aes.Decrypt(box.AsSpan(0, NonceSize), box.AsSpan(NonceSize + TagSize), box.AsSpan(NonceSize, TagSize), answer, request.Hash);
            return answer;
        }
        catch (AuthenticationTagMismatchException)
        {
            return null;
        }
    }

    private static byte[] KeyOf(KeyedRequest request, string mark) =>
        HKDF.DeriveKey(HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(request.Credential), 32, Encoding.UTF8.GetBytes(mark), "emend/request-answer/v1"u8.ToArray());
}
