using System.Numerics;
using System.Runtime.InteropServices;
using Emend.Logic.Corrector;

namespace Emend.Engine.Learning.Corrector;

/// <summary>
/// Which action is right, by the words and values of a case: multinomial logistic regression, learned one case at a time. Each key has
/// a step size of its own that shrinks with what was learned about it (AdaGrad, Duchi et al. 2011).
/// </summary>
/// <remarks>The same cases in the same order give the same bits on every machine: sums are taken key by key, exponentials by <see cref="StableMath"/>.</remarks>
internal sealed class AnswerModel
{
    private const int Lane = 8; // answers are padded to whole vectors
    private const float Rate = 1;
    private const float Damping = 0.1f;
    // A case that is right with 98 % has next to nothing to teach.
    private const float LeastError = 0.02f;

    private readonly Dictionary<uint, int> _rowOf = [];
    private readonly List<Row> _rows = [];
    private readonly Dictionary<string, int> _answerOf = new(StringComparer.Ordinal);
    private float[] _sums = [], _chances = [];
    private int _width;

    /// <summary>Weights of one key.</summary>
    internal sealed class Row(uint key)
    {
        public uint Key { get; } = key;
        public float[] Weights = [];
        public float Squares;
        /// <summary>Cases it was learned from.</summary>
        public int Cases;
        /// <summary>Keys of the parts, when it is a word.</summary>
        public uint[]? Parts;
        /// <summary>Whether it is a word or a typed value.</summary>
        public bool IsWhole;
        /// <summary>Whether it is a part of words.</summary>
        public bool IsPart;
    }

    /// <summary>Answers in the order in which they were first right.</summary>
    public List<string> Answers { get; } = [];

    /// <summary>How often each was right.</summary>
    public List<int> Truths { get; } = [];

    /// <summary>All rows.</summary>
    public IReadOnlyList<Row> Rows => _rows;

    /// <summary>Number of an answer; -1 when it was never right.</summary>
    public int AnswerOf(string label) => _answerOf.GetValueOrDefault(label, -1);

    /// <summary>The row of a key; null when nothing was learned of it.</summary>
    public Row? RowOf(uint key) => _rowOf.TryGetValue(key, out var row) ? _rows[row] : null;

    /// <summary>Log-probabilities of all answers; valid until the next call.</summary>
    public ReadOnlySpan<float> LogChances(CaseKeys keys)
    {
        Sum(keys);
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
    public double Known(CaseKeys keys)
    {
        if (keys.Whole.Length == 0) return 0;
        var known = 0;
        foreach (var key in keys.Whole)
            if (RowOf(key) is { Cases: > 1 }) known++;
        return (double)known / keys.Whole.Length;
    }

    /// <summary>Takes a case in for the first time; the number of its answer, -1 where there is no room for another one.</summary>
    public int Meet(CaseKeys keys, string truth)
    {
        foreach (var key in keys.Keys)
        {
            ref var row = ref CollectionsMarshal.GetValueRefOrAddDefault(_rowOf, key, out var known);
            if (known) continue;
            row = _rows.Count;
            _rows.Add(new(key) { Weights = new float[_width] });
        }
        // Once a case, however often a word stands in it.
        foreach (var key in keys.Keys.Distinct()) _rows[_rowOf[key]].Cases++;
        foreach (var key in keys.Whole) _rows[_rowOf[key]].IsWhole = true;
        for (var i = 0; i < keys.Words.Length; i++)
        {
            _rows[_rowOf[keys.Words[i]]].Parts ??= keys.Parts[i];
            foreach (var part in keys.Parts[i]) _rows[_rowOf[part]].IsPart = true;
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

    /// <summary>The rows of a case that was met: looking them up is most of the work of learning it again.</summary>
    public int[] RowsOf(CaseKeys keys) => Array.ConvertAll(keys.Keys, key => _rowOf[key]);

    /// <summary>One step towards the answer, on a case that was met.</summary>
    public void Learn(ReadOnlySpan<int> rows, ReadOnlySpan<float> weights, int answer, float weight)
    {
        _sums.AsSpan().Clear();
        for (var k = 0; k < rows.Length; k++) AddTo(_sums, _rows[rows[k]].Weights, weights[k]);
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
        for (var k = 0; k < rows.Length; k++)
        {
            var row = _rows[rows[k]];
            var x = weights[k];
            row.Squares += squares * x * x;
            AddTo(row.Weights, _sums, -Rate * x / (MathF.Sqrt(row.Squares) + Damping));
        }
    }

    private void Sum(CaseKeys keys)
    {
        _sums.AsSpan().Clear();
        for (var k = 0; k < keys.Keys.Length; k++)
            if (_rowOf.TryGetValue(keys.Keys[k], out var row)) AddTo(_sums, _rows[row].Weights, keys.Weights[k]);
    }

    // Element by element: the same whatever the width of a vector.
    private static void AddTo(float[] to, float[] from, float weight)
    {
        var factor = new Vector<float>(weight);
        for (var i = 0; i <= to.Length - Vector<float>.Count; i += Vector<float>.Count) (new Vector<float>(to, i) + factor * new Vector<float>(from, i)).CopyTo(to, i);
    }

    // Weights of an answer nobody gave yet are zero: more room changes nothing.
    private void Widen()
    {
        _width = Math.Max(Lane, _width * 2 <= 64 ? _width * 2 : _width + 32);
        Array.Resize(ref _sums, _width);
        Array.Resize(ref _chances, _width);
        foreach (var row in _rows) Array.Resize(ref row.Weights, _width);
    }
}
