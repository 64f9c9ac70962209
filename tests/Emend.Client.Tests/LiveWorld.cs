using Emend.Engine;
using Emend.Engine.Access;
using Emend.TestKit;

namespace Emend.Client.Tests;

/// <summary>The real server on loopback, which may be closed and started again on the same data, and clients that find it wherever it listens.</summary>
internal sealed class LiveWorld : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly TimeProvider _clock;
    private int _states;
    private System.Text.Json.JsonElement? _keys;

    private LiveWorld(ServerFixture server, TimeProvider clock) => (Server, _clock) = (server, clock);

    public ServerFixture Server { get; private set; }
    public EmendEngine Engine { get; private set; } = null!;
    public ReleaseWalk Walk { get; private set; } = null!;
    public string Key { get; private set; } = "";

    public static async Task<LiveWorld> StartAsync(TimeProvider? clock = null)
    {
        var folder = new TemporaryFolder();
        clock ??= TimeProvider.System;
        var world = new LiveWorld(await ServerFixture.StartAsync(data: folder.Path, clock: clock), clock) { Data = folder };
        world.Key = world.Server.Key("router-process", [Role.Agent, Role.Submitter], isService: true).Text;
        await world.LookAsync();
        return world;
    }

    private TemporaryFolder Data { get; init; } = null!;

    public async Task StopAsync() => await Server.DisposeAsync();

    public async Task StartAgainAsync()
    {
        Server = await ServerFixture.StartAsync(data: Data.Path, clock: _clock);
        await LookAsync();
    }

    public async Task<EmendClient> ClientAsync(Action<EmendClientOptions>? with = null, string? state = null, TimeProvider? clock = null)
    {
        // Pinned once, as an agent does: later the server may be away.
        var keys = _keys ??= await ServerFixture.JsonAsync(await Server.With(Key).GetAsync(new Uri("v1/bundles/keys", UriKind.Relative)));
        var options = new EmendClientOptions
        {
            Agent = "router",
            ApiKey = Key,
            Server = new("http://127.0.0.1:1"),
            StateFolder = state ?? Path.Combine(_folder.Path, "state-" + ++_states),
            FirstPause = TimeSpan.FromMilliseconds(1),
            LongestPause = TimeSpan.FromMilliseconds(50),
        };
        options.ReleaseKeys.Add(keys.GetProperty("release").GetString()!);
        options.JournalKeys.Add(keys.GetProperty("journal").GetString()!);
        with?.Invoke(options);
        var client = EmendClient.Open(options, clock: clock, handler: new Finder(this));
        client.Start();
        return client;
    }

    /// <summary>Waits until something holds; what moves it is not this test's clock.</summary>
    public static async Task UntilAsync(Func<bool> holds)
    {
        var patience = World.Patience;
        using var look = new PeriodicTimer(TimeSpan.FromMilliseconds(2));
        while (!holds()) await look.WaitForNextTickAsync(patience);
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        Data.Dispose();
        _folder.Dispose();
    }

    private async Task LookAsync()
    {
        Engine = await Server.EngineAsync();
        Walk = new(Engine.Store, Engine.Ledger, "router");
        if (Engine.Agents.Find("router") is null)
            await Engine.AgentHandler.HandleAsync(new Emend.Engine.Normalizing.RegisterAgent(new() { Id = "router" }, Actor.Policy("test")), CancellationToken.None);
    }

    // The port changes with every start.
    private sealed class Finder(LiveWorld world) : DelegatingHandler(new SocketsHttpHandler())
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            request.RequestUri = new Uri(world.Server.Address, request.RequestUri!.PathAndQuery);
            return base.SendAsync(request, cancellationToken);
        }
    }
}
