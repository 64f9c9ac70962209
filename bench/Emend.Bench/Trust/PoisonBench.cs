using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using Emend.Engine.Capturing.Logs;
using Emend.Engine.Evaluating.Backtest;
using Emend.Engine.Normalizing;
using Emend.Engine.Trust;
using Emend.Logic;
using Emend.TestKit;

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
        if (parts.Contains("attacks")) Attacks(Environment.GetEnvironmentVariable("EMEND_SOAK") == "1" ? 20 : 2);
        return Task.FromResult(0);
    }

    // Every attack, share and number of names on a made-up agent: extra right decisions spoiled per thousand, and how often the attacker got what they wanted.
    private static void Attacks(int seeds)
    {
        var trials = Enumerable.Range(1, seeds).Select(static seed => new PoisonTrial(seed)).ToArray();
        var clean = trials.Select(static trial => (Open: trial.Run(null, 0, 0, defended: false), Guarded: trial.Run(null, 0, 0, defended: true))).ToArray();
        Say($"attacks, {seeds} seeds; clean: fixes {clean.Average(static c => c.Open.Fixes):0.0} breaks {clean.Average(static c => c.Open.Breaks):0.00} per 1,000 undefended, {clean.Average(static c => c.Guarded.Fixes):0.0} and {clean.Average(static c => c.Guarded.Breaks):0.00} defended");
        Say($"{"attack",-8} {"share",6} {"names",5}   extra harm per 1,000 undefended / defended   activated undefended / defended   noticed");
        foreach (var attack in Enum.GetValues<PoisonAttack>())
            foreach (var share in (double[])[0.005, 0.01, 0.02, 0.05, 0.1, 0.3])
                foreach (var names in (int[])[1, 3, 5, 10])
                {
                    var (open, guarded) = (new PoisonOutcome[seeds], new PoisonOutcome[seeds]);
                    Parallel.For(0, seeds, i => (open[i], guarded[i]) = (trials[i].Run(attack, share, names, defended: false), trials[i].Run(attack, share, names, defended: true)));
                    var (harmOpen, harmGuarded) = (Enumerable.Range(0, seeds).Average(i => open[i].Breaks - clean[i].Open.Breaks), Enumerable.Range(0, seeds).Average(i => guarded[i].Breaks - clean[i].Guarded.Breaks));
                    Say($"{attack,-8} {100 * share,5:0.0}% {names,5}   {harmOpen,10:0.00} / {harmGuarded:0.00}   {open.Count(static o => o.Activated)} / {guarded.Count(static o => o.Activated)} of {seeds}   {guarded.Count(static o => o.Noticed)}");
                }
    }

    // One identity "corrects" the first n right decisions of one action to another one.
    private static void Targeted(Stream stream)
    {
        // The one the agent gets right most often, where it errs in one of ten; and more of them together.
        var targets = stream.Busiest(Targets).ToArray();
        foreach (var n in (int[])[0, 5, 20])
        {
            foreach (var trust in (TrustPolicy?[])[null, TrustPolicy.Default])
            {
                var how = trust is null ? "undefended" : "defended";
                var bayes = targets.Select(target => Harm.Of(stream, target, n, said => new NaiveBayesPeer(trust, 0.5, 5).Run(stream.Decisions, stream.Truth, said.ToLookup(static c => c.DecisionId, StringComparer.Ordinal)))).ToArray();
                Say($"targeted n {n,2} naive Bayes {how,-10}: {targets[0]} {bayes[0]}; {Targets} actions {Harm.Sum(bayes)}");
                // Without an attack trust changes nothing: once is enough.
                if (n == 0 && trust is not null) continue;
                var emend = targets.Select(target => Harm.Of(stream, target, n, said =>
                {
                    var final = new ConcurrentDictionary<string, string>(StringComparer.Ordinal);
                    RunBacktest.From(
                        stream.Input with { Volunteered = said },
                        new() { ReviewRate = 0.5, On = ReviewOn.All, Reviewers = 5, Trust = trust, Scored = (d, action) => final[d.Id] = action?.Label ?? "" },
                        TimeProvider.System);
                    return final;
                })).ToArray();
                Say($"targeted n {n,2} Emend       {how,-10}: {targets[0]} {emend[0]}; {Targets} actions {Harm.Sum(emend)}");
            }
        }
    }

    private sealed record Harm(int Items, int Alone, int Errors, int Sent)
    {
        public static Harm Of(Stream stream, string target, int n, Func<Correction[], IReadOnlyDictionary<string, string>> run)
        {
            var queue = stream.Catalogue[(stream.Catalogue.IndexOf(target) + 1) % stream.Catalogue.Count];
            var poisoned = stream.Decisions.Where(d => d.Proposed.Label == target && stream.Truth[d.Id] == target).Take(20).ToArray();
            var final = run([.. poisoned.Take(n).Select(d => Said(d, queue, "mallory"))]);
            // The same items whatever n is, so that rows can be compared.
            var later = stream.Decisions.Where(d => d.OccurredAt > poisoned[^1].OccurredAt && stream.Truth[d.Id] == target).ToArray();
            return new(later.Length, later.Count(d => d.Proposed.Label != target), later.Count(d => final[d.Id] != target), later.Count(d => final[d.Id] == queue));
        }

        public static Harm Sum(IEnumerable<Harm> all) => all.Aggregate((a, b) => new(a.Items + b.Items, a.Alone + b.Alone, a.Errors + b.Errors, a.Sent + b.Sent));

        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Items} items, agent {(double)Alone / Items:0.000}, error {(double)Errors / Items:0.000}, to the attacker {(double)Sent / Items:0.0000}");
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
