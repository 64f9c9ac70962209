using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Emend.Engine.Normalizing;
using Emend.Logic.Corrector;

namespace Emend.Engine.Learning.Corrector;

/// <summary>
/// Trains a corrector over cases in time order. Each case is scored before anything is learned from it, so that every score is out of
/// sample: these scores calibrate the odds and are what a threshold is certified on.
/// </summary>
/// <remarks>
/// Depends on the cases and their order only. People who volunteer corrections teach which action is right, but not how often the agent
/// is: odds and records are learned from cases that were drawn for review at random.
/// </remarks>
internal sealed class CorrectorTraining
{
    private const int FewCases = 2_000;
    private const int ReplaysOfFew = 8, ReplaysOfMany = 3, OddsReplays = 10;
    private const double MostInverse = 20;

    private readonly AnswerModel _answers = new();
    private readonly OddsModel _odds = new();
    private readonly Dictionary<string, Record> _proposals = new(StringComparer.Ordinal);
    private readonly List<Step> _steps = [];
    private readonly List<Judged> _judged = [];
    private readonly HashSet<string> _withArgs = new(StringComparer.Ordinal);
    private readonly List<bool> _needsArgs = []; // by answer
    private double _inverse;
    private int _randomly, _right;

    /// <summary>Reviewed proposals of one action.</summary>
    internal sealed class Record
    {
        public int Reviewed, Right;
        public Dictionary<int, int> Became { get; } = [];
    }

    private sealed record Step(LearningCase Case, int[] Rows, float[] Weights, int Answer, float Worth);

    // Figures stand in the list itself: earlier ones are drawn at random, and each is one way to memory.
    private struct Judged
    {
        private Numbers _figures;
        public OverrideResult Result;
        public double Weight;

        [UnscopedRef]
        public Span<double> Figures => _figures;

        [InlineArray(OverrideEvidence.Count)]
        private struct Numbers
        {
            private double _first;
        }
    }

    /// <summary>What it would have done, in time order.</summary>
    public List<ScoredOverride> Scored { get; } = [];

    /// <summary>The cases it has taken in, in time order.</summary>
    public int Count => _steps.Count;

    /// <summary>Cases drawn at random.</summary>
    public CorrectorRecord Drawn => new(_randomly, _right);

    /// <summary>Which action is right.</summary>
    public AnswerModel Answers => _answers;

    /// <summary>What speaks for an override.</summary>
    public OddsModel Odds => _odds;

    /// <summary>How proposals did.</summary>
    public IReadOnlyDictionary<string, Record> Proposals => _proposals;

    /// <summary>Whether an answer was ever right with arguments only: its label alone is no action then.</summary>
    public bool NeedsArgs(string answer) => _withArgs.Contains(answer);

    /// <summary>Whether it has taken in exactly the first of these cases.</summary>
    public bool IsBeginningOf(LearningCase[] cases)
    {
        if (cases.Length < _steps.Count) return false;
        var steps = CollectionsMarshal.AsSpan(_steps);
        for (var i = 0; i < steps.Length; i++)
            if (!ReferenceEquals(steps[i].Case, cases[i]) && steps[i].Case != cases[i]) return false;
        return true;
    }

    /// <summary>Scores a case, then learns from it.</summary>
    public void Take(LearningCase reviewed)
    {
        var (decision, ruling) = reviewed;
        var keys = CaseKeys.Of(new(decision.Context, decision.Proposed, decision.Confidence, decision.OccurredAt));
        var rows = _answers.RowsOf(keys);
        if (Best(decision, keys, rows) is var (answer, evidence))
        {
            var judged = new Judged();
            evidence.Write(judged.Figures);
            var label = _answers.Answers[answer];
            var result = !ruling.IsWrong ? OverrideResult.Break : ruling.Truth is { } truth && truth.Args.IsEmpty && truth.Label == label ? OverrideResult.Fix : OverrideResult.Wasted;
            var odds = _odds.Odds(judged.Figures) * evidence.Shrinkage;
            if (evidence.Known >= LeastKnown) Scored.Add(new(decision.OccurredAt, decision.Proposed.Label, label, StableMath.Chance(odds), result, reviewed.Propensity));
            (judged.Result, judged.Weight) = (result, reviewed.Weight);
            if (reviewed.Propensity is not null) Judge(judged);
        }
        Learn(reviewed, keys, rows);
    }

    /// <summary>Below this share of known words and values nothing is overridden.</summary>
    public const double LeastKnown = 0.5;

    private (int Answer, OverrideEvidence Evidence)? Best(Decision decision, CaseKeys keys, int[] rows)
    {
        var chances = _answers.LogChances(rows, keys.Weights);
        var own = _answers.AnswerOf(decision.Proposed.Label);
        var best = -1;
        for (var i = 0; i < chances.Length; i++)
            if (i != own && _answers.Truths[i] >= CorrectorExport.MinTruths && !_needsArgs[i] && (best < 0 || chances[i] > chances[best])) best = i;
        if (best < 0) return null;
        var record = _proposals.GetValueOrDefault(decision.Proposed.Label);
        return (best, new(
            decision.Confidence, own < 0 ? OverrideEvidence.LeastLog : chances[own], chances[best],
            record?.Reviewed ?? 0, record?.Right ?? 0, record?.Became.GetValueOrDefault(best) ?? 0, _answers.Truths[best], _answers.Known(keys, rows), _randomly, _right));
    }

    // The newest, and some drawn from all: a stream is too short to see every case once.
    private void Judge(in Judged judged)
    {
        _judged.Add(judged);
        var all = CollectionsMarshal.AsSpan(_judged);
        Learn(ref all[^1]);
        for (var replay = 0; replay < OddsReplays; replay++) Learn(ref all[Drawn32(all.Length, replay) % all.Length]);

        void Learn(ref Judged one) => _odds.Learn(one.Figures, one.Result, one.Weight);
    }

    private void Learn(LearningCase reviewed, CaseKeys keys, int[] rows)
    {
        var (decision, ruling) = reviewed;
        var answer = -1;
        if (ruling.Truth is { } truth)
        {
            if (!truth.Args.IsEmpty && ruling.IsWrong) _withArgs.Add(truth.Label);
            answer = _answers.Meet(keys, rows, truth.Label);
            if (answer == _needsArgs.Count) _needsArgs.Add(false);
            if (answer >= 0) _needsArgs[answer] = _withArgs.Contains(truth.Label);
        }
        var inverse = reviewed.Propensity is { } propensity ? Math.Min(1 / propensity, MostInverse) : 1;
        _inverse += inverse;
        var step = new Step(reviewed, answer < 0 ? [] : rows, keys.Weights, answer, (float)(reviewed.Weight * Math.Min(3, inverse * (_steps.Count + 1) / _inverse)));
        _steps.Add(step);
        if (answer >= 0)
        {
            var replays = Math.Clamp(ReplaysOfFew * FewCases / _steps.Count, ReplaysOfMany, ReplaysOfFew);
            for (var replay = 0; replay <= replays; replay++)
            {
                var next = replay == replays ? null : _steps[Drawn32(_steps.Count, replay + 100) % _steps.Count];
                if (step.Answer >= 0) _answers.Learn(step.Rows, step.Weights, step.Answer, step.Worth, next is null ? [] : next.Rows);
                step = next!;
            }
        }
        if (reviewed.Propensity is null) return;
        _randomly++;
        ref var record = ref CollectionsMarshal.GetValueRefOrAddDefault(_proposals, decision.Proposed.Label, out _);
        record ??= new();
        record.Reviewed++;
        if (!ruling.IsWrong)
        {
            record.Right++;
            _right++;
        }
        else if (answer >= 0)
        {
            record.Became[answer] = record.Became.GetValueOrDefault(answer) + 1;
        }
    }

    // Which earlier case is learned again depends on how many there are, and on nothing else.
    private static int Drawn32(int count, int replay)
    {
        var x = ((ulong)(uint)count << 32 | (uint)replay) + 0x9e3779b97f4a7c15UL;
        x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9UL;
        x = (x ^ (x >> 27)) * 0x94d049bb133111ebUL;
        return (int)((x ^ (x >> 31)) & 0x7fffffff);
    }
}
