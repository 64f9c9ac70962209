using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.Json.Serialization;
using Emend.Contracts;
using Emend.Engine;
using Emend.Engine.Access;
using Emend.Engine.Capturing.Logs;
using Emend.Server.Access;
using Emend.Server.Api;
using Emend.Server.Operating;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Emend.Server;

/// <summary>The server, composed: what runs, in which order a request passes it, and how it ends.</summary>
internal sealed class EmendServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private int _isDisposed;

    private EmendServer(WebApplication app, string? firstKey) => (_app, FirstKey) = (app, firstKey);

    /// <summary>Key of the first administrator; set only on the very first start of a data directory.</summary>
    public string? FirstKey { get; }

    /// <summary>Addresses it listens on, with the ports that were taken.</summary>
    public IReadOnlyList<Uri> Addresses => [.. _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Select(static address => new Uri(address))];

    /// <summary>Its parts, for tests and for those who host it.</summary>
    public IServiceProvider Services => _app.Services;

    /// <summary>Starts. Returns once it listens and its workspaces are open.</summary>
    /// <exception cref="InvalidOperationException">A route does not say who may use it, or the options are wrong.</exception>
    /// <exception cref="Engine.Storage.StorageException">The data directory cannot be used; the message says why.</exception>
    public static async Task<EmendServer> StartAsync(ServerOptions options, CancellationToken cancel, Action<IEndpointRouteBuilder>? moreRoutes = null)
    {
        if (options.Problems() is { Count: > 0 } problems) throw new InvalidOperationException(string.Join("\n", problems));
        var app = Compose(options);
        try
        {
            Map(app);
            moreRoutes?.Invoke(app);
            var endpoints = ((IEndpointRouteBuilder)app).DataSources.SelectMany(static source => source.Endpoints).ToList();
            RouteAccess.Check(endpoints);
            RouteIdempotency.Check(endpoints);
            var workspaces = app.Services.GetRequiredService<Workspaces>();
            await workspaces.OpenAllAsync();
            await workspaces.OfAsync(new EngineOptions { DataDirectory = options.DataDirectory }.Workspace);
            var first = FirstAdmin(app.Services.GetRequiredService<ApiKeys>());
            await app.StartAsync(cancel);
            return new(app, first);
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }
    }

    /// <summary>Whether it ended because a journal failed.</summary>
    public bool HasFailed { get; private set; }

    /// <summary>Waits until it is asked to end (SIGTERM, SIGINT).</summary>
    public async Task WaitAsync()
    {
        await _app.WaitForShutdownAsync();
        HasFailed = _app.Services.GetRequiredService<FailureWatch>().HasFailed;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0) return;
        // As a signal does it: requests end first, then the workers, then the stores they wrote to.
        _app.Lifetime.StopApplication();
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    private static WebApplication Compose(ServerOptions options)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.AddOperating(options);
        builder.WebHost.UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => Listen(kestrel, options));
        builder.Services
            .AddSingleton(options)
            .AddSingleton(options.Clock)
            .AddSingleton<Workspaces>()
            .AddSingleton(static services => ApiKeys.Open(services.GetRequiredService<Workspaces>().Directory, services.GetRequiredService<TimeProvider>()))
            .AddSingleton<RateLimits>()
            .AddSingleton<AccessWorker>()
            .AddHostedService(static services => services.GetRequiredService<AccessWorker>())
            .Configure<HostOptions>(host => host.ShutdownTimeout = options.StopWithin)
            // Or a body that does not bind would be answered with an empty 400.
            .Configure<RouteHandlerOptions>(static routes => routes.ThrowOnBadRequest = true)
            .ConfigureHttpJsonOptions(static json => BeStrict(json.SerializerOptions))
            .AddRequestTimeouts(timeouts => timeouts.DefaultPolicy = new() { Timeout = options.RequestTimeout })
            .AddRouting()
            .AddReference();
        return builder.Build();
    }

    private static void Map(WebApplication app)
    {
        app.UseOperating();
        app.UseMiddleware<FaultsToProblems>();
        app.UseRouting();
        app.Use(app.Services.GetRequiredService<Draining>().GateAsync);
        app.UseMiddleware<AccessGate>();
        app.UseRequestTimeouts();
        app.UseMiddleware<OncePerKey>();
        app.UseMiddleware<SecondPersonGate>();
        app.MapCapturing();
        app.MapAlerts();
        app.MapDrift();
        app.MapWebhooks();
        app.MapRecords();
        app.MapNormalizing();
        app.MapReviewing();
        app.MapTrust();
        app.MapLearning();
        app.MapFeatures();
        app.MapDataSets();
        app.MapRules();
        app.MapEvaluating();
        app.MapReleasing();
        app.MapJournal();
        app.MapAccess();
        app.MapProposals();
        app.MapReference();
        app.MapServing();
        app.MapGuidance();
    }

    private static void Listen(KestrelServerOptions kestrel, ServerOptions options)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = options.MaxBodyBytes;
        kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(15);
        var draining = kestrel.ApplicationServices.GetRequiredService<Draining>();
        foreach (var url in options.Urls.Select(static url => new Uri(url)))
        {
            kestrel.Listen(ServerOptions.Address(url) ?? IPAddress.Loopback, url.Port, listen =>
            {
                listen.Use(next => connection => draining.CountAsync(next, connection));
                if (url.Scheme == "https") listen.UseHttps(X509Certificate2.CreateFromPemFile(options.Certificate!, options.CertificateKey));
            });
        }
    }

    // Strictness set on a JsonSerializerContext does not reach minimal APIs; it has to be said here.
    private static void BeStrict(JsonSerializerOptions json)
    {
        json.TypeInfoResolverChain.Insert(0, ContractsJson.Default);
        json.PropertyNamingPolicy = JsonNamingPolicy.CamelCase;
        json.PropertyNameCaseInsensitive = false;
        json.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
        json.AllowDuplicateProperties = false;
        json.RespectNullableAnnotations = true;
        json.RespectRequiredConstructorParameters = true;
        json.NumberHandling = JsonNumberHandling.Strict;
        json.DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull;
        json.MaxDepth = LogLimits.MaxDepth;
    }

    private static string? FirstAdmin(ApiKeys keys)
    {
        if (!keys.All().IsEmpty) return null;
        var ask = new IssueKey("admin", new EngineOptions { DataDirectory = "" }.Workspace, [Role.Admin], Actor.Policy("first-start")) { IsLocal = true };
        return keys.Issue(ask) is Answer<IssuedKey>.Granted(var issued) ? issued.Text : throw new InvalidOperationException("the first key could not be issued");
    }
}
