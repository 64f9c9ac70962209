using System.Diagnostics;

namespace Emend.Server.Operating;

/// <summary>Gives every request a trace id, also when nobody collects traces: answers and the journal name it.</summary>
internal sealed class TraceIds : IDisposable
{
    private readonly ActivityListener _listener = new()
    {
        ShouldListenTo = static source => source.Name == "Microsoft.AspNetCore",
        // Ids only; whether more is recorded is up to whoever collects.
        Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.PropagationData,
    };

    public TraceIds() => ActivitySource.AddActivityListener(_listener);

    public void Dispose() => _listener.Dispose();
}
