using Emend.Engine.Capturing;
using Emend.Engine.Journal;
using Emend.Engine.Learning.Features;
using Emend.Engine.Normalizing;
using Emend.Engine.Privacy;
using Emend.Engine.Reviewing;
using Emend.Logic;
using Emend.TestKit;

namespace Emend.Engine.Tests.Learning.Features;

/// <summary>A desk in a workspace of its own whose signals can be given at any time, and views over them.</summary>
internal sealed class FeatureWorld : IAsyncDisposable
{
    public static readonly Actor Ada = new("ada");

    /// <summary>By proposed action and channel, over six hours in grains of one, gone after four.</summary>
    public const string Desk = """
        {"name":"desk","about":"what the desk says","of":"corrections","where":"event.verdict != \"escalate\"","key":["proposed.action","channel"],"window":"6h","grain":"1h","ttl":"4h",
         "features":{"said":{"measure":"count"},"fixed":{"measure":"rate","hit":"event.verdict == \"modify\""},"to":{"measure":"last","value":"event.action"},
                     "people":{"measure":"distinct","value":"event.by"},"sure":{"measure":"mean","value":"confidence"}}}
        """;

    /// <summary>By whom decisions are about, for ever.</summary>
    public const string Customer = """
        {"name":"customer","of":"decisions","key":["subject"],"features":{"seen":{"measure":"count"},"actions":{"measure":"distinct","value":"proposed.action"},"last_action":{"measure":"last","value":"proposed.action"}}}
        """;

    /// <summary>For the whole workspace, over two days.</summary>
    public const string Sums = """
        {"name":"sums","of":"outcomes","where":"event.metric == \"cost\"","window":"2d","features":{"n":{"measure":"count"},"cost":{"measure":"mean","value":"event.value"},"dear":{"measure":"rate","hit":"event.value > 5"}}}
        """;

    public static AgentDefinition Router { get; } = new()
    {
        Id = "router",
        Actions = ["billing", "cards", "fraud"],
        Schema = new(1, [new("channel", FeatureKind.String, FieldClass.Internal)], IsOpen: true),
        Envelope = new() { IsOpen = true },
    };

    private FeatureWorld(EmendEngine engine) => Engine = engine;

    public TemporaryFolder Folder { get; private init; } = null!;
    public ManualClock Clock { get; private init; } = null!;
    public EmendEngine Engine { get; private set; }

    public static async Task<FeatureWorld> OpenAsync(params string[] views)
    {
        var (folder, clock) = (new TemporaryFolder(), new ManualClock());
        var world = new FeatureWorld(await EmendEngine.OpenAsync(new() { DataDirectory = folder.Path, Clock = clock }, default)) { Folder = folder, Clock = clock };
        Assert.IsType<Answer<AgentDefinition>.Granted>(await world.Engine.AgentHandler.HandleAsync(new RegisterAgent(Router, Ada), default));
        foreach (var view in views) await world.DefineAsync(view);
        return world;
    }

    public long Now => Microseconds.Of(Clock.Now);

    public async Task<FeatureView> DefineAsync(string definition, bool newVersion = false) =>
        Assert.IsType<Answer<FeatureView>.Granted>(await AskAsync(definition, newVersion)).Value;

    public async Task<Answer<FeatureView>> AskAsync(string definition, bool newVersion = false) =>
        FeatureViewJson.Read(definition) is Answer<FeatureView>.Granted(var view)
            ? await Engine.DefineFeatures.HandleAsync(new DefineFeatureView(view, Ada) { NewVersion = newVersion }, null, default)
            : FeatureViewJson.Read(definition);

    public async Task ReopenAsync()
    {
        await Engine.DisposeAsync();
        Engine = await EmendEngine.OpenAsync(new() { DataDirectory = Folder.Path, Clock = Clock }, default);
    }

    /// <summary>Gives a signal now.</summary>
    public async Task GiveAsync(object signal)
    {
        Acceptance[] results = signal switch
        {
            Decision decision => await Engine.Intake.Decisions.HandleAsync([decision], Ada, default),
            Correction correction => await Engine.Intake.Corrections.HandleAsync([correction], Ada, default),
            Outcome outcome => await Engine.Intake.Outcomes.HandleAsync([outcome], Ada, default),
            _ => throw new ArgumentException("no signal", nameof(signal)),
        };
        Assert.All(results, static result => Assert.True(result.Kind is AcceptanceKind.Accepted or AcceptanceKind.Parked, $"{result.Kind} {result.Why?.Message}"));
    }

    public async Task WithdrawAsync(string correction) =>
        Assert.IsType<Answer<CorrectionFacts>.Granted>(await Engine.Withdrawals.HandleAsync(new(correction, "a mistake", new("lead")), default));

    public Task EraseAsync(string subject) => EraseSubject.EraseAsync(Engine.Store, subject, "asked for", new("noor"), default);

    /// <summary>All values of a view for a key, as of an instant.</summary>
    public string[] AsOf(string view, long at, params (string Operand, FeatureValue Value)[] key)
    {
        var known = Known(view);
        var values = Assert.IsType<Answer<IReadOnlyList<FeatureValue[]>>.Granted>(Engine.FeaturesAsOf.OfAll(known, [Ask(known, at, key)], default)).Value;
        return [.. known.View.Series.Select((series, i) => $"{series.Feature.Name}={values[i][0]}")];
    }

    public FeatureAsk Ask(KnownView known, long at, params (string Operand, FeatureValue Value)[] key) => Assert.IsType<Answer<FeatureAsk>.Granted>(Engine.FeaturesAsOf.Ask(known, Key(key), at)).Value;

    /// <summary>All values of a view for a key now, as serving reads them.</summary>
    public string[] Latest(string view, params (string Operand, FeatureValue Value)[] key) =>
        [.. Assert.IsType<Answer<IReadOnlyList<Feature>>.Granted>(Engine.LatestFeatures.Of(Known(view), Key(key))).Value.Select(static feature => $"{feature.Name}={feature.Value}")];

    public KnownView Known(string view) => Assert.IsType<Answer<KnownView>.Granted>(Engine.FeatureViews.Find(view)).Value;

    public static Dictionary<string, FeatureValue> Key(params (string Operand, FeatureValue Value)[] key) => key.ToDictionary(static part => part.Operand, static part => part.Value, StringComparer.Ordinal);

    public static Decision Decision(string id, string action, long at, string channel = "chat", string? subject = null, double? confidence = 0.5) => new()
    {
        Id = id,
        OccurredAt = at,
        Agent = "router",
        Context = Context.Of([new("channel", FeatureValue.Of(channel))], null, "where is my money " + id),
        Proposed = new(action),
        Confidence = confidence,
        Subject = subject,
    };

    public static Correction Correction(string decision, CorrectionVerdict verdict, string? action, string by, long at) => CorrectionId.Sign(new()
    {
        Id = "",
        Key = $"{decision}-{by}-{at}",
        DecisionId = decision,
        Verdict = verdict,
        Action = action is null ? null : new(action),
        By = by,
        At = at,
    });

    public static Outcome Cost(string decision, double value, long at) => new() { DecisionId = decision, Metric = "cost", Value = value, At = at };

    public async ValueTask DisposeAsync()
    {
        await Engine.DisposeAsync();
        Folder.Dispose();
    }
}
