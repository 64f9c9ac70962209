using System.Runtime.InteropServices;
using System.Text.Json;

namespace Emend.Engine.Evaluating.Replay;

/// <summary>Decisions that were drawn with one probability and fell into one half.</summary>
internal struct AuditStratum
{
    /// <summary>Decisions that could be drawn.</summary>
    public long Decisions;
    /// <summary>Of them, those the candidate would change.</summary>
    public long Changed;
    /// <summary>Drawn, answered, and never seen by the logic that was scored.</summary>
    public long Answered;
    /// <summary>Of those, changed ones.</summary>
    public long AnsweredChanged;
    /// <summary>Of those, wrong before and right now.</summary>
    public long Fixes;
    /// <summary>Of those, right before and wrong now.</summary>
    public long Breaks;

    public static AuditStratum operator +(in AuditStratum a, in AuditStratum b) => new()
    {
        Decisions = a.Decisions + b.Decisions,
        Changed = a.Changed + b.Changed,
        Answered = a.Answered + b.Answered,
        AnsweredChanged = a.AnsweredChanged + b.AnsweredChanged,
        Fixes = a.Fixes + b.Fixes,
        Breaks = a.Breaks + b.Breaks,
    };
}

/// <summary>
/// Counts of decisions that could be drawn for review, by the probability they could be drawn with. Whole numbers only: whatever is estimated from them
/// is the same in any order and with any number of workers.
/// </summary>
internal sealed class AuditCounts
{
    /// <summary>Halves into which decisions fall by their id: what is predicted in one is learned in the other.</summary>
    public const int Halves = 2;

    private readonly Dictionary<(double Share, int Half), AuditStratum> _strata = [];

    /// <summary>The strata, by probability and half.</summary>
    public IEnumerable<(double Share, int Half, AuditStratum Counts)> Strata =>
        _strata.OrderBy(static one => one.Key).Select(static one => (one.Key.Share, one.Key.Half, one.Value));

    /// <summary>Answered decisions whose proposal was right.</summary>
    public long ProposalsRight { get; private set; }

    /// <summary>Policies over answered decisions, as elsewhere.</summary>
    public PairCounts Pairs;

    /// <summary>Takes a decision in.</summary>
    /// <param name="case">The decision.</param>
    /// <param name="alone">How the proposal does.</param>
    /// <param name="was">How the incumbent does.</param>
    /// <param name="now">How the candidate does.</param>
    /// <param name="changed">Whether they differ.</param>
    /// <param name="hash">Hash of the decision's id.</param>
    public void Add(in ReplayCase @case, Score alone, Score was, Score now, bool changed, ulong hash)
    {
        if (@case.AuditShare <= 0) return;
        ref var stratum = ref CollectionsMarshal.GetValueRefOrAddDefault(_strata, (@case.AuditShare, (int)(hash % Halves)), out _);
        // What was scored out of fold stands in the history too: there it is one of all.
        if (@case.Evidence != CaseEvidence.CrossFitted)
        {
            stratum.Decisions++;
            if (changed) stratum.Changed++;
        }
        if (!@case.IsAudited || @case.Evidence is not (CaseEvidence.HeldOut or CaseEvidence.CrossFitted)) return;
        stratum.Answered++;
        if (alone == Score.Right) ProposalsRight++;
        Pairs.Add(was, now, changed);
        if (!changed) return;
        stratum.AnsweredChanged++;
        if (was == Score.Wrong && now == Score.Right) stratum.Fixes++;
        else if (was == Score.Right && now == Score.Wrong) stratum.Breaks++;
    }

    /// <summary>Adds others.</summary>
    public void Add(AuditCounts other)
    {
        foreach (var (key, counts) in other._strata)
        {
            ref var stratum = ref CollectionsMarshal.GetValueRefOrAddDefault(_strata, key, out _);
            stratum += counts;
        }
        ProposalsRight += other.ProposalsRight;
        Pairs += other.Pairs;
    }

    /// <summary>Writes a list, where there is anything to write.</summary>
    public void WriteTo(Utf8JsonWriter json, string name)
    {
        // Left out where nothing could be drawn: a replay keeps the bytes it always had.
        if (_strata.Count == 0) return;
        json.WriteStartArray(name);
        foreach (var (share, half, counts) in Strata)
        {
            json.WriteStartObject();
            json.WriteNumber("share", share);
            json.WriteNumber("half", half);
            json.WriteNumber("decisions", counts.Decisions);
            json.WriteNumber("changed", counts.Changed);
            json.WriteNumber("answered", counts.Answered);
            json.WriteNumber("answeredChanged", counts.AnsweredChanged);
            json.WriteNumber("fixes", counts.Fixes);
            json.WriteNumber("breaks", counts.Breaks);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }
}
