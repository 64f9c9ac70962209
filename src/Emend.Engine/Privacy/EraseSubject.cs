using Emend.Engine.Capturing;
using Emend.Engine.Journal;
using Emend.Engine.Reviewing;
using Emend.Engine.Storage;

namespace Emend.Engine.Privacy;

/// <summary>Erases a data subject: journals the order, then destroys the subject's key, so that nothing personal of theirs can be read anywhere again.</summary>
/// <remarks>
/// The order comes first and is durable before the key goes, so a crash in between is finished at the next start. Entries, proofs
/// and checkpoints stay valid: they commit to values, they do not hold them.
/// </remarks>
internal static class EraseSubject
{
    /// <summary>Type of the entry that orders an erasure.</summary>
    public const string EntryType = "subject.erased";

    private const string TokenField = "key";

    /// <summary>Erases. Safe to repeat.</summary>
    /// <returns>The entry that orders it; null when the workspace holds nothing about this subject.</returns>
    public static async Task<JournalEntry?> EraseAsync(SqliteWorkspaceStore store, string subject, string reason, Actor by, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(store);
        if (store.Keys.Known(subject) is not { } key) return null;
        var entry = await store.WriteAsync(work =>
        {
            // Found and sealed on the writer: no text about them can come in between.
            var tokens = TokensOf(work, store.Keys, key);
            var ordered = work.Append(store.Seal(Order(tokens, reason, by)));
            foreach (var token in tokens) work.Command(JournalSql.AddErasure).Bind("@token", token.ToByteArray(bigEndian: true)).Bind("@entry", ordered.Index).ExecuteNonQuery();
            return ordered;
        }, cancel).ConfigureAwait(false);
        // Begun is finished: no cancelling between the order and its execution.
        await FinishAsync(store, CancellationToken.None).ConfigureAwait(false);
        return entry;
    }

    /// <summary>Erases again, by the tokens of keys that were destroyed before: what a restored backup brought back. Keys that are not there need nothing.</summary>
    /// <returns>How many keys were there and are destroyed.</returns>
    public static async Task<int> AgainAsync(SqliteWorkspaceStore store, IEnumerable<Guid> tokens, Actor by, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(store);
        var back = tokens.Where(token => token != Guid.Empty && store.Keys.ByToken(token) is not null).Order().ToList();
        if (back.Count == 0) return 0;
        await store.WriteAsync(work =>
        {
            var ordered = work.Append(store.Seal(Order(back, "erased before; a backup had brought it back", by)));
            foreach (var token in back) work.Command(JournalSql.AddErasure).Bind("@token", token.ToByteArray(bigEndian: true)).Bind("@entry", ordered.Index).ExecuteNonQuery();
            return ordered;
        }, cancel).ConfigureAwait(false);
        await FinishAsync(store, CancellationToken.None).ConfigureAwait(false);
        return back.Count;
    }

    /// <summary>Destroys the keys of all orders that are not carried out yet. Runs when a store opens.</summary>
    public static Task FinishAsync(SqliteWorkspaceStore store, CancellationToken cancel) => store.OnWriterAsync(unit =>
    {
        var tokens = new List<byte[]>();
        using (var rows = unit.Commands.Get(JournalSql.OpenErasures).ExecuteReader())
            while (rows.Read()) tokens.Add(rows.GetFieldValue<byte[]>(0));
        foreach (var token in tokens)
        {
            store.Keys.Destroy(new Guid(token, bigEndian: true));
            unit.Commands.Get(JournalSql.CloseErasure).Bind("@token", token).ExecuteNonQuery();
        }
        return tokens.Count;
    }, cancel);

    // The subject's name stands nowhere in it: the order outlives the erasure.
    private static JournalDraft Order(IEnumerable<Guid> tokens, string reason, Actor by) => new()
    {
        Type = EntryType,
        Actor = by,
        Records = [.. tokens.Select(token => new JournalRecord(token.ToString("N"), null, [
            new(TokenField, FieldClass.Internal, $"\"{token:N}\""),
            new("reason", FieldClass.Internal, Emend.Logic.CanonicalJson.Quote(reason)),
        ]))],
    };

    // The subject's own key, and those of texts that came before the decision they are about and that turned out to be about them.
    private static List<Guid> TokensOf(UnitOfWork work, KeyStore keys, DataKey key)
    {
        var tokens = new List<Guid> { key.Token };
        foreach (var (token, decision) in keys.Early())
        {
            RecordAt at;
            using (var row = work.Command(SignalSql.Decision).Bind("@id", decision).ExecuteReader())
            {
                if (!row.Read()) continue;
                at = SignalRows.Decision(row).At;
            }
            if (string.Equals(work.Record(at.Entry, at.Position).Subject, key.Subject, StringComparison.Ordinal)) tokens.Add(token);
        }
        return tokens;
    }

    /// <summary>The key an order names.</summary>
    internal static Guid? TokenOf(JournalRecord record) =>
        record[TokenField] is { Length: 34 } json && Guid.TryParseExact(json.AsSpan(1, 32), "N", out var token) ? token : null;
}
