using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Emend.Engine.Evaluating.Statistics;
using Emend.Engine.Observing.Drift;
using Emend.TestKit;

namespace Emend.Bench.Observing;

/// <summary>False alarms and delays of the drift detectors on a grid of error rates, and what they say of two real streams.</summary>
internal sealed class DriftBench : IBench
{
    private const int Horizon = 2_000, Runs = 200, Stationary = 400_000;

    // Reference: false alarms per 10,000, then delays by multiple.
    private static readonly (double Rate, double[] Multiples, double FalseEsr, double[] Esr, double[] Adwin)[] Grid =
    [
        (0.05, [2, 3], 1.0, [210, 78], [929, 254]),
        (0.10, [1.5, 2, 3], 1.2, [324, 111, 42], [1_171, 375, 119]),
        (0.20, [1.5, 2], 0.9, [175, 60], [601, 162]),
    ];

    public string Name => "drift";

    public string What => "delays and false alarms of the drift detectors, and two real streams";

    public Task<int> RunAsync(string[] args)
    {
        var wrong = 0;
        foreach (var (rate, multiples, falseEsr, esr, adwin) in Grid)
        {
            var chance = new Chance((ulong)(1_000 * rate));
            var (alarms, changes) = FalseAlarms(chance, rate);
            Say($"p0 = {rate}: e-SR false alarms per 10,000: {alarms:0.0#} ({falseEsr}), ADWIN {changes:0.0#} (0)");
            if (alarms > 1.2) wrong++;
            for (var i = 0; i < multiples.Length; i++)
            {
                var (delay, missed) = Delay(chance, rate, multiples[i], isAdwin: false);
                var (slow, slowMissed) = Delay(chance, rate, multiples[i], isAdwin: true);
                Say($"  x{multiples[i]}: e-SR {delay:0} cases, {missed:P1} missed in {Horizon} ({esr[i]}); ADWIN {slow:0}, {slowMissed:P1} missed ({adwin[i]})");
                if (rate == 0.1 && multiples[i] == 2 && (delay > 120 || missed > 0)) wrong++;
            }
        }
        Cost();
        wrong += Real("banking77", expectsAlarm: false);
        wrong += Real("bank_marketing", expectsAlarm: true);
        Say($"{(wrong == 0 ? "all figures reached" : $"{wrong} figures missed")}");
        return Task.FromResult(wrong == 0 ? 0 : 1);
    }

    private static (double Esr, double Adwin) FalseAlarms(Chance chance, double rate)
    {
        var (alarms, detector, adwin) = (0, new ShiryaevRoberts(rate), new Adwin());
        for (var i = 0; i < Stationary; i++)
        {
            var isWrong = chance.Is(rate);
            detector.Add(isWrong);
            adwin.Add(isWrong ? 1 : 0);
            if (detector.Evidence < DriftPolicy.Default.Alarm) continue;
            alarms++;
            detector = new(rate);
        }
        return (alarms * 10_000.0 / Stationary, adwin.Changes * 10_000.0 / Stationary);
    }

    // Mean over the runs that noticed it, after 2,000 cases without a change.
    private static (double Mean, double Missed) Delay(Chance chance, double rate, double multiple, bool isAdwin)
    {
        var (sum, found) = (0L, 0);
        for (var run = 0; run < Runs; run++)
        {
            var (detector, adwin) = (new ShiryaevRoberts(rate), new Adwin());
            for (var i = 0; i < 2_000; i++)
            {
                var isWrong = chance.Is(rate);
                if (isAdwin) adwin.Add(isWrong ? 1 : 0);
                else detector.Add(isWrong);
                if (detector.Evidence >= DriftPolicy.Default.Alarm) detector = new(rate);
            }
            var changes = adwin.Changes;
            for (var i = 1; i <= Horizon; i++)
            {
                var isWrong = chance.Is(rate * multiple);
                if (isAdwin) adwin.Add(isWrong ? 1 : 0);
                else detector.Add(isWrong);
                if (isAdwin ? adwin.Changes == changes : detector.Evidence < DriftPolicy.Default.Alarm) continue;
                sum += i;
                found++;
                break;
            }
        }
        return (found == 0 ? double.NaN : (double)sum / found, 1 - (double)found / Runs);
    }

    private static void Cost()
    {
        const int cases = 4_000_000;
        var (chance, detector, adwin) = (new Chance(5), new ShiryaevRoberts(0.1), new Adwin());
        var start = Stopwatch.GetTimestamp();
        var sum = 0;
        for (var i = 0; i < cases; i++) sum += chance.Is(0.1) ? 1 : 0;
        var draw = Stopwatch.GetElapsedTime(start).TotalNanoseconds / cases;
        start = Stopwatch.GetTimestamp();
        for (var i = 0; i < cases; i++) detector.Add(chance.Is(0.1));
        var esr = Stopwatch.GetElapsedTime(start).TotalNanoseconds / cases - draw;
        start = Stopwatch.GetTimestamp();
        for (var i = 0; i < cases; i++) adwin.Add(chance.Is(0.1) ? 1 : 0);
        var window = Stopwatch.GetElapsedTime(start).TotalNanoseconds / cases - draw;
        Say($"one case: e-SR {esr:0} ns, ADWIN {window:0} ns, drawing it {draw:0.0} ns ({sum} wrong)");
    }

    private static int Real(string set, bool expectsAlarm)
    {
        if (SharedData.Path(set, "decisions.jsonl") is not { } decisions)
        {
            Say($"{set}: skipped, ../shared/data/{set} is not there");
            return 0;
        }
        var truth = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in File.ReadLines(SharedData.Path(set, "outcomes.jsonl")!))
        {
            using var json = JsonDocument.Parse(line);
            if (json.RootElement.GetProperty("metric").GetString() == "truth") truth[json.RootElement.GetProperty("decisionId").GetString()!] = json.RootElement.GetProperty("action").GetString()!;
        }
        var cases = new List<(string Id, string Action, bool IsWrong)>();
        var dates = new List<string>();
        foreach (var line in File.ReadLines(decisions))
        {
            using var json = JsonDocument.Parse(line);
            var (id, action) = (json.RootElement.GetProperty("id").GetString()!, json.RootElement.GetProperty("proposed").GetProperty("action").GetString()!);
            if (!truth.TryGetValue(id, out var right)) continue;
            cases.Add((id, action, right != action));
            dates.Add(json.RootElement.GetProperty("occurredAt").GetString()!);
        }
        var streams = AgentStreams.Of(cases.Select(static (one, i) => new LabelledDecision(i, one.Id, one.Action, null, one.IsWrong)), DriftPolicy.Default);
        var agent = streams.Single(static stream => stream.Kind == StreamKind.Agent);
        var alarmed = streams.Where(static stream => !stream.Alarms.IsEmpty).ToList();
        var change = ChangeOf(cases.ConvertAll(static one => one.IsWrong));
        Say($"{set}: {cases.Count} judged, error {(double)agent.Wrong / agent.Cases:P1}, tolerated {agent.Tolerated:P1}; {alarmed.Count} of {streams.Count} streams alarmed{string.Concat(alarmed.Select(static stream => $"; {stream.Kind} {stream.Name} at cases {string.Join(' ', stream.Alarms)}"))}");
        Say($"{set}: largest change of the error at case {change.At}: {change.Before:P1} before, {change.After:P1} after; ADWIN noticed {agent.Changes} changes");
        if (!expectsAlarm) return alarmed.Count == 0 ? 0 : 1;
        // The set's own words: a drift alarm should fire around the start of 2009, which is this case (contacts of 2008 end before it).
        var first = 1 + dates.FindIndex(static date => string.CompareOrdinal(date, "2009") >= 0);
        if (agent.Alarms.FirstOrDefault(at => at >= first) is not (> 0 and var alarm)) return 1;
        Say($"{set}: alarm {alarm - first} judged cases after the change at case {first}; lasting: {agent.IsAlarmed}");
        var early = agent.Alarms.FirstOrDefault(at => at < first);
        if (early > 0) Say($"{set}: the alarm at case {early} was no false one: {cases.Skip((int)early - 15).Take(35).Count(static one => one.IsWrong)} of the 35 cases around it were wrong");
        return alarm - first <= 200 ? 0 : 1;
    }

    // The split that explains the stream best: the most likely place of one change, known afterwards only.
    private static (int At, double Before, double After) ChangeOf(List<bool> wrong)
    {
        var (total, left, best, at) = (wrong.Count(static one => one), 0, double.NegativeInfinity, 0);
        var leftAt = 0;
        for (var i = 1; i < wrong.Count; i++)
        {
            if (wrong[i - 1]) left++;
            var likelihood = Fit(left, i) + Fit(total - left, wrong.Count - i);
            if (likelihood > best) (best, at, leftAt) = (likelihood, i, left);
        }
        return (at, (double)leftAt / at, (double)(total - leftAt) / (wrong.Count - at));

        static double Fit(int k, int n) => (k == 0 ? 0 : k * Math.Log((double)k / n)) + (k == n ? 0 : (n - k) * Math.Log((double)(n - k) / n));
    }

    private static void Say(FormattableString text) => Console.WriteLine(text.ToString(CultureInfo.InvariantCulture));
}
