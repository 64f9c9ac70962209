namespace Emend.Engine.Trust.Crowd;

/// <summary>Settings of <see cref="EstimateCrowd"/>; none is fitted to a data set.</summary>
internal sealed record CrowdOptions
{
    /// <summary>The defaults.</summary>
    public static CrowdOptions Default { get; } = new();
    /// <summary>Answers somebody is taken to have given rightly before any was seen, for each label. Default 1.</summary>
    public double RightBefore { get; init; } = 1;
    /// <summary>The same, wrongly, spread over the other labels. Default 1: nobody is trusted before they answered.</summary>
    public double WrongBefore { get; init; } = 1;
    /// <summary>How much more a known answer counts than an estimated one. Default 5.</summary>
    public double GoldWeight { get; init; } = 5;
    /// <summary>Answers that somebody's record elsewhere counts for inside a slice that is judged apart. Default 2.</summary>
    public double RecordElsewhere { get; init; } = 2;
    /// <summary>Whether the first opinion is the majority's although there are known answers. Default false.</summary>
    public bool StartsFromMajority { get; init; }
    /// <summary>Weight of each worker's voice, 0 to 1; null: all whole. See <see cref="Collusion"/>.</summary>
    public double[]? Voices { get; init; }
    /// <summary>Most rounds. Default 60.</summary>
    public int MaxRounds { get; init; } = 60;
    /// <summary>Largest change of a probability that counts as none. Default 1e-4.</summary>
    public double Tolerance { get; init; } = 1e-4;
}

/// <summary>
/// Finds what is so and how good everybody is at saying it, each from the other, in turns (Dawid and Skene, Applied Statistics 1979; with whole
/// answers between two steps: Sinha, Rao and Balasubramanian, Fast Dawid-Skene, 2018). Known answers stand fast and count more.
/// </summary>
/// <remarks>
/// Agreement alone is no measure of truth: ten who coordinate outvote everybody. Where there are known answers the first opinion
/// of everybody's quality therefore comes from these alone, never from the majority. Pure; the same votes in any order give the same result.
/// </remarks>
internal sealed class EstimateCrowd
{
    private readonly CrowdLabels _votes;
    private readonly CrowdMethod _method;
    private readonly CrowdOptions _options;
    private readonly int[] _known;
    private readonly int _labels;
    private readonly double[][] _posterior;
    private readonly double[] _prior;
    private readonly double[] _voices;
    // Answers taken as whole, where the method does.
    private readonly int[] _whole;
    // By worker: row "is so", column "says so".
    private readonly double[][] _tables;

    private EstimateCrowd(CrowdLabels votes, CrowdMethod method, int[] known, CrowdOptions options)
    {
        (_votes, _method, _known, _options, _labels) = (votes, method, known, options, votes.Labels.Length);
        _voices = options.Voices ?? [.. votes.Workers.Select(static _ => 1.0)];
        _posterior = [.. votes.Items.Select(_ => new double[_labels])];
        _prior = new double[_labels];
        _whole = [.. votes.Items.Select(static _ => -1)];
        _tables = [.. votes.Workers.Select(_ => new double[_labels * _labels])];
    }

    /// <summary>Estimates.</summary>
    /// <param name="votes">The votes.</param>
    /// <param name="method">How.</param>
    /// <param name="known">Label number by item where the answer is known, -1 elsewhere; null: none is.</param>
    /// <param name="options">Settings.</param>
    public static CrowdEstimate From(CrowdLabels votes, CrowdMethod method, int[]? known = null, CrowdOptions? options = null)
    {
        var run = new EstimateCrowd(votes, method, known ?? [.. votes.Items.Select(static _ => -1)], options ?? CrowdOptions.Default);
        var rounds = run.Run();
        return new(method, votes, run._posterior, run.Quality(), rounds);
    }

    private int Run()
    {
        Count();
        if (_method == CrowdMethod.Majority) return 0;
        if (!_options.StartsFromMajority && _known.Any(static label => label >= 0))
        {
            // Everybody's first table is made of known answers only; who gave none begins as a stranger.
            Judge(knownOnly: true);
            Answer();
        }
        for (var round = 1; round <= _options.MaxRounds; round++)
        {
            var whole = _method == CrowdMethod.Fast;
            if (whole && !Harden() && round > 1) return round;
            Judge(knownOnly: false);
            if (Answer() < _options.Tolerance && !whole) return round;
        }
        return _options.MaxRounds;
    }

    // Shares of the votes.
    private void Count()
    {
        for (var item = 0; item < _posterior.Length; item++)
        {
            var shares = _posterior[item];
            foreach (var (_, label) in _votes.On(item)) shares[label]++;
            for (var label = 0; label < _labels; label++) shares[label] = _known[item] >= 0 ? (label == _known[item] ? 1 : 0) : shares[label] / _votes.On(item).Length;
        }
    }

    // Whether an answer changed since the last time.
    private bool Harden()
    {
        var changed = false;
        for (var item = 0; item < _posterior.Length; item++)
        {
            var best = CrowdEstimate.BestOf(_posterior[item]);
            changed |= best != _whole[item];
            _whole[item] = best;
        }
        return changed;
    }

    private void Judge(bool knownOnly)
    {
        foreach (var table in _tables) Array.Clear(table);
        Array.Fill(_prior, 1);
        for (var item = 0; item < _posterior.Length; item++)
        {
            if (knownOnly && _known[item] < 0) continue;
            var weight = _known[item] >= 0 ? _options.GoldWeight : 1;
            for (var so = 0; so < _labels; so++)
            {
                var share = _whole[item] < 0 ? _posterior[item][so] : so == _whole[item] ? 1 : 0;
                if (share == 0) continue;
                if (!knownOnly) _prior[so] += share;
                foreach (var (worker, says) in _votes.On(item)) _tables[worker][so * _labels + says] += weight * share;
            }
        }
        Normalise(_prior);
        // Persons first: their tables are what they begin with inside of slices.
        for (var worker = 0; worker < _tables.Length; worker++)
            if (_votes.Parents[worker] < 0) Settle(_tables[worker], null);
        for (var worker = 0; worker < _tables.Length; worker++)
            if (_votes.Parents[worker] is >= 0 and var parent) Settle(_tables[worker], _tables[parent]);
    }

    // From counts to probabilities.
    private void Settle(double[] table, double[]? elsewhere)
    {
        if (_method == CrowdMethod.OneCoin) Pool(table);
        for (var so = 0; so < _labels; so++)
        {
            var row = table.AsSpan(so * _labels, _labels);
            for (var says = 0; says < _labels; says++)
            {
                row[says] += says == so ? _options.RightBefore : _options.WrongBefore / (_labels - 1);
                if (elsewhere is not null) row[says] += _options.RecordElsewhere * elsewhere[so * _labels + says];
            }
            Normalise(row);
        }
    }

    // One coin: being wrong is the same whatever is so and whatever is said.
    private void Pool(double[] table)
    {
        var (right, all) = (0.0, 0.0);
        for (var cell = 0; cell < table.Length; cell++)
        {
            all += table[cell];
            if (cell % (_labels + 1) == 0) right += table[cell];
        }
        for (var cell = 0; cell < table.Length; cell++)
            table[cell] = cell % (_labels + 1) == 0 ? right : _labels == 1 ? 0 : (all - right) / (_labels - 1);
    }

    private double Answer()
    {
        var moved = 0.0;
        Span<double> logs = stackalloc double[Math.Min(_labels, 256)];
        if (_labels > logs.Length) logs = new double[_labels];
        for (var item = 0; item < _posterior.Length; item++)
        {
            if (_known[item] >= 0) continue;
            for (var so = 0; so < _labels; so++)
            {
                logs[so] = Math.Log(_prior[so]);
                foreach (var (worker, says) in _votes.On(item)) logs[so] += _voices[worker] * Math.Log(_tables[worker][so * _labels + says]);
            }
            var most = double.NegativeInfinity;
            foreach (var log in logs[.._labels]) most = Math.Max(most, log);
            var sum = 0.0;
            for (var so = 0; so < _labels; so++) sum += logs[so] = Math.Exp(logs[so] - most);
            for (var so = 0; so < _labels; so++)
            {
                var share = logs[so] / sum;
                moved = Math.Max(moved, Math.Abs(share - _posterior[item][so]));
                _posterior[item][so] = share;
            }
        }
        return moved;
    }

    private double[] Quality()
    {
        if (_method == CrowdMethod.Majority) Judge(knownOnly: false);
        var answered = new bool[_tables.Length];
        for (var item = 0; item < _posterior.Length; item++)
            foreach (var (worker, _) in _votes.On(item)) answered[worker] = true;
        return [.. _tables.Select((table, worker) => answered[worker] ? Enumerable.Range(0, _labels).Sum(so => _prior[so] * table[so * _labels + so]) : double.NaN)];
    }

    private static void Normalise(Span<double> values)
    {
        var sum = 0.0;
        foreach (var value in values) sum += value;
        foreach (ref var value in values) value /= sum;
    }
}
