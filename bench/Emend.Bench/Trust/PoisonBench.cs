using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using Emend.Engine.Capturing.Logs;
using Emend.Engine.Evaluating.Backtest;
using Emend.Engine.Normalizing;
using Emend.Engine.Trust;
using Emend.Logic;

namespace Emend.Bench.Trust;

/// <summary>What somebody who corrects wrongly, on purpose or not, does to what is learned: <c>poison [FOLDER] [targeted|noise|attacks]</c>.</summary>
internal sealed class PoisonBench : IBench
{
    private const int First = 8_000, Targets = 6;

    public string Name => "poison";

    public string What => "wrong corrections, targeted, random and by many identities: [../shared/data] [targeted,noise,attacks]";

    public Task<int> RunAsync(string[] args)
    {
        var folder = Path.Combine(args.Length > 0 ? args[0] : Path.Combine("..", "shared", "data"), "banking77");
        var parts = args.Length > 1 ? args[1].Split(',') : ["targeted", "noise", "attacks"];
        if (!Directory.Exists(folder)) Console.WriteLine($"banking77: skipped, {folder} is not there");
        else
        {
            var stream = Stream.Read(folder);
            if (parts.Contains("targeted")) Targeted(stream);
            if (parts.Contains("noise")) Noise(stream);
        }
        return Task.FromResult(0);
    }

    // One identity "corrects" the first n right decisions of one action to another one.
    private static void Targeted(Stream stream)
    {
        foreach (var trust in (TrustPolicy?[])[null, TrustPolicy.Default])
        {
            foreach (var n in (int[])[0, 5, 20])
            {
                var (errors, alone, sent, items, fixes, breaks, all) = (0, 0, 0, 0, 0, 0, 0.0);
                foreach (var target in stream.Busiest(Targets))
                {
                    var queue = stream.Catalogue[(stream.Catalogue.IndexOf(target) + 1) % stream.Catalogue.Count];
                    var poisoned = stream.Decisions.Where(d => d.Proposed.Label == target && stream.Truth[d.Id] == target).Take(20).ToArray();
                    var after = poisoned[^1].OccurredAt;
                    var final = new ConcurrentDictionary<string, string?>(StringComparer.Ordinal);
                    var report = RunBacktest.From(
                        stream.Input with { Volunteered = [.. poisoned.Take(n).Select(d => Said(d, queue, "mallory"))] },
                        new() { ReviewRate = 0.5, On = ReviewOn.All, Reviewers = 5, Trust = trust, Scored = (d, action) => final[d.Id] = action?.Label },
                        TimeProvider.System).Total;
                    (fixes, breaks, all) = (fixes + report.Fixes, breaks + report.Breaks, all + (double)report.Errors.EmendErrors / report.Errors.Decisions);
                    foreach (var later in stream.Decisions.Where(d => d.OccurredAt > after && stream.Truth[d.Id] == target))
                    {
                        items++;
                        if (later.Proposed.Label != target) alone++;
                        if (final[later.Id] != target) errors++;
                        if (final[later.Id] == queue) sent++;
                    }
                }
                Say($"targeted n {n,2} {(trust is null ? "undefended" : "defended"),-10}: later items of the action {items}, agent alone {(double)alone / items:0.000}, error {(double)errors / items:0.000}, sent to the attacker's queue {(double)sent / items:0.0000}; whole stream {all / Targets:0.0000} fixes/breaks {fixes}/{breaks}");
            }
        }
    }

    // Reviewers who now and then say something random that is wrong.
    private static void Noise(Stream stream)
    {
        foreach (var seed in (int[])[1, 2])
        {
            var clean = Run(null);
            Say($"noise seed {seed}: none {clean.Error:0.0000} ({clean.Fixes}/{clean.Breaks})");
            foreach (var (what, onlyWrong) in (ReadOnlySpan<(string, bool)>)[("of corrections", true), ("of all reviews", false)])
            {
                var noisy = Run((decision, truth) =>
                {
                    if (onlyWrong && decision.Proposed.Label == truth.Label || ReviewCoin.Toss(1000 + seed, decision.Id) >= 0.3) return truth;
                    var other = stream.Catalogue[(int)(ReviewCoin.Toss(2000 + seed, decision.Id) * stream.Catalogue.Count)];
                    return new(other == truth.Label ? stream.Catalogue[(stream.Catalogue.IndexOf(other) + 1) % stream.Catalogue.Count] : other);
                });
                Say($"noise seed {seed}: 30 % {what} {noisy.Error:0.0000} ({noisy.Fixes}/{noisy.Breaks}), {100 * (noisy.Error / clean.Error - 1):+0.0;-0.0} % error, breaks {100.0 * noisy.Breaks / Math.Max(1, noisy.Fixes):0.0} % of fixes");
            }

            (double Error, int Fixes, int Breaks) Run(Func<Decision, AgentAction, AgentAction>? believed)
            {
                var total = RunBacktest.From(stream.Input, new() { ReviewRate = 0.5, On = ReviewOn.All, Seed = seed, Reviewers = 5, Believed = believed }, TimeProvider.System).Total;
                return ((double)total.Errors.EmendErrors / total.Errors.Decisions, total.Fixes, total.Breaks);
            }
        }
    }

    private static Correction Said(Decision decision, string action, string by) => CorrectionId.Sign(new()
    {
        Id = "",
        DecisionId = decision.Id,
        Verdict = CorrectionVerdict.Modify,
        Action = new(action),
        By = by,
        At = decision.OccurredAt,
    });

    private static void Say(FormattableString text) => Console.WriteLine(text.ToString(CultureInfo.InvariantCulture));

    private sealed record Stream(List<Decision> Decisions, Dictionary<string, string> Truth, List<string> Catalogue, BacktestInput Input)
    {
        public static Stream Read(string folder)
        {
            var limits = LogLimits.At(TimeProvider.System);
            var decisions = LogFile.Decisions(Path.Combine(folder, "decisions.jsonl"), limits).Select(static l => l.Record).OfType<Decision>().OrderBy(static d => d.OccurredAt).ThenBy(static d => d.Id, StringComparer.Ordinal).Take(First).ToList();
            var known = decisions.Select(static d => d.Id).ToHashSet(StringComparer.Ordinal);
            var outcomes = LogFile.Outcomes(Path.Combine(folder, "outcomes.jsonl"), limits).Select(static l => l.Record).OfType<Outcome>().Where(o => known.Contains(o.DecisionId)).ToList();
            using var json = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "catalogue.json")));
            List<string> catalogue = [.. json.RootElement.GetProperty("actions").EnumerateArray().Select(static a => a.GetString()!).Order(StringComparer.Ordinal)];
            return new(decisions, outcomes.ToDictionary(static o => o.DecisionId, static o => o.Action!.Label, StringComparer.Ordinal), catalogue, new() { Decisions = decisions, Outcomes = outcomes, Catalogue = catalogue });
        }

        // Actions the agent gets right most often: there an attacker finds most to turn.
        public IEnumerable<string> Busiest(int count) => Decisions.Where(d => d.Proposed.Label == Truth[d.Id]).GroupBy(static d => d.Proposed.Label, StringComparer.Ordinal)
            .OrderByDescending(static g => g.Count()).ThenBy(static g => g.Key, StringComparer.Ordinal).Take(count).Select(static g => g.Key);
    }
}
