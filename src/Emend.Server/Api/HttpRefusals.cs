using Emend.Engine;

namespace Emend.Server.Api;

internal sealed record RequestIsWrong(string Problem) : Refusal("http.bad-request", Problem);

internal sealed record NotFound(string Noun, string Id) : Refusal("http.not-found", $"there is no {Noun} '{Id}'");

internal sealed record MethodIsNotAllowed(string Method) : Refusal("http.method-not-allowed", $"this address does not know {Method}; the reference at /docs lists what it knows");

internal sealed record BodyIsTooLarge(long Most) : Refusal("http.body-too-large", $"the body is larger than {Most} bytes; send less at once, or a stream of lines (application/x-ndjson)");

internal sealed record MediaTypeIsWrong(string Wanted) : Refusal("http.wrong-media-type", $"send {Wanted}, and say so in Content-Type");

internal sealed record Fault() : Refusal("http.fault", "something broke that should not; it is in the server's log under this trace id. Trying again is safe where an idempotency key or If-Match was sent");

internal sealed record Unavailable(string Why) : Refusal("http.unavailable", Why);

internal sealed record TimedOut() : Refusal("http.timed-out", "this took too long and was given up; ask for less at once");

internal sealed record DiskIsFull() : Refusal("http.disk-full", "no space left on the server's disk: nothing of this request was written. Try again once there is space");

internal sealed record VersionIsMissing() : Refusal("http.version-missing", "say which version you change: read it, and send its ETag back as If-Match");

internal sealed record JournalDoesNotVerify(long? Entry)
    : Refusal("journal.does-not-verify", $"the last verification found that the journal is not what was accepted{(Entry is { } entry ? $", from entry {entry} on" : "")}: nothing is signed over it. See docs/playbooks/verification-failed.md; a verification that finds nothing lifts this");
