using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;

namespace Emend.Client.AI;

/// <summary>Middleware that puts every function among a request's tools under Emend. Stands outside whatever invokes functions, so that what is invoked is already governed.</summary>
public sealed class GovernedChatClient(IChatClient innerClient, EmendClient emend, ToolGovernance? how = null) : DelegatingChatClient(innerClient)
{
    /// <inheritdoc/>
    public override Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        base.GetResponseAsync(messages, Governed(options), cancellationToken);

    /// <inheritdoc/>
    public override async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (var update in base.GetStreamingResponseAsync(messages, Governed(options), cancellationToken).ConfigureAwait(false)) yield return update;
    }

    private ChatOptions? Governed(ChatOptions? options)
    {
        if (options?.Tools is not { Count: > 0 } tools) return options;
        // The caller's options stay as they are: the next request brings them again.
        var governed = options.Clone();
        var byName = tools.OfType<AIFunction>().GroupBy(static tool => tool.Name, StringComparer.Ordinal).ToDictionary(static group => group.Key, static group => group.First(), StringComparer.Ordinal);
        governed.Tools = [.. tools.Select(tool => tool is AIFunction function && function is not GovernedFunction ? new GovernedFunction(function, emend, how, byName.GetValueOrDefault) : tool)];
        return governed;
    }
}

/// <summary>Puts Emend into a chat pipeline.</summary>
public static class ChatClientModule
{
    /// <summary>Wraps a pipeline that invokes functions, so that each call is decided on first.</summary>
    public static IChatClient WithEmend(this IChatClient client, EmendClient emend, ToolGovernance? how = null) => new GovernedChatClient(client, emend, how);

    /// <summary>Wraps one function, for pipelines that do not go through a chat client.</summary>
    public static AIFunction WithEmend(this AIFunction function, EmendClient emend, ToolGovernance? how = null) => new GovernedFunction(function, emend, how);
}
