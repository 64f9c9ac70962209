using System.Security.Cryptography;
using System.Text;
using Emend.Logic;
using Emend.Logic.Conditions;

namespace Emend.Engine.Learning.Rules;

/// <summary>A candidate with the place it will have in the order of evaluation.</summary>
internal sealed class DraftRule
{
    // Learned rules give way to what people wrote (priority 0) and to corrections of the identical case.
    private const int LowestPriority = -1000;
    private const int PriorityRange = 800;

    private string? _id;

    public DraftRule(CaseTable table, Candidate candidate, LearnerOptions options)
    {
        Table = table;
        Candidate = candidate;
        var worth = candidate.Promise.Fix - options.HarmCost * candidate.Promise.Break;
        Priority = LowestPriority + (int)Math.Round(Math.Clamp(worth, 0, 1) * PriorityRange);
        Specificity = candidate.Terms.Length + 1;
        foreach (var row in Bits.Members(candidate.Cover))
            if (table.Remedy[row] == candidate.Remedy) EvidenceThrough = Math.Max(EvidenceThrough, table.Cases[row].Ruling.At);
    }

    public CaseTable Table { get; }
    public Candidate Candidate { get; }
    public int Priority { get; }
    public int Specificity { get; }
    /// <summary>When the newest of the rulings behind it was made.</summary>
    public long EvidenceThrough { get; }

    /// <summary>Derived from what the rule says, so that the same rule has the same id whatever it was learned from.</summary>
    public string Id => _id ??= "m-" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Candidate.Key(Table))).AsSpan(0, 6));

    /// <summary>The whole condition, scope first.</summary>
    public Condition When
    {
        get
        {
            var scope = Candidate.Scope >= 0
                ? new Predicate(Operand.ProposedAction, Comparison.Eq, FeatureValue.Of(Table.Labels[Candidate.Scope]))
                : new Predicate(Operand.ProposedAction, Comparison.Ne, FeatureValue.Of(Table.Remedies[Candidate.Remedy].Label));
            return Candidate.Terms.IsEmpty ? scope : new All([scope, .. Candidate.Terms.Select(static t => t.Predicate)]);
        }
    }

    /// <summary>The order in which rules are tried: <see cref="Logic.Rules.Rule"/>.</summary>
    public static int Order(DraftRule a, DraftRule b)
    {
        if (a.Priority != b.Priority) return b.Priority.CompareTo(a.Priority);
        if (a.Specificity != b.Specificity) return b.Specificity.CompareTo(a.Specificity);
        if (a.EvidenceThrough != b.EvidenceThrough) return b.EvidenceThrough.CompareTo(a.EvidenceThrough);
        return string.CompareOrdinal(a.Id, b.Id);
    }
}
