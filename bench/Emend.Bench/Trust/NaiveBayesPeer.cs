using Emend.Engine.Evaluating.Backtest;
using Emend.Engine.Learning;
using Emend.Engine.Normalizing;
using Emend.Engine.Trust;

namespace Emend.Bench.Trust;

/// <summary>
/// A learner that takes every review at its word: multinomial naive Bayes on words and pairs of words, which overrides the agent wherever it is surer. What
/// an attacker does to it shows what trust alone is worth, whatever learns behind it.
/// </summary>
internal sealed class NaiveBayesPeer(TrustPolicy? trust, double reviewRate, int reviewers)
{
    private const double Alpha = 0.1, Least = 0.3;

    private readonly List<LearningCase> _cases = [];
    private readonly Dictionary<string, Dictionary<string, int>> _words = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (int Cases, int Words)> _labels = new(StringComparer.Ordinal);
    private readonly HashSet<string> _vocabulary = new(StringComparer.Ordinal);
    private int _learnedFrom;

    /// <summary>Replays decisions in time order; gives the final action of each.</summary>
    public Dictionary<string, string> Run(IReadOnlyList<Decision> decisions, IReadOnlyDictionary<string, string> truth, ILookup<string, Correction> volunteered)
    {
        var final = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var i = 0; i < decisions.Count; i++)
        {
            var decision = decisions[i];
            if (_cases.Count - _learnedFrom >= Math.Max(1, _cases.Count / 10)) Learn(decisions, i);
            final[decision.Id] = Best(decision) is var (label, sure) && sure >= Least && sure > (decision.Confidence ?? 0) ? label : decision.Proposed.Label;
            // Where two people say different things of one decision the attacker prevails: the worst case.
            if (volunteered[decision.Id].FirstOrDefault() is { } said) _cases.Add(Case(decision, said.Action!.Label, said.By));
            else if (ReviewCoin.Toss(1, decision.Id) < reviewRate) _cases.Add(Case(decision, truth[decision.Id], "reviewer-" + (int)(ReviewCoin.Toss(2, decision.Id) * reviewers)));
        }
        return final;
    }

    private void Learn(IReadOnlyList<Decision> decisions, int seen)
    {
        IReadOnlyList<LearningCase> cases = _cases;
        if (trust is not null)
        {
            cases = WeighCases.Of(_cases, TrustGround.None with
            {
                Traffic = (action, from, to) => decisions.Take(seen).Count(d => d.OccurredAt >= from && d.OccurredAt <= to && d.Proposed.Label == action),
            }, trust).Cases;
        }
        _words.Clear();
        _labels.Clear();
        _vocabulary.Clear();
        foreach (var one in cases)
        {
            var label = one.Ruling.Truth!.Label;
            if (!_words.TryGetValue(label, out var counts)) _words.Add(label, counts = new(StringComparer.Ordinal));
            var words = Words(one.Decision);
            foreach (var word in words)
            {
                counts[word] = counts.GetValueOrDefault(word) + 1;
                _vocabulary.Add(word);
            }
            var known = _labels.GetValueOrDefault(label);
            _labels[label] = (known.Cases + 1, known.Words + words.Count);
        }
        _learnedFrom = _cases.Count;
    }

    private (string Label, double Sure)? Best(Decision decision)
    {
        if (_labels.Count < 2) return null;
        var words = Words(decision).Where(_vocabulary.Contains).ToList();
        var all = _labels.Values.Sum(static one => one.Cases);
        var logs = _labels.Select(label =>
        {
            var log = Math.Log((double)label.Value.Cases / all);
            foreach (var word in words) log += Math.Log((_words[label.Key].GetValueOrDefault(word) + Alpha) / (label.Value.Words + Alpha * _vocabulary.Count));
            return (label.Key, Log: log);
        }).ToList();
        var best = logs.MaxBy(static one => one.Log);
        return (best.Key, 1 / logs.Sum(one => Math.Exp(one.Log - best.Log)));
    }

    private static List<string> Words(Decision decision)
    {
        var words = (decision.Context.Text ?? "").ToUpperInvariant().Split([' ', '.', ',', '?', '!', '\'', '"'], StringSplitOptions.RemoveEmptyEntries);
        return [.. words, .. words.Zip(words.Skip(1), static (a, b) => a + " " + b)];
    }

    private static LearningCase Case(Decision decision, string right, string by) => new(decision, new(
        decision.Id, right != decision.Proposed.Label, new(right), ["c-" + decision.Id], [by], "policy:backtest", "", decision.OccurredAt));
}
