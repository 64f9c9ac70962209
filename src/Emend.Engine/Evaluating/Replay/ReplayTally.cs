using System.Runtime.InteropServices;
using Emend.Engine.Normalizing;
using Emend.Logic;
using Emend.Logic.Evaluation;

namespace Emend.Engine.Evaluating.Replay;

/// <summary>Running counts of one worker. Everything in it adds up whatever the order, so workers' tallies merge to the same bytes.</summary>
internal sealed class ReplayTally
{
    private const int ExamplesPerRule = 3;

    private readonly int _examples;

    public ReplayTally(int rules, int guardrails, int examples)
    {
        _examples = examples;
        Rules = new RuleCounts[rules];
        Guardrails = new GuardrailCounts[guardrails];
    }

    public long Decisions;
    public ulong Fingerprint;
    public long FirstAt = long.MaxValue;
    public long LastAt = long.MinValue;
    public long Escalations;
    public long Blocks;
    public long IncumbentHitsGone;
    public long CornerstonesBroken;
    public ExampleSample Fixed;
    public ExampleSample Broken;
    public ExampleSample Unjudged;
    public ExampleSample Withheld;
    public ExampleSample GuardrailNew;
    public ExampleSample Cornerstones;

    /// <summary>Agent alone against the candidate.</summary>
    public EvidenceCounts Agent { get; } = new();

    /// <summary>Incumbent against the candidate.</summary>
    public EvidenceCounts Incumbent { get; } = new();

    /// <summary>Decisions that could be drawn for review, incumbent against candidate.</summary>
    public AuditCounts Audit { get; } = new();

    /// <summary>Independent changes by slice, incumbent against candidate.</summary>
    public Dictionary<Slice, ActionCounts> Slices { get; } = [];

    public RuleCounts[] Rules { get; }
    public GuardrailCounts[] Guardrails { get; }
    public Dictionary<string, ActionCounts> Proposed { get; } = new(StringComparer.Ordinal);
    public Dictionary<string, ActionCounts> Final { get; } = new(StringComparer.Ordinal);
    public Dictionary<long, long> ChangedByDay { get; } = [];
    public Dictionary<string, PairCounts> Submitters { get; } = new(StringComparer.Ordinal);

    /// <summary>Takes one decision in.</summary>
    /// <param name="case">The decision and what is known of it.</param>
    /// <param name="before">Final action under the incumbent.</param>
    /// <param name="beforeVerdict">How the incumbent came to it.</param>
    /// <param name="after">Final action under the candidate.</param>
    /// <param name="verdict">How the candidate came to it.</param>
    public void Add(in ReplayCase @case, AgentAction? before, in Verdict beforeVerdict, AgentAction? after, in Verdict verdict)
    {
        var decision = @case.Decision;
        var hash = ExampleSample.HashOf(decision.Id);
        Decisions++;
        Fingerprint += hash;
        FirstAt = Math.Min(FirstAt, decision.OccurredAt);
        LastAt = Math.Max(LastAt, decision.OccurredAt);
        if (verdict.Disposition == Disposition.Escalate) Escalations++;
        else if (verdict.Disposition == Disposition.Block) Blocks++;

        var alone = @case.ScoreOf(decision.Proposed);
        var was = ReferenceEquals(before, decision.Proposed) ? alone : @case.ScoreOf(before);
        var now = ReferenceEquals(after, decision.Proposed) ? alone : @case.ScoreOf(after);
        var overAgent = !ReplayCase.Same(decision.Proposed, after);
        var changed = !ReplayCase.Same(before, after);
        Agent[@case.Evidence].Add(alone, now, overAgent);
        Incumbent[@case.Evidence].Add(was, now, changed);
        Audit.Add(@case, alone, was, now, changed, hash);

        ref var proposed = ref CollectionsMarshal.GetValueRefOrAddDefault(Proposed, decision.Proposed.Label, out _);
        proposed.Decisions++;
        if (verdict.Cause == Cause.Rule) Rules[verdict.Index].Add(alone, now, overAgent, hash, decision.Id, ExamplesPerRule);
        else if (verdict.Cause == Cause.Guardrail) AddGuardrail(verdict, hash, decision);
        if (beforeVerdict.Cause == Cause.Guardrail && verdict.Cause != Cause.Guardrail) IncumbentHitsGone++;
        if (was == Score.Right && now == Score.Wrong && alone == Score.Wrong && @case.Evidence != CaseEvidence.CrossFitted)
        {
            // What an earlier correction had put right is wrong again.
            CornerstonesBroken++;
            Cornerstones.Add(hash, decision.Id, _examples);
        }
        if (changed) AddChange(@case, was, now, after, ref proposed, hash);
    }

    /// <summary>Adds another worker's counts of the same candidate.</summary>
    public void Add(ReplayTally other)
    {
        AddPairs(other);
        for (var i = 0; i < Rules.Length; i++) Rules[i].Add(other.Rules[i], ExamplesPerRule);
        for (var i = 0; i < Guardrails.Length; i++) Guardrails[i].Add(other.Guardrails[i]);
    }

    /// <summary>Adds the counts of another candidate: everything but what belongs to single rules and guardrails.</summary>
    public void AddPairs(ReplayTally other)
    {
        Decisions += other.Decisions;
        Fingerprint += other.Fingerprint;
        FirstAt = Math.Min(FirstAt, other.FirstAt);
        LastAt = Math.Max(LastAt, other.LastAt);
        Escalations += other.Escalations;
        Blocks += other.Blocks;
        IncumbentHitsGone += other.IncumbentHitsGone;
        CornerstonesBroken += other.CornerstonesBroken;
        Fixed.Add(other.Fixed, _examples);
        Broken.Add(other.Broken, _examples);
        Unjudged.Add(other.Unjudged, _examples);
        Withheld.Add(other.Withheld, _examples);
        GuardrailNew.Add(other.GuardrailNew, _examples);
        Cornerstones.Add(other.Cornerstones, _examples);
        Agent.Add(other.Agent);
        Incumbent.Add(other.Incumbent);
        Audit.Add(other.Audit);
        foreach (var (slice, counts) in other.Slices) CollectionsMarshal.GetValueRefOrAddDefault(Slices, slice, out _).Add(counts);
        foreach (var (label, counts) in other.Proposed) CollectionsMarshal.GetValueRefOrAddDefault(Proposed, label, out _).Add(counts);
        foreach (var (label, counts) in other.Final) CollectionsMarshal.GetValueRefOrAddDefault(Final, label, out _).Add(counts);
        foreach (var (day, count) in other.ChangedByDay) CollectionsMarshal.GetValueRefOrAddDefault(ChangedByDay, day, out _) += count;
        foreach (var (who, counts) in other.Submitters)
        {
            ref var sum = ref CollectionsMarshal.GetValueRefOrAddDefault(Submitters, who, out _);
            sum += counts;
        }
    }

    private void AddGuardrail(in Verdict verdict, ulong hash, Decision decision)
    {
        ref var counts = ref Guardrails[verdict.Index];
        counts.Hits++;
        // A guardrail sees the proposal first: with a rule behind it, it was the rule that ran into it, not the agent.
        if (verdict.RuleIndex < 0) return;
        counts.NewHits++;
        GuardrailNew.Add(hash, decision.Id, _examples);
    }

    private void AddChange(in ReplayCase @case, Score was, Score now, AgentAction? after, ref ActionCounts proposed, ulong hash)
    {
        var id = @case.Decision.Id;
        proposed.AddChange(was, now);
        CollectionsMarshal.GetValueRefOrAddDefault(Final, after?.Label ?? "", out _).AddChange(was, now);
        CollectionsMarshal.GetValueRefOrAddDefault(ChangedByDay, Math.DivRem(@case.Decision.OccurredAt, 86_400_000_000L).Quotient, out _)++;
        if (was == Score.Wrong && now == Score.Right) Fixed.Add(hash, id, _examples);
        else if (was == Score.Right && now == Score.Wrong) Broken.Add(hash, id, _examples);
        else if (was == Score.Right && now == Score.Deferred) Withheld.Add(hash, id, _examples);
        else if (now == Score.Unknown) Unjudged.Add(hash, id, _examples);
        if (@case.Evidence is not (CaseEvidence.HeldOut or CaseEvidence.CrossFitted)) return;
        AddSlice(new(SliceKind.Proposed, @case.Decision.Proposed.Label), was, now);
        AddSlice(new(SliceKind.Final, after?.Label ?? ""), was, now);
        if (@case.Decision.Context.TaskType is { } task) AddSlice(new(SliceKind.Task, task), was, now);
        foreach (var (name, value) in @case.Decision.Context.Features)
            if (value.Kind == FeatureKind.Boolean) AddSlice(new(value.AsBoolean ? SliceKind.IsTrue : SliceKind.IsFalse, name), was, now);
        foreach (var who in @case.Submitters)
            CollectionsMarshal.GetValueRefOrAddDefault(Submitters, who, out _).Add(was, now, changed: true);
    }

    private void AddSlice(in Slice slice, Score was, Score now)
    {
        ref var counts = ref CollectionsMarshal.GetValueRefOrAddDefault(Slices, slice, out _);
        counts.Decisions++;
        counts.AddChange(was, now);
    }
}

/// <summary>What one rule of the candidate did, against the agent alone.</summary>
internal struct RuleCounts
{
    public long Fired;
    public long Changed;
    public long Fixes;
    public long Breaks;
    public long StillWrong;
    public long Unjudged;
    public ExampleSample Fixed;
    public ExampleSample Broken;

    public void Add(Score alone, Score now, bool changed, ulong hash, string id, int limit)
    {
        Fired++;
        if (!changed) return;
        Changed++;
        if (now == Score.Unknown || alone == Score.Unknown) Unjudged++;
        else if (alone == Score.Wrong && now == Score.Right)
        {
            Fixes++;
            Fixed.Add(hash, id, limit);
        }
        else if (alone == Score.Right && now == Score.Wrong)
        {
            Breaks++;
            Broken.Add(hash, id, limit);
        }
        else if (alone == Score.Wrong && now == Score.Wrong) StillWrong++;
    }

    public void Add(in RuleCounts other, int limit)
    {
        Fired += other.Fired;
        Changed += other.Changed;
        Fixes += other.Fixes;
        Breaks += other.Breaks;
        StillWrong += other.StillWrong;
        Unjudged += other.Unjudged;
        Fixed.Add(other.Fixed, limit);
        Broken.Add(other.Broken, limit);
    }
}

/// <summary>How often a guardrail of the candidate acted.</summary>
internal struct GuardrailCounts
{
    /// <summary>Decisions it stopped or asked about.</summary>
    public long Hits;
    /// <summary>Of those, how many the agent alone would not have run into.</summary>
    public long NewHits;

    public void Add(in GuardrailCounts other)
    {
        Hits += other.Hits;
        NewHits += other.NewHits;
    }
}

/// <summary>Changes by a label: of the proposal, or of the final action.</summary>
internal struct ActionCounts
{
    public long Decisions;
    public long Changed;
    public long Fixes;
    public long Breaks;

    public void AddChange(Score was, Score now)
    {
        Changed++;
        if (was == Score.Wrong && now == Score.Right) Fixes++;
        else if (was == Score.Right && now == Score.Wrong) Breaks++;
    }

    public void Add(in ActionCounts other)
    {
        Decisions += other.Decisions;
        Changed += other.Changed;
        Fixes += other.Fixes;
        Breaks += other.Breaks;
    }
}
