namespace Emend.Engine.Learning.Rules;

/// <summary>Some rows of a table, numbered anew so that sets of them are short: one proposed action, or everything.</summary>
internal sealed class View
{
    private readonly int[]? _local;

    private View(CaseTable table, int[] rows, ulong[][] literals, int[]? local)
    {
        Table = table;
        Rows = rows;
        Literals = literals;
        _local = local;
    }

    public CaseTable Table { get; }
    /// <summary>Rows of the table, ascending.</summary>
    public int[] Rows { get; }
    /// <summary>Local rows each typed literal holds on.</summary>
    public ulong[][] Literals { get; }
    public int Words => Bits.Words(Rows.Length);

    /// <summary>Local number of a row of the table; -1 when it is not in view.</summary>
    public int Local(int row) => _local is null ? row : _local[row];

    /// <summary>All rows.</summary>
    public static View All(CaseTable table)
    {
        var rows = new int[table.Count];
        for (var i = 0; i < rows.Length; i++) rows[i] = i;
        return new(table, rows, [.. table.Rows], null);
    }

    /// <summary>Chosen rows.</summary>
    public static View Of(CaseTable table, int[] rows)
    {
        var local = new int[table.Count];
        Array.Fill(local, -1);
        for (var i = 0; i < rows.Length; i++) local[rows[i]] = i;
        var words = Bits.Words(rows.Length);
        var literals = new ulong[table.Rows.Count][];
        for (var l = 0; l < literals.Length; l++)
        {
            var (from, to) = (table.Rows[l], new ulong[words]);
            for (var i = 0; i < rows.Length; i++)
                to[i >> 6] |= (from[rows[i] >> 6] >> (rows[i] & 63) & 1) << (i & 63);
            literals[l] = to;
        }
        return new(table, rows, literals, local);
    }

    /// <summary>A local set as a set of the table's rows.</summary>
    public ulong[] ToTable(ulong[] local)
    {
        var set = new ulong[Bits.Words(Table.Count)];
        for (var i = 0; i < Rows.Length; i++)
            if (Bits.Has(local, i)) Bits.Add(set, Rows[i]);
        return set;
    }
}
