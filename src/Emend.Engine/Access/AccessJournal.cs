using System.Globalization;
using Emend.Engine.Journal;
using Emend.Engine.Storage;

namespace Emend.Engine.Access;

/// <summary>
/// What the journal of a workspace says about access to it: keys, refusals, and every read of personal content in clear. Refusals
/// are gathered and counted, so that knocking on the door a million times does not fill the journal.
/// </summary>
internal sealed class AccessJournal(IWorkspaceStore store, TimeProvider clock)
{
    /// <summary>Types of the entries about keys begin with this.</summary>
    public const string KeyPrefix = "access.key-";
    /// <summary>Refusals, counted.</summary>
    public const string RefusedType = "access.refused";
    /// <summary>Personal content was read in clear.</summary>
    public const string UnmaskedType = "access.unmasked";

    // Distinct refusals remembered between two entries; what exceeds it is counted under one name.
    private const int MostKinds = 256;
    private const string Others = "(others)";

    private static readonly Actor Access = Actor.Policy("access");

    private readonly record struct Kind(string Who, string Code, string What);

    private readonly Lock _gate = new();
    private readonly Dictionary<Kind, (long Count, long First, long Last)> _refused = [];

    /// <summary>Refusals that wait to be journaled.</summary>
    public int Waiting
    {
        get { lock (_gate) return _refused.Count; }
    }

    /// <summary>Notes a refusal; it is journaled by the next <see cref="FlushAsync"/>.</summary>
    /// <param name="who">Who was refused, or <c>anonymous</c>.</param>
    /// <param name="code">Code of the refusal.</param>
    /// <param name="what">What was asked for, as a route or use case names it; never with ids of people in it.</param>
    public void Refused(string who, string code, string what)
    {
        var now = Microseconds.Of(clock.GetUtcNow());
        lock (_gate)
        {
            var kind = new Kind(who, code, what);
            if (!_refused.ContainsKey(kind) && _refused.Count >= MostKinds) kind = new(Others, code, Others);
            _refused[kind] = _refused.TryGetValue(kind, out var known) ? (known.Count + 1, known.First, now) : (1, now, now);
        }
    }

    /// <summary>Journals the refusals gathered so far: one entry, one record for each kind with its count.</summary>
    public async Task FlushAsync(CancellationToken cancel)
    {
        KeyValuePair<Kind, (long Count, long First, long Last)>[] kinds;
        lock (_gate)
        {
            if (_refused.Count == 0) return;
            kinds = [.. _refused];
            _refused.Clear();
        }
        var draft = store.Seal(new()
        {
            Type = RefusedType,
            Actor = Access,
            Records = [.. kinds.Select(kind => new RecordFields()
                .Text("code", kind.Key.Code).Number("count", kind.Value.Count).Number("firstAt", kind.Value.First).Number("lastAt", kind.Value.Last)
                .Text("what", kind.Key.What).Text("who", PersonOf(kind.Key.Who))
                .Record($"{kind.Key.Code} {kind.Value.First.ToString(CultureInfo.InvariantCulture)}"))],
        });
        try
        {
            await store.WriteAsync(work => work.Append(draft).Index, cancel).ConfigureAwait(false);
        }
        catch
        {
            // Not journaled: they wait for the next time, with what has come since.
            lock (_gate)
            {
                foreach (var (kind, (count, first, last)) in kinds)
                    _refused[kind] = _refused.TryGetValue(kind, out var known) ? (known.Count + count, first, known.Last) : (count, first, last);
            }
            throw;
        }
    }

    /// <summary>Journals a read of personal content in clear, before it is answered: what cannot be journaled is not shown.</summary>
    /// <param name="what">What was read, e.g. <c>decision sd-0001</c> or <c>export decisions</c>.</param>
    /// <param name="why">The reason given.</param>
    /// <param name="by">Who reads.</param>
    /// <param name="cancel">Cancels while it waits for its turn.</param>
    public Task UnmaskedAsync(string what, string why, Actor by, CancellationToken cancel)
    {
        var draft = store.Seal(new() { Type = UnmaskedType, Actor = by, Records = [new RecordFields().Text("what", what).Text("why", why, FieldClass.Personal).Record(what)] });
        return store.WriteAsync(work => work.Append(draft).Index, cancel);
    }

    /// <summary>Takes over what happened to keys of this workspace. Safe to repeat and to interrupt.</summary>
    public async Task TakeOverAsync(ApiKeys keys, string workspace, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(keys);
        var events = keys.Unjournaled(workspace);
        foreach (var happened in events)
        {
            var draft = store.Seal(new()
            {
                Type = KeyPrefix + happened.What,
                Actor = new Actor(happened.By),
                OccurredAt = happened.At,
                Records = [new RecordFields()
                    .Text("holder", store.PrincipalOf(happened.Holder).ToString("D")).Text("key", happened.KeyId).List("roles", happened.Roles.Select(static role => role.Name()))
                    .Flag("service", happened.IsService).Number("until", happened.Until).Record(happened.Id)],
            });
            await store.WriteAsync(
                work =>
                {
                    if (work.Command(AccessProjection.KnownEvent).Bind("@id", happened.Id).ExecuteScalar() is null) work.Append(draft);
                    return true;
                },
                cancel).ConfigureAwait(false);
        }
        if (events.Count > 0) keys.Journaled(events.Select(static happened => happened.Id));
    }

    private string PersonOf(string who) => string.Equals(who, Others, StringComparison.Ordinal) ? who : store.PrincipalOf(who).ToString("D");
}
