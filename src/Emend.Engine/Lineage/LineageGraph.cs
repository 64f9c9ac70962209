namespace Emend.Engine.Lineage;

/// <summary>What a node of a lineage is.</summary>
internal enum LineageKind : byte
{
    /// <summary>A decision an agent took.</summary>
    Decision,
    /// <summary>A release that served it.</summary>
    Release,
    /// <summary>A version of the agent's logic.</summary>
    Bundle,
    /// <summary>A rule or guardrail of it.</summary>
    Rule,
    /// <summary>A corrector of it.</summary>
    Model,
    /// <summary>The exact rulings it was built from.</summary>
    DataSet,
    /// <summary>The accepted truth of a decision.</summary>
    Ruling,
    /// <summary>What somebody said of a decision.</summary>
    Correction,
    /// <summary>The evaluation a bundle went through.</summary>
    Evaluation,
    /// <summary>A person or policy.</summary>
    Person,
}

/// <summary>How one node stands to another.</summary>
internal enum LineageRelation : byte
{
    /// <summary>The first came to be because of the second.</summary>
    DerivedFrom,
    /// <summary>The first was made, said or decided by the second.</summary>
    AttributedTo,
    /// <summary>The first was let through by the second.</summary>
    ApprovedBy,
    /// <summary>The first took the place of the second.</summary>
    Replaced,
}

/// <summary>One thing in a lineage.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Id">Its id.</param>
/// <param name="Label">One line about it, for people; no personal data.</param>
/// <param name="At">When it came to be, microseconds since 1970 UTC; null when it has no time of its own.</param>
internal sealed record LineageNode(LineageKind Kind, string Id, string Label, long? At = null)
{
    /// <summary>Unique key in a graph.</summary>
    public string Key => $"{Kind.ToString().ToLowerInvariant()}/{Id}";
}

/// <summary>From one node to another.</summary>
internal readonly record struct LineageEdge(string From, LineageRelation Relation, string To);

/// <summary>A lineage: nodes in the order they were found, each once, and the edges between them.</summary>
internal sealed class LineageGraph
{
    private readonly Dictionary<string, LineageNode> _nodes = new(StringComparer.Ordinal);
    private readonly List<LineageNode> _order = [];
    private readonly List<LineageEdge> _edges = [];
    private readonly HashSet<LineageEdge> _known = [];

    /// <summary>Nodes in the order they were found.</summary>
    public IReadOnlyList<LineageNode> Nodes => _order;

    /// <summary>Edges in the order they were found.</summary>
    public IReadOnlyList<LineageEdge> Edges => _edges;

    /// <summary>The node of a key.</summary>
    public LineageNode this[string key] => _nodes[key];

    /// <summary>Whether a node is there.</summary>
    public bool Has(string key) => _nodes.ContainsKey(key);

    /// <summary>Adds a node unless it is there; answers its key.</summary>
    public string Add(LineageNode node)
    {
        if (_nodes.TryAdd(node.Key, node)) _order.Add(node);
        return node.Key;
    }

    /// <summary>Adds an edge between two nodes that are there.</summary>
    public void Link(string from, LineageRelation relation, string to)
    {
        if (!Has(from) || !Has(to)) throw new ArgumentException($"an edge needs both its nodes: {from} -> {to}", nameof(to));
        var edge = new LineageEdge(from, relation, to);
        if (_known.Add(edge)) _edges.Add(edge);
    }

    /// <summary>What a node leads to, in the order it was found.</summary>
    public IEnumerable<LineageEdge> From(string key) => _edges.Where(edge => string.Equals(edge.From, key, StringComparison.Ordinal));
}
