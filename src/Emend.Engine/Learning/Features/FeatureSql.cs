namespace Emend.Engine.Learning.Features;

/// <summary>Statements of the feature store.</summary>
internal static class FeatureSql
{
    public const string AddView = "INSERT INTO feature_view (name, version, definition, author, defined_us) VALUES (@name, @version, @definition, @author, @at) RETURNING id";
    public const string ChangeView = "UPDATE feature_view SET definition = @definition WHERE id = @id";
    public const string ViewId = "SELECT id FROM feature_view WHERE name = @name AND version = @version";
    public const string Latest = "SELECT definition FROM feature_view WHERE name = @name ORDER BY version DESC LIMIT 1";
    public const string CountViews = "SELECT count(*) FROM feature_view";

    // A series that is there stays as it is: its events mean the same.
    public const string AddSeries = "INSERT INTO feature_series (view, feature, since, filled) VALUES (@view, @feature, @since, 0) ON CONFLICT (view, feature) DO NOTHING";

    public const string Series = """
        SELECT s.view, s.id, s.feature, s.since, s.filled, v.definition, v.author, v.defined_us
          FROM feature_series s JOIN feature_view v ON v.id = s.view ORDER BY v.name, v.version, s.feature
        """;
    public const string Unfilled = "SELECT min(filled), max(since) FROM feature_series WHERE filled < since";
    public const string SetFilled = "UPDATE feature_series SET filled = min(since, @to) WHERE id = @id";

    public const string KeyId = "SELECT id FROM feature_key WHERE view = @view AND key = @key";
    public const string FindKey = "SELECT id, high FROM feature_key WHERE view = @view AND key = @key";
    public const string AddKey = "INSERT INTO feature_key (view, key, shown, high) VALUES (@view, @key, @shown, @high) RETURNING id";
    public const string RaiseKey = "UPDATE feature_key SET high = @high WHERE id = @id";
    public const string HighOf = "SELECT high FROM feature_key WHERE id = @id";
    public const string DropKey = "DELETE FROM feature_key WHERE id = @id";

    public const string AddEvent = """
        INSERT INTO feature_event (series, entry, source, position, known_us, key, at_us, amount, member, tie, token)
        VALUES (@series, @entry, @source, @position, @known, @key, @at, @amount, @member, @tie, @token)
        """;
    public const string TakeEvent = "DELETE FROM feature_event WHERE series = @series AND entry = @entry AND source = @source AND position = @position RETURNING key, at_us, amount, member, tie";
    // Erasing is rare and may take a walk; an index would cost every event.
    public const string TakeSubject = "DELETE FROM feature_event WHERE token = @token RETURNING series, key, at_us, amount, member, tie";

    public const string AddToCell = """
        INSERT INTO feature_cell (series, key, grain, n, high, low) VALUES (@series, @key, @grain, @n, @high, @low)
        ON CONFLICT (series, key, grain) DO UPDATE SET n = n + excluded.n, high = feature_cell.high + excluded.high, low = low + excluded.low
        """;
    public const string DropEmptyCell = "DELETE FROM feature_cell WHERE series = @series AND key = @key AND grain = @grain AND n = 0";
    public const string AddMember = """
        INSERT INTO feature_member (series, key, grain, rank, member, n) VALUES (@series, @key, @grain, @rank, @member, @n)
        ON CONFLICT (series, key, grain, rank) DO UPDATE SET n = n + excluded.n
        """;
    public const string DropEmptyMember = "DELETE FROM feature_member WHERE series = @series AND key = @key AND grain = @grain AND rank = @rank AND n = 0";
    public const string PruneCells = "DELETE FROM feature_cell WHERE series = @series AND key = @key AND grain < @grain";
    public const string PruneMembers = "DELETE FROM feature_member WHERE series = @series AND key = @key AND grain < @grain";

    public const string IsErased = "SELECT 1 FROM erasure WHERE token = @token";

    public const string WaitingOutcomes = "SELECT decision_id, entry, position FROM outcome WHERE decision_id IN (SELECT value FROM json_each(@ids)) AND entry < @entry";

    public const string SumCells = "SELECT sum(n), sum(high), sum(low), max(grain) FROM feature_cell WHERE series = @series AND key = @key AND grain > @after AND grain <= @to";
    public const string CountMembers = "SELECT count(DISTINCT rank), max(grain) FROM feature_member WHERE series = @series AND key = @key AND grain > @after AND grain <= @to";
    public const string LastMember = "SELECT member, grain FROM feature_member WHERE series = @series AND key = @key AND grain > @after AND grain <= @to ORDER BY grain DESC, rank DESC LIMIT 1";

    // Each measure reads only what it needs: a pass goes over every event.
    public const string Amounts = "SELECT known_us, key, at_us, coalesce(amount, 0) FROM feature_event WHERE series = @series AND known_us <= @to ORDER BY entry, source, position";
    public const string Members = "SELECT known_us, key, at_us, 0, member, tie FROM feature_event WHERE series = @series AND known_us <= @to ORDER BY entry, source, position";

    public const string DigestViews = "SELECT name, version, definition, name_of(author) FROM feature_view ORDER BY name, version";
    public const string DigestCells = """
        SELECT v.name, v.version, s.feature, k.shown, c.grain, c.n, c.high, c.low
          FROM feature_cell c JOIN feature_series s ON s.id = c.series JOIN feature_view v ON v.id = s.view JOIN feature_key k ON k.id = c.key
         ORDER BY 1, 2, 3, 4, 5, 6, 7, 8
        """;
    // Members may be pseudonyms: how many there are is the state, not what they are called.
    public const string DigestMembers = """
        SELECT v.name, v.version, s.feature, k.shown, m.grain, count(*), sum(m.n)
          FROM feature_member m JOIN feature_series s ON s.id = m.series JOIN feature_view v ON v.id = s.view JOIN feature_key k ON k.id = m.key
         GROUP BY m.series, m.key, m.grain ORDER BY 1, 2, 3, 4, 5, 6, 7
        """;
}
