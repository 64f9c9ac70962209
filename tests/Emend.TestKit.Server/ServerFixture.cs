using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Emend.Engine;
using Emend.Engine.Access;
using Emend.Server;
using Emend.Server.Access;
using Emend.Server.Operating;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Emend.TestKit;

/// <summary>The real server on a free port of the loopback address and a temporary data directory; gone after the test.</summary>
internal sealed class ServerFixture : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly TemporaryFolder? _folder;
    private readonly Dictionary<string, HttpClient> _clients = new(StringComparer.Ordinal);
    private int _names;

    private ServerFixture(EmendServer server, string data, TemporaryFolder? folder)
    {
        (Server, Data, _folder) = (server, data, folder);
        Address = server.Addresses[0];
        Anonymous = new() { BaseAddress = Address, Timeout = Patience };
    }

    /// <summary>The server.</summary>
    public EmendServer Server { get; }

    /// <summary>Its data directory.</summary>
    public string Data { get; }

    /// <summary>Where it listens.</summary>
    public Uri Address { get; }

    /// <summary>A client without a key.</summary>
    public HttpClient Anonymous { get; }

    /// <summary>The keys of the installation.</summary>
    public ApiKeys Keys => Server.Services.GetRequiredService<ApiKeys>();

    /// <summary>Starts one.</summary>
    /// <param name="with">Changes the options, e.g. the clock or limits.</param>
    /// <param name="data">A data directory that outlives it; null: a temporary one.</param>
    /// <param name="moreRoutes">Routes of the test's own.</param>
    /// <param name="clock">Its clock; null: the system's.</param>
    public static async Task<ServerFixture> StartAsync(Func<ServerOptions, ServerOptions>? with = null, string? data = null, Action<IEndpointRouteBuilder>? moreRoutes = null, TimeProvider? clock = null)
    {
        var folder = data is null ? new TemporaryFolder() : null;
        try
        {
            // Clients of tests keep their connections; nobody is there who would have to be refused gently.
            var options = new ServerOptions { DataDirectory = data ?? folder!.Path, Urls = ["http://127.0.0.1:0"], DrainFor = TimeSpan.Zero, Clock = clock ?? TimeProvider.System };
            return new(await EmendServer.StartAsync(with?.Invoke(options) ?? options, CancellationToken.None, moreRoutes), options.DataDirectory, folder);
        }
        catch
        {
            folder?.Dispose();
            throw;
        }
    }

    /// <summary>The engine of a workspace.</summary>
    public async Task<EmendEngine> EngineAsync(string workspace = "default") => await Server.Services.GetRequiredService<Workspaces>().OfAsync(workspace);

    /// <summary>Does at once what the server does every second: takes in changed keys, journals refusals.</summary>
    public Task SettleAsync() => Server.Services.GetRequiredService<AccessWorker>().RoundAsync(CancellationToken.None);

    /// <summary>Does at once what the server does every few seconds: looks for what needs somebody's attention.</summary>
    public Task WatchAsync() => Server.Services.GetRequiredService<WatchWorker>().RoundAsync(CancellationToken.None);

    /// <summary>Issues a key.</summary>
    /// <param name="name">Whom it speaks for.</param>
    /// <param name="roles">What it may do.</param>
    /// <param name="workspace">The workspace it opens.</param>
    /// <param name="isService">Whether it is a machine's.</param>
    public IssuedKey Key(string name, IEnumerable<Role> roles, string workspace = "default", bool isService = false) =>
        Keys.Issue(new(name, workspace, [.. roles], Actor.Policy("test")) { IsService = isService, IsLocal = true }) switch
        {
            Answer<IssuedKey>.Granted(var issued) => issued,
            Answer<IssuedKey>.Refused(var why) => throw new InvalidOperationException(why.Message),
            _ => throw new System.Diagnostics.UnreachableException(),
        };

    /// <summary>A client with a key of its own for these roles; the same one for the same question.</summary>
    public HttpClient Client(string name, params Role[] roles) => Client(name, "default", isService: false, roles);

    /// <summary>A client of an agent's process that also sends what people say.</summary>
    public HttpClient Service(string name = "helpdesk") => Client(name, "default", isService: true, Role.Agent, Role.Submitter);

    /// <inheritdoc cref="Client(string, Role[])"/>
    public HttpClient Client(string name, string workspace, bool isService, params Role[] roles)
    {
        var question = $"{name}|{workspace}|{isService}|{string.Join(',', roles)}";
        if (!_clients.TryGetValue(question, out var client)) _clients.Add(question, client = With(Key(name, roles, workspace, isService).Text));
        return client;
    }

    /// <summary>A client that sends this key. The fixture ends it.</summary>
    public HttpClient With(string key)
    {
        var client = new HttpClient { BaseAddress = Address, Timeout = Patience };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        _clients.Add($"#{_names++}", client);
        return client;
    }

    /// <summary>JSON as the body of a request.</summary>
    public static StringContent Json(string json) => new(json, Encoding.UTF8, "application/json");

    /// <summary>The body of an answer as JSON.</summary>
    public static async Task<JsonElement> JsonAsync(HttpResponseMessage response)
    {
        ArgumentNullException.ThrowIfNull(response);
        using var document = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        return document.RootElement.Clone();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Anonymous.Dispose();
        foreach (var client in _clients.Values) client.Dispose();
        await Server.DisposeAsync();
        _folder?.Dispose();
    }
}
