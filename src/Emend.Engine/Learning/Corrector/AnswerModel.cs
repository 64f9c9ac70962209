using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Emend.Logic.Corrector;

namespace Emend.Engine.Learning.Corrector;

/// <summary>
/// Which action is right, by the words and values of a case: multinomial logistic regression, learned one case at a time. Each key has
/// a step size of its own that shrinks with what was learned about it (AdaGrad, Duchi et al. 2011).
/// </summary>
/// <remarks>
/// The same cases in the same order give the same bits on every machine: sums are taken key by key, exponentials by <see cref="StableMath"/>.
/// Time goes into fetching weights from memory: those of a key stand side by side, keys in the order in which they were met, and a key is looked up once a case.
/// </remarks>
internal sealed class AnswerModel
{
    private const int FirstWidth = 8, Lane = 16; // answers are padded to whole vectors
    private const int RowsOfPage = 512;
    private const int FloatsOfLine = 16;
    private const int Ahead = 12; // rows asked for before they are needed; measured: 2 are too few, 6 to 16 alike
    private const float Rate = 1;
    private const float Damping = 0.1f;
    // A case that is right with 98 % has next to nothing to teach.
    private const float LeastError = 0.02f;

    private readonly KeyTable _rowOf = new();
    private readonly List<Row> _rows = [];
    private readonly List<float[]> _pages = [];
    private readonly Dictionary<string, int> _answerOf = new(StringComparer.Ordinal);
    private float[] _squares = []; // by row: what was learned about it
    private float[] _sums = [], _chances = [];
    private int _width, _met;

    /// <summary>What is known of one key besides its weights.</summary>
    internal struct Row
    {
        public uint Key;
        /// <summary>Cases it was learned from.</summary>
        public int Cases;
        /// <summary>The last of them.</summary>
        public int LastCase;
        /// <summary>Whether it is a word or a typed value.</summary>
        public bool IsWhole;
        /// <summary>Whether it is a part of words.</summary>
        public bool IsPart;
        /// <summary>Keys of the parts, when it is a word.</summary>
        public uint[]? Parts;
    }

    /// <summary>Answers in the order in which they were first right.</summary>
    public List<string> Answers { get; } = [];

    /// <summary>How often each was right.</summary>
    public List<int> Truths { get; } = [];

    /// <summary>All rows, in the order in which their keys were met.</summary>
    public ReadOnlySpan<Row> Rows => CollectionsMarshal.AsSpan(_rows);

    /// <summary>Number of an answer; -1 when it was never right.</summary>
    public int AnswerOf(string label) => _answerOf.GetValueOrDefault(label, -1);

    /// <summary>The row of a key; -1 when nothing was learned of it.</summary>
    public int RowOf(uint key) => _rowOf.Find(key);

    /// <summary>Weights of a row, by answer.</summary>
    public ReadOnlySpan<float> WeightsOf(int row) => _pages[row / RowsOfPage].AsSpan(row % RowsOfPage * _width, Answers.Count);

    /// <summary>The rows of a case's keys; -1 where nothing was learned of one.</summary>
    public int[] RowsOf(CaseKeys keys)
    {
        var rows = new int[keys.Keys.Length];
        for (var k = 0; k < rows.Length; k++) rows[k] = RowOf(keys.Keys[k]);
        return rows;
    }

    /// <summary>Log-probabilities of all answers; valid until the next call.</summary>
    public ReadOnlySpan<float> LogChances(ReadOnlySpan<int> rows, ReadOnlySpan<float> weights)
    {
        Sum(rows, weights);
        var sums = _sums.AsSpan(0, Answers.Count);
        if (sums.IsEmpty) return sums;
        var highest = float.NegativeInfinity;
        foreach (var sum in sums) highest = Math.Max(highest, sum);
        sums.CopyTo(_chances);
        var normal = (float)(highest + StableMath.Log(StableMath.Exp(_chances.AsSpan(0, sums.Length), highest)));
        for (var i = 0; i < sums.Length; i++) sums[i] -= normal;
        return sums;
    }

    /// <summary>Share of a case's words and values that were met in two cases or more.</summary>
    public double Known(CaseKeys keys, ReadOnlySpan<int> rows)
    {
        if (keys.Whole.Length == 0) return 0;
        var all = CollectionsMarshal.AsSpan(_rows);
        var known = 0;
        foreach (var at in keys.Whole)
            if (rows[at] >= 0 && all[rows[at]].Cases > 1) known++;
        return (double)known / keys.Whole.Length;
    }

    /// <summary>Takes a case in for the first time; the number of its answer, -1 where there is no room for another one.</summary>
    /// <param name="keys">The case.</param>
    /// <param name="rows">Its rows as <see cref="RowsOf"/> found them; what was not known gets one.</param>
    /// <param name="truth">The right answer.</param>
    public int Meet(CaseKeys keys, Span<int> rows, string truth)
    {
        _met++;
        for (var k = 0; k < rows.Length; k++)
        {
            if (rows[k] < 0) rows[k] = Added(keys.Keys[k]);
            ref var row = ref CollectionsMarshal.AsSpan(_rows)[rows[k]];
            // Once a case, however often a word stands in it.
            if (row.LastCase != _met) (row.LastCase, row.Cases) = (_met, row.Cases + 1);
        }
        var all = CollectionsMarshal.AsSpan(_rows);
        foreach (var at in keys.Whole) all[rows[at]].IsWhole = true;
        foreach (var (at, parts) in keys.Words)
        {
            all[rows[at]].Parts ??= keys.Keys[(at + 1)..(at + 1 + parts)];
            foreach (var part in rows.Slice(at + 1, parts)) all[part].IsPart = true;
        }
        if (_answerOf.TryGetValue(truth, out var answer))
        {
            Truths[answer]++;
            return answer;
        }
        if (Answers.Count == CorrectorModel.MostAnswers) return -1;
        _answerOf.Add(truth, answer = Answers.Count);
        Answers.Add(truth);
        Truths.Add(1);
        if (answer == _width) Widen();
        return answer;
    }

    /// <summary>One step towards the answer, on a case that was met.</summary>
    /// <param name="rows">Its rows.</param>
    /// <param name="weights">Their weights.</param>
    /// <param name="answer">What was right.</param>
    /// <param name="weight">How much of a case it is.</param>
    /// <param name="next">Rows of the case that is learned after this one: fetched meanwhile.</param>
    public void Learn(ReadOnlySpan<int> rows, ReadOnlySpan<float> weights, int answer, float weight, ReadOnlySpan<int> next)
    {
        Sum(rows, weights);
        var sums = _sums.AsSpan(0, Answers.Count);
        var highest = float.NegativeInfinity;
        foreach (var sum in sums) highest = Math.Max(highest, sum);
        var normal = (float)(1 / StableMath.Exp(sums, highest));
        // The gradient stands where the sums stood; what is beyond the answers stays zero.
        for (var i = 0; i < sums.Length; i++) sums[i] *= normal;
        sums[answer] -= 1;
        if (sums[answer] > -LeastError) return;
        var squares = 0f;
        for (var i = 0; i < sums.Length; i++)
        {
            sums[i] *= weight;
            squares += sums[i] * sums[i];
        }
        _sums.AsSpan(Answers.Count).Clear();
        ref var slope = ref MemoryMarshal.GetArrayDataReference(_sums);
        for (var k = 0; k < rows.Length; k++)
        {
            if (k < next.Length) Fetch(next[k]);
            var x = weights[k];
            ref var learned = ref _squares[rows[k]];
            learned += squares * x * x;
            AddTo(ref First(rows[k]), ref slope, -Rate * x / (MathF.Sqrt(learned) + Damping), _width);
        }
    }

    private void Sum(ReadOnlySpan<int> rows, ReadOnlySpan<float> weights)
    {
        _sums.AsSpan().Clear();
        ref var sums = ref MemoryMarshal.GetArrayDataReference(_sums);
        for (var k = 0; k < rows.Length; k++)
        {
            if (k + Ahead < rows.Length && rows[k + Ahead] >= 0) Fetch(rows[k + Ahead]);
            if (rows[k] >= 0) AddTo(ref sums, ref First(rows[k]), weights[k], _width);
        }
    }

    // Weights of a case lie anywhere in memory: asked for while others are added, they come together rather than one after the other. An address
    // that is outdated when it is used fetches something else in vain; nothing is read or written here.
    private unsafe void Fetch(int row)
    {
        if (!Sse.IsSupported) return;
        var first = (float*)Unsafe.AsPointer(ref First(row));
        for (var at = 0; at < _width; at += FloatsOfLine) Sse.Prefetch0(first + at);
    }

    private ref float First(int row) => ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_pages[row / RowsOfPage]), row % RowsOfPage * _width);

    // Element by element: the same whatever the width of a machine's vectors.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddTo(ref float to, ref float from, float weight, int width)
    {
        var factor = Vector256.Create(weight);
        for (nuint i = 0; i < (nuint)width; i += (nuint)Vector256<float>.Count)
            (Vector256.LoadUnsafe(ref to, i) + factor * Vector256.LoadUnsafe(ref from, i)).StoreUnsafe(ref to, i);
    }

    private int Added(uint key)
    {
        var row = _rowOf.FindOrAdd(key);
        // It stands in this case twice.
        if (row < _rows.Count) return row;
        _rows.Add(new() { Key = key });
        if (row == _squares.Length) Array.Resize(ref _squares, Math.Max(RowsOfPage, 2 * row));
        if (row / RowsOfPage == _pages.Count) _pages.Add(new float[RowsOfPage * _width]);
        return row;
    }

    // Weights of an answer nobody gave yet are zero: more room changes nothing.
    private void Widen()
    {
        var before = _width;
        _width = before == 0 ? FirstWidth : (before + Lane) / Lane * Lane;
        Array.Resize(ref _sums, _width);
        Array.Resize(ref _chances, _width);
        for (var page = 0; page < _pages.Count; page++)
        {
            var wider = new float[RowsOfPage * _width];
            for (var row = 0; row < RowsOfPage; row++) _pages[page].AsSpan(row * before, before).CopyTo(wider.AsSpan(row * _width));
            _pages[page] = wider;
        }
    }
}
