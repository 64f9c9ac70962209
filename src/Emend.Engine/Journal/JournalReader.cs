using System.Collections.Immutable;
using Emend.Engine.Privacy;
using Emend.Engine.Storage;

namespace Emend.Engine.Journal;

/// <summary>Turns stored rows back into entries and records.</summary>
internal sealed class JournalReader(Guid workspaceId, KeyStore keys)
{
    /// <summary>Entries of a range, in order, as one connection sees them.</summary>
    /// <param name="commands">Commands of the connection.</param>
    /// <param name="from">First index.</param>
    /// <param name="to">Index after the last.</param>
    /// <param name="isOpenOnly">True to leave protected fields closed: what projections are shown.</param>
    public List<JournalEntry> Entries(CommandCache commands, long from, long to, bool isOpenOnly)
    {
        var entries = new List<JournalEntry>();
        using var rows = commands.Get(JournalSql.Entries).Bind("@from", from).Bind("@to", to).ExecuteReader();
        while (rows.Read())
        {
            var index = rows.GetInt64(0);
            try
            {
                entries.Add(Entry(commands, index, rows.GetFieldValue<byte[]>(1), rows.GetFieldValue<byte[]>(2), isOpenOnly));
            }
            catch (JournalFormatException fault)
            {
                throw Damaged(index, fault);
            }
        }
        return entries;
    }

    /// <summary>One record.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such entry or position.</exception>
    public JournalRecord Record(CommandCache commands, long entry, int position)
    {
        try
        {
            var (head, run, at) = Find(commands, entry, position);
            using var entryKeys = new EntryKeys(workspaceId, head.EntryId, keys.Workspace);
            return run.Read(at, entryKeys, keys);
        }
        catch (JournalFormatException fault)
        {
            throw Damaged(entry, fault);
        }
    }

    /// <summary>Whom records are about: reads the names of their keys only.</summary>
    public string?[] Subjects(CommandCache commands, IReadOnlyList<(long Entry, int Position)> records) =>
        Each(commands, records, (run, at) => keys.ByToken(run.Token(at))?.Subject);

    /// <summary>Records with their open fields only: protected ones and the subject are null.</summary>
    public static JournalRecord[] OpenRecords(CommandCache commands, IReadOnlyList<(long Entry, int Position)> records) =>
        Each(commands, records, static (run, at) => run.ReadOpen(at));

    // Each run is read once for all that is asked of it.
    private static T[] Each<T>(CommandCache commands, IReadOnlyList<(long Entry, int Position)> records, Func<RecordRun, int, T> read)
    {
        var results = new T[records.Count];
        (long Entry, RecordRun? Run, int From) known = (-1, null, 0);
        foreach (var i in Enumerable.Range(0, records.Count).OrderBy(i => records[i]))
        {
            var (entry, position) = records[i];
            try
            {
                if (known.Entry != entry || position - known.From >= known.Run!.Count)
                {
                    var (_, run, at) = Find(commands, entry, position);
                    known = (entry, run, position - at);
                }
                results[i] = read(known.Run!, position - known.From);
            }
            catch (JournalFormatException fault)
            {
                throw Damaged(entry, fault);
            }
        }
        return results;
    }

    /// <summary>The run that holds a record, and the record's place in it.</summary>
    public static (EntryHead Head, RecordRun Run, int At) Find(CommandCache commands, long entry, int position)
    {
        EntryHead head;
        RecordRun run;
        using (var row = commands.Get(JournalSql.Entry).Bind("@idx", entry).ExecuteReader())
        {
            if (!row.Read()) throw new ArgumentOutOfRangeException(nameof(entry), entry, "the journal has no such entry");
            head = EntryHead.Parse(row.GetFieldValue<byte[]>(0));
            if (position < 0 || position >= head.RecordCount)
                throw new ArgumentOutOfRangeException(nameof(position), position, $"entry {entry} has {head.RecordCount} records");
            run = RecordRun.Open(row.GetFieldValue<byte[]>(1));
        }
        if (position < run.Count) return (head, run, position);
        using (var row = commands.Get(JournalSql.MoreAt).Bind("@entry", entry).Bind("@position", position).ExecuteReader())
        {
            if (!row.Read()) throw new JournalFormatException($"the run that holds record {position} is missing");
            var from = row.GetInt32(0);
            run = RecordRun.Open(row.GetFieldValue<byte[]>(1));
            if (position - from >= run.Count) throw new JournalFormatException($"record {position} is missing");
            return (head, run, position - from);
        }
    }

    /// <summary>All runs of an entry, in order.</summary>
    public static List<RecordRun> Runs(CommandCache commands, long entry, int recordCount, byte[] first)
    {
        var runs = new List<RecordRun> { RecordRun.Open(first) };
        var count = runs[0].Count;
        if (count < recordCount)
        {
            using var rows = commands.Get(JournalSql.More).Bind("@entry", entry).ExecuteReader();
            while (rows.Read())
            {
                if (rows.GetInt32(0) != count) throw new JournalFormatException($"a run begins at record {rows.GetInt32(0)}, {count} was expected");
                var run = RecordRun.Open(rows.GetFieldValue<byte[]>(1));
                runs.Add(run);
                count += run.Count;
            }
        }
        return count == recordCount ? runs : throw new JournalFormatException($"{count} records are stored, the head says {recordCount}");
    }

    private JournalEntry Entry(CommandCache commands, long index, byte[] headBytes, byte[] body, bool isOpenOnly)
    {
        var head = EntryHead.Parse(headBytes);
        var records = ImmutableArray.CreateBuilder<JournalRecord>(head.RecordCount);
        using var entryKeys = new EntryKeys(workspaceId, head.EntryId, keys.Workspace);
        foreach (var run in Runs(commands, index, head.RecordCount, body))
        {
            for (var i = 0; i < run.Count; i++)
                records.Add(isOpenOnly ? run.ReadOpen(i) : run.Read(i, entryKeys, keys));
        }
        return new JournalEntry
        {
            Index = index,
            EntryId = head.EntryId,
            Type = head.Type,
            SchemaVersion = head.SchemaVersion,
            RecordedAt = head.RecordedAt,
            OccurredAt = head.OccurredAt,
            Actor = new Actor(keys.NameOf(head.Actor) ?? $"erased:{head.Actor:N}"),
            CausationId = head.CausationId,
            CorrelationId = head.CorrelationId,
            Records = records.MoveToImmutable(),
        };
    }

    private static StorageException Damaged(long index, JournalFormatException fault) =>
        new($"entry {index} of the journal is damaged: {fault.Message}. Run `emend audit verify` to see what else is; restore the file from a backup.", fault);
}
