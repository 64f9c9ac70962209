using Emend.Engine;
using Emend.Engine.Journal;
using Emend.Engine.Serving;
using Emend.Logic;
using Emend.Logic.Conditions;
using Emend.Logic.Rules;
using Emend.TestKit;

namespace Emend.Client.Tests;

/// <summary>A workspace that releases bundles for agent <c>router</c>, and clients that trust it.</summary>
internal sealed class World : IAsyncDisposable
{
    private int _folders;

    private World(TemporaryFolder folder, EmendEngine engine, string releaseKey, string journalKey)
    {
        (Folder, Engine, ReleaseKey, JournalKey) = (folder, engine, releaseKey, journalKey);
        Walk = new(engine.Store, engine.Ledger, "router");
    }

    public TemporaryFolder Folder { get; }
    public EmendEngine Engine { get; }
    public ReleaseWalk Walk { get; }
    public string ReleaseKey { get; }
    public string JournalKey { get; }

    public static CancellationToken Patience => new CancellationTokenSource(TimeSpan.FromSeconds(60)).Token;

    public static async Task<World> OpenAsync()
    {
        var folder = new TemporaryFolder();
        var engine = await EmendEngine.OpenAsync(new() { DataDirectory = Path.Combine(folder.Path, "data") }, CancellationToken.None);
        await SignCheckpoint.SignAsync(engine.Store, CancellationToken.None);
        return new(folder, engine, engine.Publish.Verifier.ToString(), await File.ReadAllTextAsync(engine.Store.Files.VerifierKey));
    }

    public string NewState() => Path.Combine(Folder.Path, "state-" + ++_folders);

    public EmendClientOptions Options(string? state = null, Uri? server = null)
    {
        var options = new EmendClientOptions
        {
            Agent = "router",
            StateFolder = state ?? NewState(),
            Server = server,
            FirstPause = TimeSpan.FromMilliseconds(1),
            LongestPause = TimeSpan.FromMilliseconds(20),
        };
        options.ReleaseKeys.Add(ReleaseKey);
        options.JournalKeys.Add(JournalKey);
        return options;
    }

    /// <summary>A client whose requests go to <paramref name="server"/>; not started.</summary>
    public EmendClient Client(FakeServer server, Action<EmendClientOptions>? with = null, string? state = null, TimeProvider? clock = null)
    {
        var options = Options(state, new Uri("http://127.0.0.1:1"));
        with?.Invoke(options);
        return EmendClient.Open(options, clock: clock, handler: server);
    }

    public Task<SignedManifest> SignAsync() => Engine.Publish.SignAsync("router", CancellationToken.None);

    public static Rule Override(string topic, string action) => new()
    {
        Id = $"r-{topic}-{action}",
        When = new Predicate(Operand.Feature("topic"), Comparison.Eq, FeatureValue.Of(topic)),
        Effect = RuleEffect.Override,
        Action = action,
    };

    public static Bundle Bundle(params Rule[] rules) => new() { Agent = "router", Rules = [.. rules] };

    public static Proposal About(string topic, string? subject = null, string? id = null) =>
        new(Context.Of([new("topic", FeatureValue.Of(topic))]), new("a")) { Subject = subject, DecisionId = id };

    public async ValueTask DisposeAsync()
    {
        await Engine.DisposeAsync();
        Folder.Dispose();
    }
}
