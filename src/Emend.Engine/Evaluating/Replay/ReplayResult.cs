using System.Text.Json;
using Emend.Logic;

namespace Emend.Engine.Evaluating.Replay;

/// <summary>What a candidate would have done with a history: the same bytes every time, for any order of the stream and any number of workers.</summary>
internal sealed class ReplayResult
{
    private readonly ReplayTally _tally;

    public ReplayResult(ReplayTally tally, Bundle? candidate)
    {
        _tally = tally;
        Candidate = candidate;
        Canonical = Write();
    }

    /// <summary>The counts themselves, for adding results up.</summary>
    internal ReplayTally Tally => _tally;

    /// <summary>What was replayed; null where two logs were compared.</summary>
    public Bundle? Candidate { get; }

    /// <summary>Canonical JSON.</summary>
    public string Canonical { get; }

    public long Decisions => _tally.Decisions;

    /// <summary>Agent alone against the candidate.</summary>
    public EvidenceCounts Agent => _tally.Agent;

    /// <summary>Incumbent against the candidate; the agent alone stands in where there is no incumbent.</summary>
    public EvidenceCounts Incumbent => _tally.Incumbent;

    /// <summary>Decisions a person would be asked about under the candidate.</summary>
    public long Escalations => _tally.Escalations;

    /// <summary>Decisions in which nothing would be done under the candidate.</summary>
    public long Blocks => _tally.Blocks;

    /// <summary>Per rule of the candidate, in its order.</summary>
    public ReadOnlySpan<RuleCounts> Rules => _tally.Rules;

    /// <summary>Per guardrail of the candidate, in its order.</summary>
    public ReadOnlySpan<GuardrailCounts> Guardrails => _tally.Guardrails;

    /// <summary>Decisions a guardrail of the incumbent stopped and none of the candidate does.</summary>
    public long GuardrailHitsGone => _tally.IncumbentHitsGone;

    /// <summary>By label of the agent's proposal.</summary>
    public IReadOnlyDictionary<string, ActionCounts> Proposed => _tally.Proposed;

    /// <summary>By label of the final action a decision was changed to; the empty label stands for "nothing done or a person asked".</summary>
    public IReadOnlyDictionary<string, ActionCounts> Final => _tally.Final;

    /// <summary>Decisions that could be drawn for review.</summary>
    public AuditCounts Audit => _tally.Audit;

    /// <summary>Independent changes by slice.</summary>
    public IReadOnlyDictionary<Slice, ActionCounts> Slices => _tally.Slices;

    /// <summary>Changed decisions on the busiest day (UTC).</summary>
    public long MostChangedPerDay => _tally.ChangedByDay.Count == 0 ? 0 : _tally.ChangedByDay.Values.Max();

    /// <summary>Agent wrong, incumbent right, candidate wrong: an earlier fix undone.</summary>
    public long CornerstonesBroken => _tally.CornerstonesBroken;

    /// <summary>By who stands behind the judgement, independent cases only; for the provenance gate, never written down.</summary>
    public IReadOnlyDictionary<string, PairCounts> Submitters => _tally.Submitters;

    public IReadOnlyList<string> FixExamples => _tally.Fixed.Ids;
    public IReadOnlyList<string> BreakExamples => _tally.Broken.Ids;
    public IReadOnlyList<string> UnjudgedExamples => _tally.Unjudged.Ids;
    public IReadOnlyList<string> WithheldExamples => _tally.Withheld.Ids;
    public IReadOnlyList<string> GuardrailExamples => _tally.GuardrailNew.Ids;
    public IReadOnlyList<string> CornerstoneExamples => _tally.Cornerstones.Ids;

    /// <summary>Name of the replayed set of decisions: a sum of hashes of their ids. Tells histories apart; not proof against forgery.</summary>
    public string Fingerprint => $"{_tally.Fingerprint:x16}";

    private string Write()
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            json.WriteNumber("decisions", Decisions);
            json.WriteString("fingerprint", Fingerprint);
            if (Decisions > 0)
            {
                json.WriteString("firstAt", CanonicalJson.Instant(_tally.FirstAt));
                json.WriteString("lastAt", CanonicalJson.Instant(_tally.LastAt));
            }
            json.WritePropertyName("overAgent");
            Agent.WriteTo(json);
            json.WritePropertyName("overIncumbent");
            Incumbent.WriteTo(json);
            json.WriteNumber("escalations", Escalations);
            json.WriteNumber("blocks", Blocks);
            json.WriteNumber("guardrailHitsGone", GuardrailHitsGone);
            json.WriteNumber("cornerstonesBroken", CornerstonesBroken);
            json.WriteNumber("mostChangedPerDay", MostChangedPerDay);
            WriteRules(json);
            WriteGuardrails(json);
            WriteActions(json, "byProposed", _tally.Proposed);
            WriteActions(json, "byFinal", _tally.Final);
            _tally.Audit.WriteTo(json, "audit");
            if (_tally.Slices.Count > 0) WriteActions(json, "bySlice", _tally.Slices.Select(static one => KeyValuePair.Create(one.Key.Text, one.Value)));
            json.WriteStartObject("examples");
            _tally.Fixed.WriteTo(json, "fixes");
            _tally.Broken.WriteTo(json, "breaks");
            _tally.Unjudged.WriteTo(json, "unjudged");
            _tally.Withheld.WriteTo(json, "withheld");
            _tally.GuardrailNew.WriteTo(json, "guardrail");
            _tally.Cornerstones.WriteTo(json, "cornerstones");
            json.WriteEndObject();
            json.WriteEndObject();
        }
        return CanonicalJson.Of(bytes.ToArray());
    }

    private void WriteRules(Utf8JsonWriter json)
    {
        json.WriteStartArray("rules");
        for (var i = 0; i < _tally.Rules.Length; i++)
        {
            ref readonly var counts = ref _tally.Rules[i];
            if (counts.Fired == 0) continue;
            json.WriteStartObject();
            json.WriteString("id", Candidate!.Rules[i].Id);
            json.WriteNumber("fired", counts.Fired);
            json.WriteNumber("changed", counts.Changed);
            json.WriteNumber("fixes", counts.Fixes);
            json.WriteNumber("breaks", counts.Breaks);
            json.WriteNumber("stillWrong", counts.StillWrong);
            json.WriteNumber("unjudged", counts.Unjudged);
            counts.Fixed.WriteTo(json, "fixExamples");
            counts.Broken.WriteTo(json, "breakExamples");
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private void WriteGuardrails(Utf8JsonWriter json)
    {
        json.WriteStartArray("guardrails");
        for (var i = 0; i < _tally.Guardrails.Length; i++)
        {
            ref readonly var counts = ref _tally.Guardrails[i];
            if (counts.Hits == 0) continue;
            json.WriteStartObject();
            json.WriteString("id", Candidate!.Guardrails[i].Id);
            json.WriteNumber("hits", counts.Hits);
            json.WriteNumber("newHits", counts.NewHits);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void WriteActions(Utf8JsonWriter json, string name, IEnumerable<KeyValuePair<string, ActionCounts>> actions)
    {
        json.WriteStartArray(name);
        foreach (var (label, counts) in actions.OrderBy(static pair => pair.Key, StringComparer.Ordinal))
        {
            if (counts.Changed == 0) continue;
            json.WriteStartObject();
            json.WriteString("action", label);
            json.WriteNumber("decisions", counts.Decisions);
            json.WriteNumber("changed", counts.Changed);
            json.WriteNumber("fixes", counts.Fixes);
            json.WriteNumber("breaks", counts.Breaks);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }
}
