using System.Diagnostics;
using System.Globalization;
using Emend.Engine.Evaluating.Statistics;
using Emend.TestKit;

namespace Emend.Bench.Releasing;

/// <summary>How often rules that take canaries back are wrong, and how soon they are right: the product's e-process beside four that are in common use, in the same worlds.</summary>
internal sealed class ReleaseStatisticsBench : IBench
{
    private const int Horizon = 40_000, Look = 400, BurnIn = 100;
    private const double BaseRate = 0.02, Alpha = 0.05;

    private sealed record World(double Share, double Risk, bool IsDrifting = false);

    // Columns of the reference: false rollback at a half, at a tenth, at a tenth under drift; power at r = 1.5; median decisions at r = 2 and r = 5.
    private static readonly World[] Worlds = [new(0.5, 1), new(0.1, 1), new(0.1, 1, IsDrifting: true), new(0.1, 1.5), new(0.1, 2), new(0.1, 5)];

    private static readonly (string Name, double[] Reference)[] Rules =
    [
        ("z-test at every look", [0.316, 0.183, 0.192, 0.992, 2_400, 400]),
        ("z-test once at the end", [0.055, 0.039, 0.039, 0.987, 40_000, 40_000]),
        ("3 strikes", [1, 1, 1, 1, 2_400, 1_200]),
        ("asymptotic sequence", [0.029, 0.005, 0.003, 0.826, 7_600, 1_600]),
        ("e-process (the product)", [0.042, 0.027, 0.021, 0.870, 4_763, 491]),
    ];

    public string Name => "release-statistics";

    public string What => "false rollbacks, power and time of the release statistics beside other rules: [runs=2000]";

    public Task<int> RunAsync(string[] args)
    {
        var runs = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 2_000;
        var start = Stopwatch.GetTimestamp();
        var wrong = 0;
        Say($"{runs} runs a cell, base rate 2 %, {Horizon} decisions, alpha 5 %; each cell: measured (reference)");
        Say($"{"rule",-26}{"false 50/50",18}{"false 10/90",18}{"false, drift",18}{"power r=1.5",18}{"median r=2",20}{"median r=5",20}");
        var times = Worlds.Select((world, column) => Times(world, runs, (ulong)column + 1)).ToArray();
        for (var rule = 0; rule < Rules.Length; rule++)
        {
            var line = $"{Rules[rule].Name,-26}";
            for (var column = 0; column < Worlds.Length; column++)
            {
                var at = times[column][rule];
                var reference = Rules[rule].Reference[column];
                var (value, isNear) = column < 4 ? Share(at, runs, reference) : Median(at, reference);
                if (rule == Rules.Length - 1 && !isNear) wrong++;
                line += column < 4 ? $"{$"{value:P1} ({reference:P1}){(isNear ? "" : " !")}",18}" : $"{$"{value:0} ({reference:0}){(isNear ? "" : " !")}",20}";
            }
            Say($"{line}");
        }
        wrong += EProcessAlone(runs);
        wrong += Ratio(runs);
        Say($"{(wrong == 0 ? "every row of the product within 10 % or three standard errors of the reference" : $"{wrong} figures are off")}; {Stopwatch.GetElapsedTime(start).TotalSeconds:0.0} s");
        return Task.FromResult(wrong == 0 ? 0 : 1);
    }

    // Shares of rare events carry the chance of both simulations (the reference had 2,000 runs).
    private static (double, bool) Share(List<int> times, int runs, double reference)
    {
        var share = (double)times.Count(static at => at <= Horizon) / runs;
        var error = Math.Sqrt(Math.Max(reference * (1 - reference), 0.0005) * (1.0 / runs + 1.0 / 2_000));
        return (share, Math.Abs(share - reference) <= Math.Max(0.1 * reference, 3 * error));
    }

    private static (double, bool) Median(List<int> times, double reference)
    {
        var median = times.Order().ElementAt(times.Count / 2);
        // Rules that look every so often come out on one look or the next.
        return (median, Math.Abs(median - reference) <= Math.Max(0.1 * reference, median % Look == 0 ? Look : 0));
    }

    // By rule: when each run was taken back; beyond the horizon when it was not.
    private static List<int>[] Times(World world, int runs, ulong seed)
    {
        var times = new List<int>[Rules.Length];
        for (var rule = 0; rule < times.Length; rule++) times[rule] = [];
        var chance = new Chance(seed);
        for (var run = 0; run < runs; run++)
        {
            var at = Run(world, chance);
            for (var rule = 0; rule < times.Length; rule++) times[rule].Add(at[rule]);
        }
        return times;
    }

    private static int[] Run(World world, Chance chance)
    {
        int[] at = [Horizon + 1, Horizon + 1, Horizon + 1, Horizon + 1, Horizon + 1];
        var rollback = new EProcess.Rollback();
        var (n1, n0, bad1, bad0, strikes) = (0, 0, 0, 0, 0);
        for (var look = 1; look <= Horizon / Look; look++)
        {
            var (batch, batchBad) = (0, 0);
            for (var i = (look - 1) * Look; i < look * Look; i++)
            {
                var isCanary = chance.Is(world.Share);
                var rate = BaseRate * (world.IsDrifting ? 1 + 0.8 * Math.Sin(2 * Math.PI * i / Horizon) : 1) * (isCanary ? world.Risk : 1);
                var isBad = chance.Is(rate);
                if (isCanary) (batch, batchBad) = (batch + 1, batchBad + (isBad ? 1 : 0));
                else (n0, bad0) = (n0 + 1, bad0 + (isBad ? 1 : 0));
                if (!isBad || at[4] <= Horizon) continue;
                rollback.Add(new(isCanary, world.Share));
                if (rollback.Demands(Alpha)) at[4] = i + 1;
            }
            (n1, bad1) = (n1 + batch, bad1 + batchBad);
            var now = look * Look;
            var (p1, p0) = ((double)bad1 / n1, (double)bad0 / n0);
            var z = (p1 - p0) / Math.Sqrt(p1 * (1 - p1) / n1 + p0 * (1 - p0) / n0);
            if (z > 1.6449) First(0, now);
            if (look == Horizon / Look && z > 1.6449) First(1, now);
            // A batch fails whose canary goes badly half as often again as it should; one bad outcome fails none.
            if (batchBad > Math.Max(1, 1.5 * BaseRate * batch) && ++strikes == 3) First(2, now);
            if (Math.Min(n1, n0) >= BurnIn)
            {
                var n = n1 + n0;
                var variance = n * (p1 * (1 - p1) / n1 + p0 * (1 - p0) / n0);
                if (p1 - p0 > AsymptoticSequence.OneSided(variance, n, Alpha)) First(3, now);
            }
        }
        return at;

        void First(int rule, int now) => at[rule] = Math.Min(at[rule], now);
    }

    private static int EProcessAlone(int runs)
    {
        var wrong = 0;
        var chance = new Chance(99);
        var r3 = Enumerable.Range(0, runs).Select(_ => new CanaryWorld { Risk = 3 }.UntilRollback(chance) ?? Horizon + 1).Order().ToArray();
        wrong += Report("e-process, r = 3, median decisions", r3[runs / 2], 1_472, 0.1 * 1_472);
        wrong += Report("e-process, r = 3, 90 of 100", r3[(int)(0.9 * runs)], 3_791, 0.1 * 3_791);
        foreach (var (share, risk, reference) in new[] { (0.5, 1.25, 0.041), (0.1, 1.25, 0.020), (0.5, 1.0, 0.846), (0.1, 1.0, 0.405) })
        {
            var world = new CanaryWorld { Share = _ => share, Risk = risk };
            var promoted = (double)Enumerable.Range(0, runs).Count(_ => world.UntilPromotion(chance) is not null) / runs;
            var error = 3 * Math.Sqrt(reference * (1 - reference) * (1.0 / runs + 1.0 / 2_000));
            wrong += Report(string.Create(CultureInfo.InvariantCulture, $"promoted within {Horizon}, r = {risk}, share {share}"), promoted, reference, Math.Max(0.1 * reference, error));
        }
        var even = new CanaryWorld { Share = static _ => 0.5 };
        var times = Enumerable.Range(0, runs).Select(_ => even.UntilPromotion(chance)).OfType<int>().Order().ToArray();
        return wrong + Report("promotion at r = 1, share 0.5, median decisions of those promoted", times[times.Length / 2], 16_000, 1_600);
    }

    private static int Ratio(int runs)
    {
        var chance = new Chance(98);
        var flagged = Enumerable.Range(0, runs).Count(_ => BrokenAt(chance, 0.5) is not null);
        var found = Enumerable.Range(0, runs / 4).Select(_ => BrokenAt(chance, 0.51)).OfType<int>().ToList();
        var soon = Enumerable.Range(0, runs / 4).Select(_ => BrokenAt(chance, 0.55) ?? 100_000).ToList();
        return Report("sample ratio, sound streams of 100,000 units called broken", (double)flagged / runs, 0.002, 0.001 + 3 * Math.Sqrt(0.001 / runs))
            + Report("sample ratio 51/49, share noticed", found.Count / (runs / 4.0), 0.98, 0.098)
            + Report("sample ratio 51/49, mean units", found.Average(), 45_000, 4_500)
            + Report("sample ratio 55/45, mean units", soon.Average(), 1_700, 170);
    }

    private static int? BrokenAt(Chance chance, double real)
    {
        var ratio = new SampleRatio();
        for (var i = 1; i <= 100_000; i++)
        {
            ratio.Add(chance.Is(real), 0.5, i);
            if (ratio.BrokenAt is { } at) return (int)at;
        }
        return null;
    }

    private static int Report(string what, double value, double reference, double within)
    {
        var isNear = Math.Abs(value - reference) <= within;
        Say($"{what}: {value:0.####} ({reference:0.####}){(isNear ? "" : " !")}");
        return isNear ? 0 : 1;
    }

    private static void Say(FormattableString text) => Console.WriteLine(text.ToString(CultureInfo.InvariantCulture));
}
