using Emend.Engine.Journal;
using Emend.Engine.Reviewing;
using Emend.Engine.Storage;

namespace Emend.Engine.Capturing;

/// <summary>A kind of signal, as <see cref="AcceptBatch{T}"/> needs to know it.</summary>
internal interface ISignalKind<T> where T : class
{
    /// <summary>Name for people and metrics, e.g. <c>decision</c>.</summary>
    string What { get; }

    /// <summary>Type of the journal entry.</summary>
    string EntryType { get; }

    /// <summary>Key within the kind: id, or what stands for it.</summary>
    string KeyOf(T signal);

    /// <summary>Key as people know it.</summary>
    string ShownKey(T signal);

    /// <summary>Why this actor may not send this signal; null when it may.</summary>
    Refusal? Objection(T signal, Actor by) => null;

    /// <summary>Looks at a batch once, before anything is decided: known keys, decisions, agents.</summary>
    ISignalBatch<T> Look(IReadOnlyList<T> signals);
}

/// <summary>What one look at the read models says about a batch.</summary>
internal interface ISignalBatch<T>
{
    /// <summary>Where the record with this key lies; null when there is none.</summary>
    RecordAt? Known(string key);

    /// <summary>Refuses a signal, or gives its record.</summary>
    Answer<JournalRecord> Record(T signal);

    /// <summary>Whether a signal says the same as the record that has its key.</summary>
    bool IsSame(T signal, JournalRecord stored);

    /// <summary>Which of these keys the writer sees a record of by now.</summary>
    IReadOnlySet<string> Taken(UnitOfWork work, IEnumerable<string> keys);

    /// <summary>Entries to append before the batch, sealed; the writer skips those that are no longer needed.</summary>
    IReadOnlyList<(SealedDraft Draft, Func<UnitOfWork, bool> IsNeeded)> Before { get; }

    /// <summary>An entry that follows from new signals and is appended right after them, and for each of its records the signal it is about; null: none.</summary>
    /// <param name="fresh">The new signals.</param>
    (SealedDraft Draft, IReadOnlyList<int> Of)? After(IReadOnlyList<T> fresh) => null;

    /// <summary>Whether the decision that a signal is about was there at the look.</summary>
    bool IsParked(UnitOfWork work, T signal);
}

/// <summary>Accepts a batch of signals once per key: one journal entry for all that is new in it.</summary>
/// <remarks>
/// Decides on a snapshot, outside the writer; the writer only asks again whether a key was taken meanwhile. A signal that lost
/// such a race is decided again on a new snapshot, where the winner is visible.
/// </remarks>
internal sealed class AcceptBatch<T>(IWorkspaceStore store, ISignalKind<T> kind, TimeProvider clock) where T : class
{
    /// <summary>Largest batch.</summary>
    public const int MaxBatch = 1000;

    /// <summary>Accepts.</summary>
    /// <returns>One result for each signal, in order.</returns>
    /// <exception cref="ArgumentException">The batch is too large.</exception>
    public async Task<Acceptance[]> HandleAsync(IReadOnlyList<T> signals, Actor by, CancellationToken cancel)
    {
        if (signals.Count > MaxBatch) throw new ArgumentException($"a batch holds at most {MaxBatch} signals, this one {signals.Count}", nameof(signals));
        using var activity = CapturingTelemetry.Source.StartActivity("accept " + kind.What);
        activity?.SetTag("emend.batch.size", signals.Count);
        var start = clock.GetTimestamp();

        var results = new Acceptance[signals.Count];
        var open = Enumerable.Range(0, signals.Count).ToList();
        while (open.Count > 0) open = await PassAsync(signals, open, results, by, cancel).ConfigureAwait(false);

        CapturingTelemetry.Took(kind.What, results, clock.GetElapsedTime(start));
        return results;
    }

    // Decides what can be decided; gives back what lost a race and must be decided again.
    private async Task<List<int>> PassAsync(IReadOnlyList<T> signals, List<int> open, Acceptance[] results, Actor by, CancellationToken cancel)
    {
        var batch = kind.Look(open.ConvertAll(i => signals[i]));
        var records = new List<JournalRecord>();
        var fresh = new List<int>();
        var firstOf = new Dictionary<string, int>(StringComparer.Ordinal);
        var repeats = new List<int>();
        var stored = new StoredRecords(store);
        foreach (var i in open)
        {
            var key = kind.KeyOf(signals[i]);
            if (kind.Objection(signals[i], by) is { } objection) results[i] = new(AcceptanceKind.Refused, default, objection);
            else if (batch.Known(key) is { } at)
            {
                results[i] = batch.IsSame(signals[i], stored[at])
                    ? new(AcceptanceKind.Duplicate, at, null)
                    : new(AcceptanceKind.Conflict, at, new KeyIsTaken(kind.What, kind.ShownKey(signals[i]), at));
            }
            else if (firstOf.ContainsKey(key)) repeats.Add(i);
            else if (batch.Record(signals[i]) is var answer && answer is Answer<JournalRecord>.Granted(var record))
            {
                firstOf.Add(key, fresh.Count);
                fresh.Add(i);
                records.Add(record);
            }
            else results[i] = new(AcceptanceKind.Refused, default, ((Answer<JournalRecord>.Refused)answer).Why);
        }

        var lost = fresh.Count > 0 ? await CommitAsync(batch, signals, fresh, records, results, by, cancel).ConfigureAwait(false) : [];
        foreach (var i in repeats)
        {
            var first = firstOf[kind.KeyOf(signals[i])];
            if (lost.Contains(fresh[first])) lost.Add(i);
            else
            {
                var at = results[fresh[first]].Record;
                results[i] = batch.IsSame(signals[i], records[first])
                    ? new(AcceptanceKind.Duplicate, at, null)
                    : new(AcceptanceKind.Conflict, at, new KeyStandsTwice(kind.What, kind.ShownKey(signals[i])));
            }
        }
        return lost;
    }

    private async Task<List<int>> CommitAsync(
        ISignalBatch<T> batch, IReadOnlyList<T> signals, List<int> fresh, List<JournalRecord> records, Acceptance[] results, Actor by, CancellationToken cancel)
    {
        var draft = store.Seal(new() { Type = kind.EntryType, Actor = by, Records = [.. records] });
        var after = batch.After(fresh.ConvertAll(i => signals[i]));
        try
        {
            return await WriteAsync().ConfigureAwait(false);
        }
        catch (SealIsStaleException)
        {
            // Somebody was erased between the look and the write. What is left is looked at again and sealed without them.
            return fresh;
        }

        Task<List<int>> WriteAsync() => store.WriteAsync(
            work =>
            {
                var keys = fresh.ConvertAll(i => kind.KeyOf(signals[i]));
                var known = batch.Taken(work, keys);
                var taken = known.Count == 0 ? null : Enumerable.Range(0, keys.Count).Where(n => known.Contains(keys[n])).ToList();
                List<int> kept = taken is null ? [] : [.. Enumerable.Range(0, fresh.Count).Except(taken)];
                if (taken is not null && kept.Count == 0) return taken.ConvertAll(n => fresh[n]);

                foreach (var (before, isNeeded) in batch.Before)
                    if (isNeeded(work)) work.Append(before);
                var entry = work.Append(taken is null ? draft : draft.Only(kept));
                for (var position = 0; position < entry.Records.Length; position++)
                {
                    var i = fresh[taken is null ? position : kept[position]];
                    results[i] = new(batch.IsParked(work, signals[i]) ? AcceptanceKind.Parked : AcceptanceKind.Accepted, new(entry.Index, position), null);
                }
                if (after is { } follows)
                {
                    List<int> still = taken is null ? [] : [.. Enumerable.Range(0, follows.Of.Count).Where(n => !known.Contains(keys[follows.Of[n]]))];
                    if (taken is null) work.Append(follows.Draft);
                    else if (still.Count > 0) work.Append(follows.Draft.Only(still));
                }
                return taken?.ConvertAll(n => fresh[n]) ?? [];
            },
            cancel);
    }
}
