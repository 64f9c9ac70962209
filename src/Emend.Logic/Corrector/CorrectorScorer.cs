using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Emend.Logic.Evaluation;

namespace Emend.Logic.Corrector;

/// <summary>A corrector compiled for deciding. Immutable and safe to share between threads; scoring allocates nothing.</summary>
public sealed class CorrectorScorer
{
    private const int Lane = 16;
    private const int BytesOfLine = 64;

    private readonly CorrectorModel _model;
    private readonly ulong[] _places; // open addressing; key above, row below; 0: free
    private readonly int _mask;
    private readonly sbyte[] _steps; // by row, one for each answer, padded to whole vectors
    private readonly float[] _scales;
    private readonly int _width;
    private readonly float[] _bias;
    private readonly bool[] _isCertified;
    private readonly Dictionary<string, Proposal> _proposals;
    private readonly Dictionary<string, int> _answerOf;
    private readonly double _threshold;

    private CorrectorScorer(CorrectorModel model)
    {
        _model = model;
        var rows = model.Rows;
        var size = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Max(16, rows.Length * 2));
        (_places, _mask) = (new ulong[size], size - 1);
        _width = (model.Answers.Length + Lane - 1) / Lane * Lane;
        (_steps, _scales) = (new sbyte[rows.Length * _width], new float[rows.Length]);
        for (var i = 0; i < rows.Length; i++)
        {
            var place = (int)(rows[i].Key & (uint)_mask);
            while (_places[place] != 0) place = (place + 1) & _mask;
            _places[place] = (ulong)rows[i].Key << 32 | (uint)i;
            foreach (var (answer, steps) in rows[i].Weights) _steps[i * _width + answer] = steps;
            _scales[i] = (float)rows[i].Scale;
        }
        _bias = new float[_width];
        if (Find(CaseFeatures.Bias) is >= 0 and var bias) Add(bias, _bias, _scales[bias]);
        _isCertified = [.. model.Answers.Select(static answer => answer.IsCertified)];
        Actions = [.. model.Answers.Select(static answer => new AgentAction(answer.Label))];
        _answerOf = Enumerable.Range(0, Actions.Length).ToDictionary(i => model.Answers[i].Label, static i => i, StringComparer.Ordinal);
        _proposals = model.Proposals.ToDictionary(static p => p.Label, p => new Proposal(p, Became(p, Actions.Length), RowOf(p.Label)), StringComparer.Ordinal);
        _threshold = model.Threshold is { } threshold ? StableMath.LogOdds(threshold, 1e-6) : double.PositiveInfinity;
    }

    /// <summary>The actions a proposal may become, by number.</summary>
    public AgentAction[] Actions { get; }

    /// <summary>What it was compiled from.</summary>
    public CorrectorModel Model => _model;

    /// <summary>Compiles a corrector.</summary>
    public static CorrectorScorer Compile(CorrectorModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return new(model);
    }

    /// <summary>The answer a proposal is to be replaced by, as an index of <see cref="Actions"/>; -1 where it stands.</summary>
    public int Decide(in DecisionInput input)
    {
        var score = Score(input);
        return score.Acts ? score.Answer : -1;
    }

    /// <summary>The best other answer and what speaks for it.</summary>
    [SkipLocalsInit]
    public CorrectorScore Score(in DecisionInput input)
    {
        var count = Actions.Length;
        if (count == 0) return CorrectorScore.None;
        Span<float> sums = stackalloc float[CorrectorModel.MostAnswers];
        sums = sums[.._width];
        sums.Clear();
        Span<Found> found = stackalloc Found[Reader.Most];
        var reader = new Reader(this, sums, found);
        CaseFeatures.Read(input, ref reader);
        reader.Flush();
        _proposals.TryGetValue(input.Proposed.Label, out var proposal);
        var norm = 1 / MathF.Sqrt(reader.Weight + 1);
        for (var i = 0; i < sums.Length; i++) sums[i] = sums[i] * norm + _bias[i];
        if (proposal is not null && proposal.Row >= 0) Add(proposal.Row, sums, _scales[proposal.Row]);
        sums = sums[..count];
        var own = _answerOf.GetValueOrDefault(input.Proposed.Label, -1);

        var isNeverRight = proposal is { IsNeverRight: true };
        var best = -1;
        var highest = float.NegativeInfinity;
        for (var i = 0; i < sums.Length; i++)
        {
            highest = Math.Max(highest, sums[i]);
            // Where the proposal is never right, only what people made of it is an answer.
            if (i != own && _isCertified[i] && (!isNeverRight || proposal!.Became[i] > 0) && (best < 0 || sums[i] > sums[best])) best = i;
        }
        if (best < 0) return CorrectorScore.None;
        var (ofBest, ofOwn) = (sums[best], own < 0 ? float.NegativeInfinity : sums[own]);
        var normal = highest + StableMath.Log(StableMath.Exp(sums, highest));
        var known = reader.Read == 0 ? 0 : (double)reader.Known / reader.Read;
        var logAnswer = ofBest - normal;
        if (proposal is { IsOff: true } || known < _model.LeastKnown) return new(best, double.NegativeInfinity, logAnswer, known, false);
        if (isNeverRight)
        {
            // Among the answers people gave there: the rest is out of the question. The exponentials stand where the sums stood.
            double among = 0;
            for (var i = 0; i < sums.Length; i++)
                if (i != own && proposal!.Became[i] > 0) among += sums[i];
            var chance = sums[best] / among;
            return new(best, double.PositiveInfinity, logAnswer, known, chance >= _model.NeverRightFrom);
        }
        var evidence = new OverrideEvidence(
            input.Confidence, own < 0 ? OverrideEvidence.LeastLog : ofOwn - normal, logAnswer,
            proposal?.Reviewed ?? 0, proposal?.Right ?? 0, proposal?.Became[best] ?? 0, _model.Answers[best].Truths, known, _model.Record.Reviewed, _model.Record.Right);
        Span<double> figures = stackalloc double[OverrideEvidence.Count];
        evidence.Write(figures);
        double odds = 0;
        for (var i = 0; i < figures.Length; i++) odds += figures[i] * _model.Odds[i];
        odds *= evidence.Shrinkage;
        return new(best, odds, logAnswer, known, odds >= _threshold);
    }

    private static int[] Became(CorrectorProposal proposal, int answers)
    {
        var counts = new int[answers];
        foreach (var (answer, count) in proposal.Became) counts[answer] = count;
        return counts;
    }

    private int RowOf(string proposed) => Find(CaseFeatures.Proposed(proposed));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int Find(uint key)
    {
        ref var places = ref MemoryMarshal.GetArrayDataReference(_places);
        for (var place = (int)(key & (uint)_mask); ; place = (place + 1) & _mask)
        {
            var found = Unsafe.Add(ref places, place);
            if ((uint)(found >> 32) == key) return (int)(uint)found;
            if (found == 0) return -1;
        }
    }

    // Sixteen answers at a time, each for itself: the result does not depend on how wide vectors are.
    private void Add(int row, Span<float> sums, float factor)
    {
        ref var to = ref MemoryMarshal.GetReference(sums);
        ref var from = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_steps), row * _width);
        var scale = Vector256.Create(factor);
        for (nuint at = 0; at < (nuint)_width; at += Lane)
        {
            var steps = Vector256.WidenLower(Vector128.LoadUnsafe(ref from, at).ToVector256Unsafe());
            (Vector256.LoadUnsafe(ref to, at) + Vector256.ConvertToSingle(Vector256.WidenLower(steps)) * scale).StoreUnsafe(ref to, at);
            (Vector256.LoadUnsafe(ref to, at + 8) + Vector256.ConvertToSingle(Vector256.WidenUpper(steps)) * scale).StoreUnsafe(ref to, at + 8);
        }
    }

    // Asks for a row's weights while the text is still being read. An address that is outdated when it is used fetches something else in vain.
    private unsafe void Fetch(int row)
    {
        if (!Sse.IsSupported) return;
        var first = (sbyte*)Unsafe.AsPointer(ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_steps), row * _width));
        for (var at = 0; at < _width; at += BytesOfLine) Sse.Prefetch0(first + at);
    }

    private sealed class Proposal(CorrectorProposal of, int[] became, int row)
    {
        public int Reviewed { get; } = of.Reviewed;
        public int Right { get; } = of.Right;
        public bool IsNeverRight { get; } = of.IsNeverRight;
        public bool IsOff { get; } = of.IsOff;
        public int[] Became { get; } = became;
        public int Row { get; } = row;
    }

    private readonly record struct Found(int Row, float Factor);

    // Finds the rows of a case; they are added once all are found, in the order in which they were.
    private ref struct Reader(CorrectorScorer scorer, Span<float> sums, Span<Found> found) : ICaseFeatures
    {
        public const int Most = 256;

        private readonly CorrectorScorer _scorer = scorer;
        private readonly Span<float> _sums = sums;
        private readonly Span<Found> _found = found;
        private int _count;

        public float Weight;
        public int Read;
        public int Known;

        public void Word(scoped ReadOnlySpan<char> word, uint key)
        {
            Weight += CaseFeatures.Whole + CaseFeatures.Parts(word.Length);
            Read++;
            // A known word's row has its parts in it.
            if (Take(key, 1)) Known++;
            else Parts(word);
        }

        public void Pair(uint key)
        {
            Weight += CaseFeatures.Whole;
            Take(key, CaseFeatures.Whole);
        }

        public void Typed(uint key)
        {
            Weight += CaseFeatures.Whole;
            Read++;
            if (Take(key, CaseFeatures.Whole)) Known++;
        }

        // Apart from the rest: room for the parts of a word is made only where there is a word nobody met.
        [SkipLocalsInit, MethodImpl(MethodImplOptions.NoInlining)]
        private void Parts(scoped ReadOnlySpan<char> word)
        {
            Span<uint> keys = stackalloc uint[3 * CaseFeatures.LongestWord];
            foreach (var key in keys[..CaseFeatures.ReadParts(word, keys)]) Take(key, 1);
        }

        public void Flush()
        {
            foreach (var (row, factor) in _found[.._count]) _scorer.Add(row, _sums, factor);
            _count = 0;
        }

        private bool Take(uint key, float weight)
        {
            var row = _scorer.Find(key);
            if (row < 0) return false;
            if (_count == _found.Length) Flush();
            _scorer.Fetch(row);
            _found[_count++] = new(row, _scorer._scales[row] * weight);
            return true;
        }
    }
}

/// <summary>What a corrector says of one decision.</summary>
/// <param name="Answer">The best answer other than the proposal, as an index of <see cref="CorrectorScorer.Actions"/>; -1 for none.</param>
/// <param name="Odds">Log-odds of a fix against a break; infinite where the proposal is never right, negative infinite where the corrector holds back.</param>
/// <param name="LogAnswer">Log-probability of the answer by the text and features alone.</param>
/// <param name="Known">Share of the words and values seen before.</param>
/// <param name="Acts">Whether the proposal is replaced.</param>
public readonly record struct CorrectorScore(int Answer, double Odds, double LogAnswer, double Known, bool Acts)
{
    /// <summary>Nothing to say.</summary>
    public static CorrectorScore None { get; } = new(-1, double.NegativeInfinity, double.NegativeInfinity, 0, false);
}
