using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Emend.Client;

/// <summary>Puts Emend into a host.</summary>
public static class ClientModule
{
    /// <summary>Adds <see cref="EmendClient"/> as a singleton, opened when it is first asked for, started and stopped with the host. Wrong options stop the start, with everything that is wrong.</summary>
    public static IServiceCollection AddEmend(this IServiceCollection services, Action<EmendClientOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configure);
        services.AddOptions<EmendClientOptions>().Configure(configure);
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<EmendClientOptions>, OptionsCheck>());
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(static all => EmendClient.Open(
            all.GetRequiredService<IOptions<EmendClientOptions>>().Value, all.GetService<ILogger<EmendClient>>(), all.GetRequiredService<TimeProvider>()));
        services.AddSingleton<IHostedService, Starter>();
        return services;
    }

    private sealed class OptionsCheck : IValidateOptions<EmendClientOptions>
    {
        public ValidateOptionsResult Validate(string? name, EmendClientOptions options) =>
            options.Problems() is { Count: > 0 } problems ? ValidateOptionsResult.Fail(problems) : ValidateOptionsResult.Success;
    }

    private sealed class Starter(EmendClient emend) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken)
        {
            emend.Start();
            return Task.CompletedTask;
        }

        public async Task StopAsync(CancellationToken cancellationToken) => await emend.DisposeAsync().ConfigureAwait(false);
    }
}
