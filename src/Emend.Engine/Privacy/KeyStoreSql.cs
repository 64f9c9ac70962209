namespace Emend.Engine.Privacy;

/// <summary>Statements of the key store: a database of its own, so that data backups hold no keys and keys can be destroyed for good.</summary>
internal static class KeyStoreSql
{
    // `lookup` is a keyed hash of the name: finds a name without keeping it. `wrapped` holds key and name under the key encryption key.
    public const string Create = """
        CREATE TABLE IF NOT EXISTS secret (
            name TEXT PRIMARY KEY, wrapped BLOB NOT NULL
        ) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS subject_key (
            id INTEGER PRIMARY KEY, token BLOB NOT NULL UNIQUE, lookup BLOB NOT NULL UNIQUE, wrapped BLOB NOT NULL
        );
        CREATE TABLE IF NOT EXISTS principal (
            id INTEGER PRIMARY KEY, token BLOB NOT NULL UNIQUE, lookup BLOB NOT NULL UNIQUE, wrapped BLOB NOT NULL
        );
        -- Keys of texts that came before the decision they are about: destroyed with the key of that decision's subject.
        CREATE TABLE IF NOT EXISTS early (
            token BLOB PRIMARY KEY
        ) WITHOUT ROWID;
        -- Register of erasures, kept apart from the data: a restored backup is erased again from it.
        CREATE TABLE IF NOT EXISTS erased (
            token BLOB PRIMARY KEY, erased_us INTEGER NOT NULL
        );
        -- Last checkpoint that was signed, kept apart from the journal: a journal rolled back to yesterday's file is smaller than it.
        CREATE TABLE IF NOT EXISTS last_signed (
            id INTEGER PRIMARY KEY CHECK (id = 1), size INTEGER NOT NULL, root BLOB NOT NULL
        );
        """;

    public const string Secret = "SELECT wrapped FROM secret WHERE name = @name";
    public const string AddSecret = "INSERT INTO secret (name, wrapped) VALUES (@name, @wrapped)";

    public const string SetSecret = "INSERT INTO secret (name, wrapped) VALUES (@name, @wrapped) ON CONFLICT (name) DO UPDATE SET wrapped = @wrapped";
    public const string RemoveSecret = "DELETE FROM secret WHERE name = @name";

    public const string SubjectByLookup = "SELECT token, wrapped FROM subject_key WHERE lookup = @lookup";
    public const string SubjectByToken = "SELECT token, wrapped FROM subject_key WHERE token = @token";
    public const string AddSubject = "INSERT INTO subject_key (token, lookup, wrapped) VALUES (@token, @lookup, @wrapped)";
    public const string RemoveSubject = "DELETE FROM subject_key WHERE token = @token";

    public const string Early = "SELECT token FROM early";
    public const string AddEarly = "INSERT INTO early (token) VALUES (@token)";
    public const string RemoveEarly = "DELETE FROM early WHERE token = @token";

    public const string PrincipalByLookup = "SELECT token, wrapped FROM principal WHERE lookup = @lookup";
    public const string PrincipalByToken = "SELECT token, wrapped FROM principal WHERE token = @token";
    public const string AddPrincipal = "INSERT INTO principal (token, lookup, wrapped) VALUES (@token, @lookup, @wrapped)";

    public const string Erased = "SELECT token FROM erased";
    public const string AddErased = "INSERT OR IGNORE INTO erased (token, erased_us) VALUES (@token, @at)";

    public const string LastSigned = "SELECT size, root FROM last_signed WHERE id = 1";
    public const string SetLastSigned = """
        INSERT INTO last_signed (id, size, root) VALUES (1, @size, @root)
        ON CONFLICT (id) DO UPDATE SET size = @size, root = @root
        """;
}
