using Emend.Engine.Journal;
using Emend.Engine.Storage;

namespace Emend.Engine.Access;

/// <summary>Which events of keys the journal holds. Ids are random, so the state's digest leaves them out.</summary>
internal sealed class AccessProjection : IProjection
{
    public const string KnownEvent = "SELECT 1 FROM key_event WHERE id = @id";
    private const string AddEvent = "INSERT INTO key_event (id) VALUES (@id) ON CONFLICT (id) DO NOTHING";

    public string Name => "access";

    public IReadOnlyList<string> Tables { get; } = ["key_event"];

    public IReadOnlyList<string> DigestQueries { get; } = [];

    public void Apply(UnitOfWork work, JournalEntry entry)
    {
        if (!entry.Type.StartsWith(AccessJournal.KeyPrefix, StringComparison.Ordinal)) return;
        foreach (var record in entry.Records) work.Command(AddEvent).Bind("@id", record.Id).ExecuteNonQuery();
    }
}
