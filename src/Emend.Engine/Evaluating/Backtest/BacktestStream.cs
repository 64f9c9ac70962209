using Emend.Engine.Learning;
using Emend.Engine.Normalizing;
using Emend.Engine.Trust;
using Emend.Logic;
using Emend.Logic.Evaluation;

namespace Emend.Engine.Evaluating.Backtest;

/// <summary>
/// One agent's decisions in time order. Each is scored with what was learned from reviews known by then, and only afterwards may its
/// own truth be seen by a reviewer: nothing of the outcome reaches the logic that is scored on it.
/// </summary>
internal sealed class BacktestStream(AgentDefinition agent, Decision[] decisions, IReadOnlyDictionary<string, AgentAction> truths, ILookup<string, Correction>? recorded, ILookup<string, Correction>? volunteered, BacktestOptions options)
{
    private readonly BuildCandidate _learner = new(options.Learner);
    private readonly List<LearningCase> _cases = [];
    private readonly PriorityQueue<LearningCase, (long KnownAt, int Sequence)> _underway = new();
    private readonly Dictionary<string, int> _stood = new(StringComparer.Ordinal);
    private readonly ErrorCount[] _fifths = new ErrorCount[5];
    private readonly List<ScoredDecision> _scored = [];
    private Evaluator _logic = Evaluator.Compile(new() { Agent = agent.Id, Guardrails = agent.Guardrails });
    private LearningReport _learned = new() { Cases = 0, Wrong = 0, IsVolunteered = true };
    private int _learnedFrom, _trainedFrom;
    private BacktestTally _tally = new();

    /// <summary>Decisions that were scored so far, in the order of time.</summary>
    public IReadOnlyList<ScoredDecision> Scored => _scored;

    /// <summary>Replays the stream.</summary>
    public (BacktestTally Tally, LearningReport Learned) Run(Action scored, CancellationToken cancel)
    {
        for (var i = 0; i < decisions.Length; i++)
        {
            cancel.ThrowIfCancellationRequested();
            var decision = decisions[i];
            Learn(decision.OccurredAt, cancel);
            var verdict = _logic.Decide(new(decision.Context, decision.Proposed, decision.Confidence, decision.OccurredAt));
            var final = _logic.FinalAction(verdict, decision.Proposed);
            if (verdict.Disposition == Disposition.Keep) _stood[decision.Proposed.Label] = _stood.GetValueOrDefault(decision.Proposed.Label) + 1;
            Score(decision, verdict, final, i * 5 / decisions.Length);
            options.Scored?.Invoke(decision, final);
            Review(decision, final, i);
            scored();
        }
        Learn(long.MaxValue, cancel, always: true);
        return (_tally with { Rules = _learned.Learned.Length, Fifths = [.. _fifths] }, _learned);
    }

    private void Score(Decision decision, Verdict verdict, AgentAction? final, int fifth)
    {
        var changed = verdict.Disposition is Disposition.Override or Disposition.Patch && final != decision.Proposed;
        if (changed) _tally = _tally with { Overrides = _tally.Overrides + 1 };
        if (final is null) _tally = _tally with { Escalations = _tally.Escalations + 1 };
        if (!truths.TryGetValue(decision.Id, out var truth))
        {
            _tally = _tally with { Unscored = _tally.Unscored + 1 };
            return;
        }
        if (final is null)
        {
            _fifths[fifth] += new ErrorCount(0, 0, 1);
            _scored.Add(new(decision, AgentWrong: false, EmendWrong: false, IsEscalated: true));
            _tally = _tally with { Errors = _tally.Errors + new ErrorCount(0, 0, 1) };
            return;
        }
        var (agentWrong, emendWrong) = (!IsSame(decision.Proposed, truth), !IsSame(final, truth));
        var error = new ErrorCount(agentWrong ? 1 : 0, emendWrong ? 1 : 0, 1);
        _fifths[fifth] += error;
        _scored.Add(new(decision, agentWrong, emendWrong, IsEscalated: false));
        _tally = _tally with
        {
            Errors = _tally.Errors + error,
            Fixes = _tally.Fixes + (agentWrong && !emendWrong ? 1 : 0),
            Breaks = _tally.Breaks + (!agentWrong && emendWrong ? 1 : 0),
        };
    }

    // The label decides: arguments carry ids and free text, which outcomes rarely spell the way agents do.
    private static bool IsSame(AgentAction action, AgentAction truth) => string.Equals(action.Label, truth.Label, StringComparison.Ordinal);

    /// <summary>Lets reviewers see the decision that was just scored.</summary>
    private void Review(Decision decision, AgentAction? final, int sequence)
    {
        if (volunteered?.Contains(decision.Id) is true)
        {
            foreach (var correction in volunteered[decision.Id]) Queue(Recorded(decision, correction), correction.At, correction.Verdict != CorrectionVerdict.Confirm);
            return;
        }
        if (recorded is not null)
        {
            foreach (var correction in recorded[decision.Id]) Queue(Recorded(decision, correction), correction.At, correction.Verdict != CorrectionVerdict.Confirm);
            return;
        }
        if (!truths.TryGetValue(decision.Id, out var truth) || ReviewCoin.Toss(options.Seed, decision.Id) >= options.ReviewRate) return;
        var finalIsWrong = final is null || !IsSame(final, truth);
        if (options.On == ReviewOn.Errors && (final is null || !finalIsWrong)) return;
        if (options.Believed is { } believed) truth = believed(decision, truth);
        var isWrong = !IsSame(decision.Proposed, truth);
        var knownAt = decision.OccurredAt + (long)(options.Delay.TotalMilliseconds * 1000);
        Queue(new(decision, new(decision.Id, isWrong, isWrong ? new AgentAction(truth.Label) : decision.Proposed, ["r-" + decision.Id], [Reviewer(decision)], "policy:backtest", "simulated review", knownAt))
        {
            // Only what a coin chose proves anything; who volunteers a correction chose it because it was wrong.
            Propensity = options.On == ReviewOn.All ? options.ReviewRate : null,
        }, knownAt, finalIsWrong);

        void Queue(LearningCase? reviewed, long at, bool isCorrection)
        {
            if (reviewed is null) return;
            if (isCorrection) _tally = _tally with { Corrections = _tally.Corrections + 1 };
            _underway.Enqueue(reviewed, (at, sequence));
        }
    }

    private static LearningCase? Recorded(Decision decision, Correction correction)
    {
        if (correction.Verdict == CorrectionVerdict.Escalate) return null;
        var truth = correction.Verdict switch
        {
            CorrectionVerdict.Confirm => decision.Proposed,
            CorrectionVerdict.Modify => correction.Action,
            _ => null,
        };
        // A "correction" to what was proposed is a confirmation.
        var isWrong = truth is null || truth != decision.Proposed;
        return new(decision, new(decision.Id, isWrong, truth, [correction.Id], [correction.By], "policy:backtest", correction.Reason ?? "recorded correction", correction.At));
    }

    private string Reviewer(Decision decision) => options.Reviewers <= 1
        ? "reviewer"
        : string.Create(System.Globalization.CultureInfo.InvariantCulture, $"reviewer-{(int)(ReviewCoin.Toss(~options.Seed, decision.Id) * options.Reviewers)}");

    private IReadOnlyCollection<LearningCase> Trusted() =>
        options.Trust is { } policy ? WeighCases.Of(_cases, TrustGround.None with { Traffic = Traffic }, policy).Cases : _cases;

    // Only asked about times that have passed.
    private int Traffic(string action, long from, long to) =>
        decisions.Count(d => d.OccurredAt >= from && d.OccurredAt <= to && string.Equals(d.Proposed.Label, action, StringComparison.Ordinal));

    /// <summary>Takes in the reviews known by now, and learns again when they have grown by a tenth, the corrector by a twenty-fifth: the cost stays in proportion to the stream.</summary>
    private void Learn(long now, CancellationToken cancel, bool always = false)
    {
        while (_underway.TryPeek(out var reviewed, out var due) && due.KnownAt <= now)
        {
            _underway.Dequeue();
            // Recorded corrections of one decision follow each other: the newest stands.
            if (recorded is not null && _cases.RemoveAll(c => c.Decision.Id == reviewed.Decision.Id) > 0) _learnedFrom = 0;
            _cases.Add(reviewed);
        }
        var fresh = _cases.Count - _learnedFrom;
        if (fresh == 0) return;
        var input = new LearningInput { Agent = agent, Cases = Trusted(), Options = options.Learner, Decisions = _stood };
        if (always || fresh >= Math.Max(1, _cases.Count / 10))
        {
            var built = _learner.Build(input, cancel);
            (_logic, _learned, _learnedFrom, _trainedFrom) = (Evaluator.Compile(built.Bundle), built.Report, _cases.Count, _cases.Count);
        }
        else if (options.Learner is { Mines: true, Corrects: true } && _cases.Count - _trainedFrom >= Math.Max(10, _cases.Count / 25))
        {
            var (corrector, report) = _learner.Retrain(input, _learned, cancel);
            (_learned, _trainedFrom) = (_learned with { Corrector = report }, _cases.Count);
            if (corrector is not null || _logic.Corrector is not null) _logic = Evaluator.Compile(_logic.Bundle with { Corrector = corrector });
        }
    }
}
