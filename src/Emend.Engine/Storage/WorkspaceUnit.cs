using System.Collections.Immutable;
using Emend.Engine.Journal;
using Emend.Engine.Privacy;
using Microsoft.Data.Sqlite;

namespace Emend.Engine.Storage;

/// <summary>The writer's side of a workspace: what a change may do, and what a group commit adds.</summary>
internal sealed class WorkspaceUnit : UnitOfWork, IGroupTarget, IDisposable
{
    private readonly CommandCache _commands;
    private readonly KeyStore _keys;
    private readonly JournalReader _reader;
    private readonly ImmutableArray<IProjection> _projections;
    private readonly TimeProvider _clock;
    private readonly Guid _workspace;
    private TreeWriter _tree;
    // What memory returns to when a change, or the whole group, is undone. Taken before the first append only.
    private TreeWriter? _treeAtChange, _treeAtGroup;
    private long _recordedAt, _recordedAtChange, _recordedAtGroup, _recordsInGroup;
    private long _now;

    public WorkspaceUnit(SqliteConnection connection, Guid workspace, KeyStore keys, ImmutableArray<IProjection> projections, TimeProvider clock)
    {
        (_workspace, _keys, _projections, _clock) = (workspace, keys, projections, clock);
        _commands = new(connection);
        _reader = new(workspace, keys);
        _tree = TreeWriter.Load(_commands, _keys.LinkKey);
        _recordedAt = _tree.Size == 0 ? long.MinValue : LastHead().RecordedAt;
        _recordedAtGroup = _recordedAtChange = _recordedAt;
        Durable = _tree.Size;
    }

    /// <summary>Entries that are durable.</summary>
    public long Durable { get => Volatile.Read(ref field); private set => Volatile.Write(ref field, value); }

    /// <summary>Commands of the writer's connection.</summary>
    internal CommandCache Commands => _commands;

    /// <summary>The tree, uncommitted leaves included.</summary>
    internal TreeWriter Tree => _tree;

    public override long Now => _now;

    public override SqliteCommand Command(string sql) => _commands.Get(sql);

    public override Guid PrincipalOf(string name) => _keys.PrincipalOf(name);

    public override JournalRecord Record(long entry, int position) => _reader.Record(_commands, entry, position);

    public override IReadOnlyList<JournalEntry> OpenEntries(long from, long to) => _reader.Entries(_commands, from, to, isOpenOnly: true);

    public override IReadOnlyList<JournalRecord> OpenRecords(IReadOnlyList<(long Entry, int Position)> records) => JournalReader.OpenRecords(_commands, records);

    public override JournalEntry Append(SealedDraft draft)
    {
        if (draft is not SealedBatch batch) throw new ArgumentException("the draft was not sealed by this store", nameof(draft));
        foreach (var token in batch.Tokens)
        {
            if (_keys.IsErased(token))
                throw new SealIsStaleException($"the key of a record in this '{draft.Draft.Type}' entry was destroyed after it was sealed: seal it again");
        }
        _treeAtChange ??= _tree.Copy();
        var index = _tree.Size;
        var head = new EntryHead
        {
            Workspace = _workspace,
            EntryId = batch.EntryId,
            Type = draft.Draft.Type,
            SchemaVersion = draft.Draft.SchemaVersion,
            RecordedAt = _now,
            OccurredAt = draft.Draft.OccurredAt ?? _now,
            Actor = batch.Actor,
            CausationId = draft.Draft.CausationId,
            CorrelationId = draft.Draft.CorrelationId,
            RecordCount = batch.Count,
            PayloadRoot = batch.PayloadRoot(),
        };
        var headBytes = head.ToBytes();
        var link = _tree.Append(headBytes, _commands);
        foreach (var (position, run) in batch.Runs())
        {
            if (position == 0)
            {
                _commands.Get(JournalSql.AddEntry).Bind("@idx", index).Bind("@id", batch.EntryId.ToByteArray(bigEndian: true))
                    .Bind("@link", link).Bind("@head", headBytes).Bind("@body", run).ExecuteNonQuery();
            }
            else
            {
                _commands.Get(JournalSql.AddMore).Bind("@entry", index).Bind("@position", position).Bind("@body", run).ExecuteNonQuery();
            }
        }
        _recordedAt = _now;
        _recordsInGroup += batch.Count;

        var entry = new JournalEntry
        {
            Index = index,
            EntryId = head.EntryId,
            Type = head.Type,
            SchemaVersion = head.SchemaVersion,
            RecordedAt = head.RecordedAt,
            OccurredAt = head.OccurredAt,
            Actor = draft.Draft.Actor,
            CausationId = head.CausationId,
            CorrelationId = head.CorrelationId,
            Records = draft.Draft.Records,
        };
        if (_projections.Length > 0)
        {
            var shown = entry with { Records = batch.OpenRecords };
            foreach (var projection in _projections) projection.Apply(this, shown);
        }
        return entry;
    }

    public void BeginChange()
    {
        _treeAtChange = null;
        _recordedAtChange = _recordedAt;
        // Never back, even when the clock goes back.
        _now = Math.Max(Microseconds.Of(_clock.GetUtcNow()), _recordedAt);
    }

    public void UndoChange()
    {
        if (_treeAtChange is { } before) _tree = before;
        _treeAtChange = null;
        _recordedAt = _recordedAtChange;
    }

    public void BeforeCommit()
    {
        // Keys first: an entry whose key is not on disk could never be read.
        _keys.Flush();
        if (_tree.Size == Durable) return;
        _commands.Get(JournalSql.SetTree)
            .Bind("@size", _tree.Size).Bind("@root", _tree.Frontier.Root()).Bind("@frontier", _tree.Frontier.ToBytes()).ExecuteNonQuery();
        ProjectionRegistry.NoteProgress(_commands, _projections, _tree.Size);
    }

    public void Committed()
    {
        JournalTelemetry.Appends.Add(_tree.Size - Durable);
        JournalTelemetry.Records.Add(_recordsInGroup);
        _recordsInGroup = 0;
        Durable = _tree.Size;
        _treeAtGroup = _tree.Copy();
        _recordedAtGroup = _recordedAt;
    }

    public void RolledBack()
    {
        _tree = _treeAtGroup ?? TreeWriter.Load(_commands, _keys.LinkKey);
        _treeAtGroup = _tree.Copy();
        _recordedAt = _recordedAtGroup;
        _recordsInGroup = 0;
    }

    public void Dispose() => _commands.Dispose();

    private EntryHead LastHead()
    {
        using var row = _commands.Get(JournalSql.Entry).Bind("@idx", _tree.Size - 1).ExecuteReader();
        row.Read();
        return EntryHead.Parse(row.GetFieldValue<byte[]>(0));
    }
}
