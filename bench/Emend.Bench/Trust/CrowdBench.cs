using System.Globalization;
using System.Text.Json;
using Emend.Engine.Trust;
using Emend.Engine.Trust.Crowd;

namespace Emend.Bench.Trust;

/// <summary>Truth from the answers of crowds, honest and not: <c>crowd [FOLDER]</c>.</summary>
internal sealed class CrowdBench : IBench
{
    private const int Seeds = 20;

    public string Name => "crowd";

    public string What => "truth from several people's answers, honest ones and attackers: rte and gal_binary of [../shared/data]";

    public Task<int> RunAsync(string[] args)
    {
        var data = args.Length > 0 ? args[0] : Path.Combine("..", "shared", "data");
        foreach (var name in (string[])["rte", "gal_binary"])
        {
            var folder = Path.Combine(data, name);
            if (!Directory.Exists(folder))
            {
                Console.WriteLine($"{name}: skipped, {folder} is not there");
                continue;
            }
            var (votes, truth) = (Votes(folder), Truth(folder));
            Honest(name, votes, truth);
            if (name == "rte") Attacked(votes, truth);
        }
        return Task.FromResult(0);
    }

    private static void Honest(string name, List<CrowdVote> votes, Dictionary<string, string> truth)
    {
        var labels = CrowdLabels.Of(votes);
        var known = labels.Known(truth);
        foreach (var method in Enum.GetValues<CrowdMethod>())
        {
            var start = TimeProvider.System.GetTimestamp();
            var found = EstimateCrowd.From(labels, method);
            var spent = TimeProvider.System.GetElapsedTime(start).TotalMilliseconds;
            var flat = CrowdHonesty.Of(found, CrowdHonesty.Usual);
            Say($"{name,-11} {method,-11} accuracy {found.Accuracy(known):0.0000}  log loss {LogLoss(found, known):0.000}, honest {LogLoss(flat, known):0.000}  {found.Rounds} rounds {spent:0.0} ms");
        }
        var (chosen, plain, honest, together) = (new double[Seeds], new double[Seeds], new double[Seeds], 0);
        for (var seed = 0; seed < Seeds; seed++)
        {
            var told = Told(known, seed, 0.05, static _ => true);
            var judged = JudgeCrowd.Of(labels, told);
            var rest = Rest(known, told);
            chosen[seed] = judged.Estimate.Accuracy(rest);
            plain[seed] = LogLoss(EstimateCrowd.From(labels, judged.Estimate.Method, told, new() { StartsFromMajority = judged.FromMajority }), rest);
            honest[seed] = LogLoss(judged.Estimate, rest);
            together += judged.Together.Count;
        }
        Say($"{name,-11} chosen by 5 % gold, {Seeds} draws: accuracy {chosen.Average():0.0000} on the rest  log loss {plain.Average():0.000}, honest {honest.Average():0.000}; {together / (double)Seeds:0.0} groups that err together");
        var alpha = KrippendorffAlpha.Of(labels);
        Say($"{name,-11} Krippendorff alpha {alpha.Value:0.000} [{alpha.Low:0.000}, {alpha.High:0.000}]");
    }

    private static void Attacked(List<CrowdVote> votes, Dictionary<string, string> truth)
    {
        var items = truth.Keys.Order(StringComparer.Ordinal).ToArray();
        foreach (var k in (int[])[5, 10, 20])
        {
            var attacked = CrowdLabels.Of([.. votes, .. Sybils(items, k, truth, static _ => true)]);
            var known = attacked.Known(truth);
            var found = new List<double>();
            for (var seed = 0; seed < Seeds; seed++)
            {
                var told = Told(known, seed, 0.05, static _ => true);
                found.Add(JudgeCrowd.Of(attacked, told).Estimate.Accuracy(Rest(known, told)));
            }
            Say($"rte, {k,2} coordinated identities: majority {EstimateCrowd.From(attacked, CrowdMethod.Majority).Accuracy(known):0.000}  Dawid-Skene without gold {EstimateCrowd.From(attacked, CrowdMethod.DawidSkene).Accuracy(known):0.000}  with 5 % gold {found.Average():0.0000} (worst of {Seeds} draws {found.Min():0.0000})");
        }
        // Harder to see through than those who are always wrong, whose word only has to be turned round.
        var half = items.Where(static item => IsInHalf(item)).ToHashSet(StringComparer.Ordinal);
        foreach (var k in (int[])[5, 10, 20])
        {
            var attacked = CrowdLabels.Of([.. votes, .. Sybils(items, k, truth, half.Contains)]);
            var known = attacked.Known(truth);
            var (alone, found, loss, flat) = (new List<double>(), new List<double>(), new List<double>(), new List<double>());
            for (var seed = 0; seed < Seeds; seed++)
            {
                var told = Told(known, seed, 0.05, static _ => true);
                var rest = Rest(known, told);
                var plain = EstimateCrowd.From(attacked, CrowdMethod.DawidSkene, told);
                var judged = JudgeCrowd.Of(attacked, told);
                alone.Add(plain.Accuracy(rest));
                found.Add(judged.Estimate.Accuracy(rest));
                loss.Add(LogLoss(plain, rest));
                flat.Add(LogLoss(CrowdHonesty.Of(plain, CrowdHonesty.Temperature(attacked, CrowdMethod.DawidSkene, told, CrowdOptions.Default)), rest));
            }
            Say($"rte, {k,2} wrong together on half of the items: majority {EstimateCrowd.From(attacked, CrowdMethod.Majority).Accuracy(known):0.000}  Dawid-Skene without gold {EstimateCrowd.From(attacked, CrowdMethod.DawidSkene).Accuracy(known):0.000}  its gold start {alone.Average():0.000} (log loss {loss.Average():0.000}, honest {flat.Average():0.000})  as one voice {found.Average():0.0000} (worst of {Seeds} draws {found.Min():0.0000})");
        }
        foreach (var k in (int[])[5, 10])
        {
            var (majority, global, local) = (new List<double>(), new List<double>(), new List<double>());
            for (var seed = 0; seed < Seeds; seed++)
            {
                var state = (ulong)seed + 1000;
                var slice = items.Where(_ => SplitMix.Share(ref state) < 0.1).ToHashSet(StringComparer.Ordinal);
                CrowdVote[] all = [.. votes, .. Sybils(items, k, truth, slice.Contains)];
                var (flat, apart) = (CrowdLabels.Of(all), CrowdLabels.Of(all, item => slice.Contains(item) ? "slice" : null));
                var known = flat.Known(truth);
                // 5 % gold everywhere else, five inside the slice.
                var told = Told(known, seed, 0.05, item => !slice.Contains(flat.Items[item]));
                foreach (var item in Enumerable.Range(0, known.Length).Where(item => slice.Contains(flat.Items[item])).Take(5)) told[item] = known[item];
                var rest = Rest(known, told);
                for (var item = 0; item < rest.Length; item++)
                    if (!slice.Contains(flat.Items[item])) rest[item] = -1;
                majority.Add(EstimateCrowd.From(flat, CrowdMethod.Majority).Accuracy(rest));
                global.Add(EstimateCrowd.From(flat, CrowdMethod.DawidSkene, told).Accuracy(rest));
                local.Add(JudgeCrowd.Of(apart, told).Estimate.Accuracy(rest));
            }
            Say($"rte, {k,2} honest but in a tenth of the items, there: majority {majority.Average():0.000}  gold {global.Average():0.000}  judged apart, 5 gold there {local.Average():0.000} (worst of {Seeds} slices {local.Min():0.000})");
        }
    }

    private static bool IsInHalf(string item)
    {
        var state = (ulong)item.Length;
        foreach (var c in item) state = state * 31 + c;
        return SplitMix.Share(ref state) < 0.5;
    }

    // Right everywhere but where they want to bend something; there all say the same wrong thing.
    private static IEnumerable<CrowdVote> Sybils(string[] items, int k, Dictionary<string, string> truth, Func<string, bool> bends) =>
        from sybil in Enumerable.Range(0, k)
        from item in items
        select new CrowdVote(item, "sybil-" + sybil.ToString(CultureInfo.InvariantCulture), bends(item) ? truth[item] == "0" ? "1" : "0" : truth[item]);

    private static int[] Told(int[] known, int seed, double share, Func<int, bool> where)
    {
        var state = (ulong)seed;
        return [.. known.Select((label, item) => SplitMix.Share(ref state) < share && where(item) ? label : -1)];
    }

    private static int[] Rest(int[] known, int[] told) => [.. known.Select((label, item) => told[item] >= 0 ? -1 : label)];

    private static double LogLoss(CrowdEstimate estimate, int[] known)
    {
        var (sum, n) = (0.0, 0);
        for (var item = 0; item < known.Length; item++)
        {
            if (known[item] < 0) continue;
            sum -= Math.Log(Math.Max(1e-9, estimate.Posterior[item][known[item]]));
            n++;
        }
        return sum / n;
    }

    private static void Say(FormattableString text) => Console.WriteLine(text.ToString(CultureInfo.InvariantCulture));

    private static List<CrowdVote> Votes(string folder) => [.. File.ReadLines(Path.Combine(folder, "annotations.jsonl")).Select(static line =>
    {
        using var json = JsonDocument.Parse(line);
        var vote = json.RootElement;
        return new CrowdVote(vote.GetProperty("item").GetString()!, vote.GetProperty("annotator").GetString()!, vote.GetProperty("label").GetString()!);
    })];

    private static Dictionary<string, string> Truth(string folder) => File.ReadLines(Path.Combine(folder, "interactions.jsonl")).Select(static line =>
    {
        using var json = JsonDocument.Parse(line);
        return (Id: json.RootElement.GetProperty("id").GetString()!, Truth: json.RootElement.GetProperty("truth_action").GetString()!);
    }).ToDictionary(static one => one.Id, static one => one.Truth, StringComparer.Ordinal);
}
