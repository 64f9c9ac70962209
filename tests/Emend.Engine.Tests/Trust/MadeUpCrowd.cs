using System.Text.Json;
using Emend.Engine.Trust;
using Emend.Engine.Trust.Crowd;
using Emend.TestKit;

namespace Emend.Engine.Tests.Trust;

/// <summary>Crowds whose truth is known: made up from a seed, or read from the shared data sets.</summary>
internal sealed class MadeUpCrowd(ulong seed)
{
    private ulong _state = seed;

    /// <summary>Items and what is so of each: yes or no, as often.</summary>
    public Dictionary<string, string> Truth { get; } = [];

    /// <summary>What was said.</summary>
    public List<CrowdVote> Votes { get; } = [];

    /// <summary>Adds items.</summary>
    public MadeUpCrowd Items(int count)
    {
        for (var i = 0; i < count; i++) Truth.Add($"item-{i:000}", SplitMix.Share(ref _state) < 0.5 ? "yes" : "no");
        return this;
    }

    /// <summary>Lets somebody answer everything and be right so often.</summary>
    public MadeUpCrowd Answers(string who, double right)
    {
        foreach (var (item, truth) in Truth) Votes.Add(new(item, who, SplitMix.Share(ref _state) < right ? truth : Other(truth)));
        return this;
    }

    /// <summary>Lets several say the same wrong thing where <paramref name="bends"/>, and the right thing elsewhere.</summary>
    public MadeUpCrowd Arrange(int count, Func<string, bool> bends)
    {
        for (var i = 0; i < count; i++)
            foreach (var (item, truth) in Truth) Votes.Add(new(item, $"sybil-{i}", bends(item) ? Other(truth) : truth));
        return this;
    }

    /// <summary>The known answers of some items.</summary>
    public int[] Known(CrowdLabels votes, Func<string, bool> which) => votes.Known(Truth.Where(one => which(one.Key)).ToDictionary());

    /// <summary>A crowd of ../shared/data.</summary>
    public static MadeUpCrowd Real(string name)
    {
        var crowd = new MadeUpCrowd(0);
        foreach (var line in File.ReadLines(SharedData.Path(name, "interactions.jsonl")!))
        {
            using var json = JsonDocument.Parse(line);
            crowd.Truth.Add(Text(json, "id"), Text(json, "truth_action"));
        }
        foreach (var line in File.ReadLines(SharedData.Path(name, "annotations.jsonl")!))
        {
            using var json = JsonDocument.Parse(line);
            crowd.Votes.Add(new(Text(json, "item"), Text(json, "annotator"), Text(json, "label")));
        }
        return crowd;

        static string Text(JsonDocument json, string name) => json.RootElement.GetProperty(name).GetString()!;
    }

    /// <summary>One item in so many, spread evenly.</summary>
    public Func<string, bool> OneIn(int n)
    {
        var chosen = Truth.Keys.Order(StringComparer.Ordinal).Where((_, i) => i % n == 0).ToHashSet(StringComparer.Ordinal);
        return chosen.Contains;
    }

    private static string Other(string label) => label switch { "yes" => "no", "no" => "yes", "0" => "1", _ => "0" };
}
