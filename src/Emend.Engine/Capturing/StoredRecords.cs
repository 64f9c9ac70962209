using Emend.Engine.Journal;
using Emend.Engine.Reviewing;
using Emend.Engine.Storage;

namespace Emend.Engine.Capturing;

/// <summary>Reads records of the journal, a whole entry at a time where the records asked for lie together. Remembers a few entries.</summary>
internal sealed class StoredRecords(IWorkspaceStore store)
{
    private const int Remembered = 4;

    private readonly JournalEntry?[] _entries = new JournalEntry?[Remembered];
    private readonly long[] _asked = [-1, -1, -1, -1];
    private int _oldest, _nextAsked;

    /// <summary>A record.</summary>
    public JournalRecord this[RecordAt at]
    {
        get
        {
            foreach (var known in _entries)
                if (known?.Index == at.Entry) return known.Records[at.Position];
            if (Array.IndexOf(_asked, at.Entry) < 0)
            {
                _asked[_nextAsked++ % Remembered] = at.Entry;
                return store.Record(at.Entry, at.Position);
            }
            // Asked for once more: read the whole of it, more is likely to follow.
            var entry = store.Entries(at.Entry, at.Entry + 1).Single();
            _entries[_oldest++ % Remembered] = entry;
            return entry.Records[at.Position];
        }
    }
}
