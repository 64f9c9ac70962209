using Emend.Engine.Learning;
using Emend.Engine.Learning.DataSets;
using Emend.Engine.Learning.Models;
using Emend.Engine.Normalizing;
using Emend.Engine.Tests.Learning.Features;
using Emend.Engine.Trust;
using Emend.Logic;
using Emend.Logic.Conditions;
using Emend.Logic.Corrector;

namespace Emend.Engine.Tests.Learning.DataSets;

public class Fixing_a_data_set
{
    [Fact]
    public async Task names_the_same_rulings_the_same_in_whatever_order_they_arrived()
    {
        var seed = Environment.TickCount;
        await using var one = await FeatureWorld.OpenAsync();
        await using var other = await FeatureWorld.OpenAsync();
        var signals = Lives.Signals(new Random(seed), one.Now, 25);
        foreach (var signal in signals) await one.GiveAsync(signal);
        var shuffled = signals.ToArray();
        new Random(seed + 1).Shuffle(shuffled);
        foreach (var signal in shuffled) await other.GiveAsync(signal);
        var (set, counts) = await FixAsync(one);
        Assert.True(set.Digest == (await FixAsync(other)).Set.Digest, $"seed {seed}");
        Assert.Equal(counts.Judged, counts.Used + counts.LeftOut.Values.Sum());

        // Again: the same one, and nothing new in the journal.
        var size = one.Engine.Store.Size;
        Assert.Equal(set.Digest, (await FixAsync(one)).Set.Digest);
        Assert.Equal(size, one.Engine.Store.Size);
        Assert.Equal([set.Digest], one.Engine.DataSets.All().Select(static s => s.Digest));
    }

    [Fact]
    public async Task stays_what_it_was_when_more_is_ruled()
    {
        await using var world = await FeatureWorld.OpenAsync();
        await TellAsync(world, "d-1", "cards");
        var (before, _) = await FixAsync(world);
        await TellAsync(world, "d-2", "fraud");
        var (after, _) = await FixAsync(world);
        Assert.NotEqual(before.Digest, after.Digest);
        Assert.Equal((1, 2), (before.Rows, after.Rows));
        Assert.Equal(["d-1"], Rows(world, before).Select(static row => row.Decision.Id));
        Assert.Equal(["d-1", "d-2"], Rows(world, after).Select(static row => row.Decision.Id));
    }

    [Fact]
    public async Task loses_what_is_withdrawn_or_erased_afterwards_and_says_so()
    {
        await using var world = await FeatureWorld.OpenAsync();
        await TellAsync(world, "d-1", "cards", subject: "s-1");
        var withdrawn = await TellAsync(world, "d-2", "fraud");
        await TellAsync(world, "d-3", "cards");
        var (set, _) = await FixAsync(world);
        await world.WithdrawAsync(withdrawn);
        await world.EraseAsync("s-1");
        var digest = new DataSetDigest();
        foreach (var row in Rows(world, set)) digest.Add(row);
        Assert.Equal(1, digest.Count);
        Assert.NotEqual(set.Digest, digest.Done());
    }

    [Fact]
    public async Task may_be_narrowed_by_a_condition()
    {
        await using var world = await FeatureWorld.OpenAsync();
        await TellAsync(world, "d-1", "cards", channel: "chat");
        await TellAsync(world, "d-2", "fraud", channel: "mail");
        var (set, counts) = await FixAsync(world, "channel == \"mail\"");
        Assert.Equal((1, 1), (set.Rows, counts.LeftOut[DataSetRegistry.Filtered]));
        Assert.Equal(["d-2"], Rows(world, set).Select(static row => row.Decision.Id));
        Assert.IsType<DataSetIsEmpty>(Assert.IsType<Answer<(DataSet, RowCounts)>.Refused>(
            await world.Engine.FixDataSet.HandleAsync(new FixDataSet("router", ConditionText.Parse("channel == \"fax\""), FeatureWorld.Ada), null, default)).Why);
    }

    [Fact]
    public async Task is_what_a_candidate_is_built_from_and_its_model_is_traced_to()
    {
        await using var world = await FeatureWorld.OpenAsync();
        // Right as often as wrong: too little for a corrector of its own.
        for (var i = 0; i < 12; i++) await TellAsync(world, "d-" + i, i % 2 == 0 ? "cards" : null);
        var prepared = Assert.IsType<Answer<PreparedCandidate>.Granted>(await world.Engine.Prepare.HandleAsync(new PrepareCandidate("router", FeatureWorld.Ada), default)).Value;
        var set = Assert.IsType<Answer<DataSet>.Granted>(world.Engine.DataSets.Find(world.Engine.DataSets.Of(prepared.Digest)!)).Value;
        Assert.Equal([prepared.Digest], set.Bundles.AsEnumerable());
        var whole = new DataSetDigest();
        foreach (var row in Rows(world, set)) whole.Add(row);
        Assert.Equal(set.Digest, whole.Done());
        Assert.Equal(set.Digest, (await FixAsync(world)).Set.Digest);

        // The same bundle with a corrector, as one that was trained would hold it.
        var source = world.Engine.Source;
        var agent = world.Engine.Agents.Find("router")!;
        var snapshot = source.SnapshotNow(agent, LearnerPreset.Careful);
        var cases = source.Cases(snapshot);
        var trained = prepared.Built with { Bundle = prepared.Built.Bundle with { Corrector = Corrector } };
        var model = Assert.IsType<Answer<PreparedCandidate>.Granted>(await world.Engine.Prepare.RegisterAsync(snapshot, trained, cases, FeatureWorld.Ada, default)).Value;
        var only = Assert.Single(world.Engine.Models.All());
        Assert.Equal((set.Digest, Model.DigestOf(Corrector)), (only.DataSet, only.Digest));
        Assert.Equal([model.Digest], only.Versions.Select(static version => version.Bundle.Digest));
        Assert.Equal(Corrector, world.Engine.Models.Text(only));
        Assert.Equal(only.Digest, Assert.IsType<Answer<Model>.Granted>(world.Engine.Models.Find(only.Digest["sha256:".Length..][..12])).Value.Digest);
        Assert.IsType<ModelIsUnknown>(Assert.IsType<Answer<Model>.Refused>(world.Engine.Models.Find("0000")).Why);
    }

    [Fact]
    public async Task holds_what_learners_see_and_counts_what_they_do_not()
    {
        await using var world = await FeatureWorld.OpenAsync();
        foreach (var id in new[] { "d-1", "d-2" }) await TellAsync(world, id, "cards");
        // A gold item since before, one that becomes one afterwards, and what only somebody in quarantine spoke of.
        foreach (var id in new[] { "gold", "gold later" }) await TellAsync(world, id, "cards");
        await TellAsync(world, "hers", "fraud", by: "mallory");
        await GoldAsync(world, "gold", "cards");
        Assert.IsType<Answer<QuarantinePreview>.Granted>(await world.Engine.Quarantines.HandleAsync(new QuarantineSubmitter("mallory", "odd", new("mira")), default));

        var (set, counts) = await FixAsync(world);
        Assert.Equal(["d-1", "d-2", "gold later"], Rows(world, set).Select(static row => row.Decision.Id));
        // What only they spoke of is judged by nobody, as if it had been taken back.
        Assert.Equal((4, 3, 1), (counts.Judged, counts.Used, counts.LeftOut[DataSetRegistry.Gold]));

        await GoldAsync(world, "gold later", "cards");
        var later = new RowCounts();
        Assert.Equal(["d-1", "d-2"], world.Engine.DataSets.Rows(set.Agent, set.Where, set.UpTo, later).Select(static row => row.Decision.Id));
        Assert.Equal((4, 2), (later.Judged, later.LeftOut[DataSetRegistry.Gold]));
        // Out of quarantine: what was fixed before stays as it was, what is fixed now has their word again.
        world.Clock.Move(TimeSpan.FromHours(1));
        Assert.IsType<Answer<Guid>.Granted>(await world.Engine.Quarantines.HandleAsync(new ReleaseSubmitter("mallory", "cleared up", new("mira")), default));
        var released = new RowCounts();
        Assert.Equal(["d-1", "d-2"], world.Engine.DataSets.Rows(set.Agent, set.Where, set.UpTo, released).Select(static row => row.Decision.Id));
        Assert.Equal((5, 1), (released.Judged, released.LeftOut[DataSetRegistry.Quarantined]));
        Assert.Equal(["d-1", "d-2", "hers"], Rows(world, (await FixAsync(world)).Set).Select(static row => row.Decision.Id));
    }

    [Fact]
    public async Task gives_every_ruling_the_weight_a_learner_gives_it()
    {
        await using var world = await FeatureWorld.OpenAsync();
        await TellAsync(world, "anns", "cards");
        await TellAsync(world, "hers", "cards", by: "tired");
        var (whole, _) = await FixAsync(world);
        for (var i = 0; i < 4; i++)
        {
            await TellAsync(world, "gold-" + i, i % 2 == 0 ? "cards" : "fraud", by: "tired");
            await GoldAsync(world, "gold-" + i, "cards");
        }
        var (set, _) = await FixAsync(world);
        var rows = Rows(world, set).ToDictionary(static row => row.Decision.Id, static row => row.Weight);
        Assert.Equal(1, rows["anns"]);
        Assert.InRange(rows["hers"], 0.01, 0.99);
        var source = world.Engine.Source;
        Assert.Equal(rows["hers"], source.Cases(source.SnapshotNow(set.Agent, LearnerPreset.Careful)).Single(static one => one.Decision.Id == "hers").Weight);
        Assert.NotEqual(whole.Digest, set.Digest);

        for (var i = 4; i < 10; i++)
        {
            await TellAsync(world, "gold-" + i, "fraud", by: "tired");
            await GoldAsync(world, "gold-" + i, "cards");
        }
        var (trusted, counts) = await FixAsync(world);
        Assert.Equal(["anns"], Rows(world, trusted).Select(static row => row.Decision.Id));
        Assert.Equal(1, counts.LeftOut[DataSetRegistry.NoWeight]);
    }

    private static async Task GoldAsync(FeatureWorld world, string decision, string answer) =>
        Assert.IsType<Answer<AgentAction>.Granted>(await world.Engine.Gold.HandleAsync(new AddGoldItem(decision, new(answer), "asked the owner", new("mira")), default));

    [Theory]
    [InlineData("abc")]
    [InlineData("sha256:")]
    [InlineData("ffffffffffff")]
    public async Task is_found_by_its_first_digits_only_when_they_say_which(string digits)
    {
        await using var world = await FeatureWorld.OpenAsync();
        await TellAsync(world, "d-1", "cards");
        var (set, _) = await FixAsync(world);
        Assert.Equal(set.Digest, Assert.IsType<Answer<DataSet>.Granted>(world.Engine.DataSets.Find(set.Digest[..15])).Value.Digest);
        Assert.IsType<DataSetIsUnknown>(Assert.IsType<Answer<DataSet>.Refused>(world.Engine.DataSets.Find(digits)).Why);
    }

    private static readonly string Corrector = CorrectorJson.Write(new()
    {
        Answers = [new("cards", 5, IsCertified: true)],
        Odds = [0, 0, -6, 6, 0, 0, 0, 0, 0, 0, 0, 0],
        Reviewed = 12,
        Record = new(12, 6),
        Threshold = 0.8,
        Certificate = new(0.13, 0.05, 60, 2, 7, 1_000_000, 2_000_000),
    });

    /// <summary>A decision somebody corrected: the fast lane rules on it.</summary>
    internal static async Task<string> TellAsync(FeatureWorld world, string id, string? action, string channel = "chat", string? subject = null, string by = "ann")
    {
        await world.GiveAsync(FeatureWorld.Decision(id, "billing", world.Now, channel, subject));
        var correction = FeatureWorld.Correction(id, action is null ? CorrectionVerdict.Confirm : CorrectionVerdict.Modify, action, by, world.Now);
        await world.GiveAsync(correction);
        return correction.Id;
    }

    internal static async Task<(DataSet Set, RowCounts Counts)> FixAsync(FeatureWorld world, string? where = null) =>
        Assert.IsType<Answer<(DataSet, RowCounts)>.Granted>(
            await world.Engine.FixDataSet.HandleAsync(new FixDataSet("router", where is null ? Condition.Always : ConditionText.Parse(where), FeatureWorld.Ada), null, default)).Value;

    private static List<LearningCase> Rows(FeatureWorld world, DataSet set) => [.. world.Engine.DataSets.Rows(set.Agent, set.Where, set.UpTo, new RowCounts())];
}
