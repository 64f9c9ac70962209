using System.Text.Json;

namespace Emend.Engine.Evaluating.Replay;

/// <summary>One policy against another over the same decisions.</summary>
internal struct PairCounts
{
    /// <summary>Decisions whose final action differs.</summary>
    public long Changed;
    /// <summary>Of those, how many are known to be right or wrong under the candidate.</summary>
    public long ChangedKnown;
    /// <summary>Wrong before, right now.</summary>
    public long Fixes;
    /// <summary>Right before, wrong now.</summary>
    public long Breaks;
    /// <summary>Changed from one wrong action to another.</summary>
    public long StillWrong;
    /// <summary>Changed, and nobody knows what is right.</summary>
    public long Unjudged;
    /// <summary>Wrong before, stopped or asked about now.</summary>
    public long Caught;
    /// <summary>Right before, stopped or asked about now.</summary>
    public long Withheld;
    /// <summary>Known to be right under the base policy.</summary>
    public long BaseRight;
    /// <summary>Known to be wrong under the base policy.</summary>
    public long BaseWrong;
    /// <summary>Known to be right under the candidate.</summary>
    public long CandidateRight;
    /// <summary>Known to be wrong under the candidate.</summary>
    public long CandidateWrong;

    /// <summary>Decisions whose score is known under the base policy.</summary>
    public readonly long BaseKnown => BaseRight + BaseWrong;

    /// <summary>Changed decisions that are known to be wrong under the candidate.</summary>
    public readonly long ChangedWrong => ChangedKnown - ChangedRight;

    /// <summary>Changed decisions that are known to be right under the candidate.</summary>
    public long ChangedRight;

    public void Add(Score before, Score after, bool changed)
    {
        if (before == Score.Right) BaseRight++;
        else if (before == Score.Wrong) BaseWrong++;
        if (after == Score.Right) CandidateRight++;
        else if (after == Score.Wrong) CandidateWrong++;
        if (!changed) return;

        Changed++;
        switch (after)
        {
            case Score.Right:
                ChangedKnown++;
                ChangedRight++;
                if (before == Score.Wrong) Fixes++;
                break;
            case Score.Wrong:
                ChangedKnown++;
                if (before == Score.Right) Breaks++;
                else if (before == Score.Wrong) StillWrong++;
                break;
            case Score.Deferred:
                if (before == Score.Wrong) Caught++;
                else if (before == Score.Right) Withheld++;
                else Unjudged++;
                break;
            default:
                Unjudged++;
                break;
        }
    }

    public static PairCounts operator +(in PairCounts a, in PairCounts b) => new()
    {
        Changed = a.Changed + b.Changed,
        ChangedKnown = a.ChangedKnown + b.ChangedKnown,
        ChangedRight = a.ChangedRight + b.ChangedRight,
        Fixes = a.Fixes + b.Fixes,
        Breaks = a.Breaks + b.Breaks,
        StillWrong = a.StillWrong + b.StillWrong,
        Unjudged = a.Unjudged + b.Unjudged,
        Caught = a.Caught + b.Caught,
        Withheld = a.Withheld + b.Withheld,
        BaseRight = a.BaseRight + b.BaseRight,
        BaseWrong = a.BaseWrong + b.BaseWrong,
        CandidateRight = a.CandidateRight + b.CandidateRight,
        CandidateWrong = a.CandidateWrong + b.CandidateWrong,
    };

    public readonly void WriteTo(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteNumber("changed", Changed);
        json.WriteNumber("changedKnown", ChangedKnown);
        json.WriteNumber("changedWrong", ChangedWrong);
        json.WriteNumber("fixes", Fixes);
        json.WriteNumber("breaks", Breaks);
        json.WriteNumber("stillWrong", StillWrong);
        json.WriteNumber("unjudged", Unjudged);
        json.WriteNumber("caught", Caught);
        json.WriteNumber("withheld", Withheld);
        json.WriteNumber("baseRight", BaseRight);
        json.WriteNumber("baseWrong", BaseWrong);
        json.WriteNumber("candidateRight", CandidateRight);
        json.WriteNumber("candidateWrong", CandidateWrong);
        json.WriteEndObject();
    }
}

/// <summary>One policy against another, by what the known truth is worth.</summary>
internal sealed class EvidenceCounts
{
    private readonly PairCounts[] _by = new PairCounts[4];

    /// <summary>Counts of one kind of evidence.</summary>
    public ref PairCounts this[CaseEvidence evidence] => ref _by[(int)evidence];

    /// <summary>All decisions.</summary>
    public PairCounts Total => _by[0] + _by[1] + _by[2] + _by[3];

    /// <summary>What counts as proof: held out or cross-fitted.</summary>
    public PairCounts Independent => _by[(int)CaseEvidence.HeldOut] + _by[(int)CaseEvidence.CrossFitted];

    public void Add(EvidenceCounts other)
    {
        for (var i = 0; i < _by.Length; i++) _by[i] += other._by[i];
    }

    public void WriteTo(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        for (var i = 0; i < _by.Length; i++)
        {
            json.WritePropertyName(NameOf((CaseEvidence)i));
            _by[i].WriteTo(json);
        }
        json.WriteEndObject();
    }

    private static string NameOf(CaseEvidence evidence) => evidence switch
    {
        CaseEvidence.Training => "training",
        CaseEvidence.HeldOut => "heldOut",
        CaseEvidence.CrossFitted => "crossFitted",
        _ => "unjudged",
    };
}
