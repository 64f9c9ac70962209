using System.Collections.Immutable;
using System.Globalization;
using Emend.Engine.Access;
using Emend.Engine.Journal;
using Emend.Engine.Storage;

namespace Emend.Engine.Messaging;

internal sealed record WebhookIsUnknown(string Id) : Refusal("webhook.unknown", $"there is no webhook '{Id}'; `emend webhooks list` shows those there are");

internal sealed record WebhookUrlIsWrong(string Problem) : Refusal("webhook.url-wrong", $"the address {Problem}");

internal sealed record WebhookTypeIsUnknown(string Type)
    : Refusal("webhook.type-unknown", $"there are no events of type '{Type}'; there are {string.Join(", ", EventCatalogue.Types)}");

/// <summary>Asks that events are sent to an address.</summary>
/// <param name="Url">Where to.</param>
/// <param name="Types">Which; empty: all.</param>
/// <param name="By">Who asks.</param>
internal sealed record AddWebhook(string Url, ImmutableArray<string> Types, Actor By)
{
    internal static Answer<Uri> Decide(AddWebhook ask, WebhookOptions options)
    {
        foreach (var type in ask.Types)
            if (!EventCatalogue.Types.Contains(type, StringComparer.Ordinal)) return new WebhookTypeIsUnknown(type);
        return WebhookUrl.Parse(ask.Url, options, out var problem) is { } url ? url : new WebhookUrlIsWrong(problem);
    }
}

/// <summary>A webhook and its secret, which is shown this once.</summary>
internal sealed record WebhookWithSecret(Webhook Webhook, string Secret);

/// <summary>Adds and removes webhooks and changes their secrets; each change is an entry of the journal.</summary>
internal sealed class ManageWebhooksHandler(SqliteWorkspaceStore store, Webhooks webhooks, WebhookSecrets secrets, TimeProvider clock)
{
    /// <summary>Adds one.</summary>
    public async Task<Answer<WebhookWithSecret>> AddAsync(AddWebhook ask, WebhookOptions options, CancellationToken cancel)
    {
        if (ask.By.Lacks(Permission.WebhookManage) is { } no) return no;
        var answer = AddWebhook.Decide(ask, options);
        if (answer is not Answer<Uri>.Granted(var url)) return ((Answer<Uri>.Refused)answer).Why;
        var secret = WebhookSignature.NewSecret();
        var id = "wh-" + Guid.CreateVersion7(clock.GetUtcNow()).ToString("N", CultureInfo.InvariantCulture);
        // The secret comes first: a webhook without one could not sign. One without a webhook does no harm.
        secrets.Keep(id, secret);
        var fields = new RecordFields().Text("host", url.DnsSafeHost).List("types", ask.Types).Text(WebhookProjection.Url, url.AbsoluteUri, FieldClass.Sensitive);
        await AppendAsync(WebhookProjection.Added, fields, id, ask.By, cancel).ConfigureAwait(false);
        return new WebhookWithSecret(webhooks.Find(id)!, WebhookSignature.Show(secret));
    }

    /// <summary>Gives one a new secret; the one until now signs along for the time of overlap.</summary>
    public async Task<Answer<WebhookWithSecret>> RotateAsync(string id, Actor by, CancellationToken cancel)
    {
        if (by.Lacks(Permission.WebhookManage) is { } no) return no;
        if (webhooks.Find(id) is null) return new WebhookIsUnknown(id);
        var secret = WebhookSignature.NewSecret();
        secrets.Rotate(id, secret);
        await AppendAsync(WebhookProjection.Rotated, new(), id, by, cancel).ConfigureAwait(false);
        return new WebhookWithSecret(webhooks.Find(id)!, WebhookSignature.Show(secret));
    }

    /// <summary>Removes one, its secrets and whatever waits for it.</summary>
    public async Task<Answer<Webhook>> RemoveAsync(string id, Actor by, CancellationToken cancel)
    {
        if (by.Lacks(Permission.WebhookManage) is { } no) return no;
        if (webhooks.Find(id) is not { } webhook) return new WebhookIsUnknown(id);
        await AppendAsync(WebhookProjection.Removed, new(), id, by, cancel, static (work, id) => work.Command(OutboxSql.DropAll).Bind("@webhook", id).ExecuteNonQuery()).ConfigureAwait(false);
        secrets.Forget(id);
        return webhook;
    }

    private Task<long> AppendAsync(string type, RecordFields fields, string id, Actor by, CancellationToken cancel, Action<UnitOfWork, string>? also = null)
    {
        var draft = store.Seal(new() { Type = type, Actor = by, Records = [fields.Text("webhook", id).Record(id)] });
        return store.WriteAsync(
            work =>
            {
                also?.Invoke(work, id);
                return work.Append(draft).Index;
            },
            cancel);
    }
}
