namespace Emend.Engine.Storage;

/// <summary>Statements over the journal's tables.</summary>
internal static class JournalSql
{
    public const string AddEntry = "INSERT INTO entry (idx, entry_id, link, head, body) VALUES (@idx, @id, @link, @head, @body)";
    public const string AddMore = "INSERT INTO entry_more (entry, position, body) VALUES (@entry, @position, @body)";
    public const string AddTile = "INSERT INTO tile (number, root) VALUES (@number, @root)";
    public const string SetTree = "UPDATE tree SET size = @size, root = @root, frontier = @frontier WHERE id = 1";
    public const string Tree = "SELECT size, root, frontier FROM tree WHERE id = 1";

    public const string Entries = "SELECT idx, head, body FROM entry WHERE idx >= @from AND idx < @to ORDER BY idx";
    public const string Audit = "SELECT idx, entry_id, link, head, body FROM entry WHERE idx >= @from ORDER BY idx LIMIT @count";
    public const string AuditMore = "SELECT entry, position, body FROM entry_more WHERE entry >= @from AND entry <= @to ORDER BY entry, position";
    public const string TileRoots = "SELECT root FROM tile WHERE number >= @from AND number < @to ORDER BY number";
    public const string Tiles = "SELECT number, root FROM tile ORDER BY number";
    public const string Checkpoints = "SELECT size, note FROM checkpoint ORDER BY size";
    public const string LastCheckpoint = "SELECT size, note FROM checkpoint ORDER BY size DESC LIMIT 1";
    public const string AddCheckpoint = "INSERT INTO checkpoint (size, note) VALUES (@size, @note)";
    public const string AddErasure = "INSERT OR IGNORE INTO erasure (token, entry, done) VALUES (@token, @entry, 0)";
    public const string OpenErasures = "SELECT token FROM erasure WHERE done = 0";
    public const string CloseErasure = "UPDATE erasure SET done = 1 WHERE token = @token";
    public const string Heads = "SELECT head FROM entry WHERE idx >= @from AND idx < @to ORDER BY idx";
    public const string Entry = "SELECT head, body FROM entry WHERE idx = @idx";
    public const string More = "SELECT position, body FROM entry_more WHERE entry = @entry ORDER BY position";
    // The run that holds a position which the first run does not.
    public const string MoreAt = "SELECT position, body FROM entry_more WHERE entry = @entry AND position <= @position ORDER BY position DESC LIMIT 1";
    public const string IndexOf = "SELECT idx FROM entry WHERE entry_id = @id";
    public const string LinkOf = "SELECT link FROM entry WHERE idx = @idx";
    public const string LastIndex = "SELECT MAX(idx) FROM entry";

    public const string Workspace = "SELECT name, token FROM workspace WHERE id = 1";
    public const string AddWorkspace = "INSERT INTO workspace (id, name, token) VALUES (1, @name, @token)";
    public const string AddTree = "INSERT INTO tree (id, size, root, frontier) VALUES (1, 0, @root, x'')";
}
