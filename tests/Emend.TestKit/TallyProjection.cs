using Emend.Engine.Journal;
using Emend.Engine.Storage;

namespace Emend.TestKit;

/// <summary>A small read model: one row per record, in tables of its own.</summary>
internal sealed class TallyProjection : IProjection
{
    public string Name => "tally";

    public IReadOnlyList<string> Tables { get; } = ["tally"];

    public IReadOnlyList<string> DigestQueries { get; } = ["SELECT type, id, verdict, name_of(actor) FROM tally ORDER BY type, id"];

    public void Apply(UnitOfWork work, JournalEntry entry)
    {
        work.Command("CREATE TABLE IF NOT EXISTS tally (entry INTEGER, position INTEGER, type TEXT, id TEXT, verdict TEXT, comment TEXT, actor TEXT, PRIMARY KEY (entry, position))").ExecuteNonQuery();
        for (var i = 0; i < entry.Records.Length; i++)
        {
            work.Command("INSERT INTO tally VALUES (@entry, @position, @type, @id, @verdict, @comment, @actor)")
                .Bind("@entry", entry.Index).Bind("@position", i).Bind("@type", entry.Type).Bind("@id", entry.Records[i].Id)
                .Bind("@verdict", entry.Records[i]["verdict"]).Bind("@comment", entry.Records[i]["comment"]).Bind("@actor", work.PrincipalOf(entry.Actor.Name).ToString("N"))
                .ExecuteNonQuery();
        }
    }
}
