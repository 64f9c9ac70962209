namespace Emend.Engine.Reviewing;

/// <summary>Why a decision stands in somebody's queue.</summary>
internal enum QueuePart : byte
{
    /// <summary>It is worth most: a wrong answer there costs, and nobody knows.</summary>
    Value,
    /// <summary>It was drawn at random.</summary>
    Audit,
    /// <summary>Its answer is known: it measures who answers.</summary>
    Gold,
}

/// <summary>What people's time is spent on. Where a part has nothing, the others take its share.</summary>
internal sealed record ReviewBudget
{
    /// <summary>What nobody changed.</summary>
    public static ReviewBudget Default { get; } = new();

    /// <summary>Share for what is worth most. Default 60 %.</summary>
    public double Value { get; init; } = 0.60;
    /// <summary>Share for what was drawn at random. Default 35 %: ordering by value alone would tell nobody how often the agent is right.</summary>
    public double Audit { get; init; } = 0.35;
    /// <summary>Share for known answers. Default 5 %.</summary>
    public double Gold { get; init; } = 0.05;
    /// <summary>Largest share of a list that one kind of mistake may take of the part for value. Default 20 %.</summary>
    public double MostAlike { get; init; } = 0.20;

    /// <summary>Puts the parts into one order: each position goes to the part that is furthest behind its share. Pure.</summary>
    /// <param name="parts">What each part has, in its own order; nothing stands in two.</param>
    /// <param name="limit">Length of the list.</param>
    public IReadOnlyList<(QueuePart Part, T Item)> Split<T>(IReadOnlyDictionary<QueuePart, IReadOnlyList<T>> parts, int limit)
    {
        var taken = new int[3];
        var order = new List<(QueuePart, T)>();
        while (order.Count < limit)
        {
            QueuePart? next = null;
            var behind = double.NegativeInfinity;
            foreach (var part in new[] { QueuePart.Value, QueuePart.Audit, QueuePart.Gold })
            {
                if (!parts.TryGetValue(part, out var items) || taken[(int)part] >= items.Count) continue;
                var gap = ShareOf(part) * (order.Count + 1) - taken[(int)part];
                if (gap > behind) (next, behind) = (part, gap);
            }
            if (next is not { } chosen) break;
            order.Add((chosen, parts[chosen][taken[(int)chosen]++]));
        }
        return order;
    }

    private double ShareOf(QueuePart part) => part switch { QueuePart.Value => Value, QueuePart.Audit => Audit, _ => Gold };
}
