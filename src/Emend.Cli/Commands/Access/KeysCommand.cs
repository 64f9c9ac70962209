using System.CommandLine;
using System.Text.Json;
using Emend.Cli.Output;
using Emend.Engine;
using Emend.Engine.Access;
using Emend.Engine.Storage;
using Emend.Logic;
using Spectre.Console;

namespace Emend.Cli.Commands.Access;

/// <summary><c>emend keys</c>: who may talk to the server. Works while a server runs: keys lie beside the workspaces, not in them.</summary>
internal static class KeysCommand
{
    private static readonly Argument<string> Name = new("NAME") { Description = "Whom the key speaks for: the name that stands in the journal." };
    private static readonly Argument<string> Id = new("KEY") { Description = "Id of the key: the part between emk_ and the next _." };
    private static readonly Option<string[]> RoleNames = new("--role") { Description = $"What it may do; may be given several times: {string.Join(", ", Roles.All)}.", HelpName = "ROLE", Required = true };
    private static readonly Option<bool> Service = new("--service") { Description = "It is a machine's: it may send what other people said, and never approves." };
    private static readonly Option<int> Days = new("--days") { Description = "Days it lasts, at most 90.", DefaultValueFactory = static _ => (int)ApiKey.LongestLife.TotalDays, HelpName = "N" };
    private static readonly Option<int> Overlap = new("--overlap-hours") { Description = "Hours the old key stays good, at most 168.", DefaultValueFactory = static _ => 24, HelpName = "N" };

    public static Command Build() => Noun.Of(
        "keys",
        "API keys of the server: issue, rotate, revoke. Works while the server runs.",
        new Verb("add", "Issue a key and show it, this once.", "emend keys add support-bot --service --role agent --role submitter --days 30").OnStore().With(Name).With(RoleNames).With(Service).With(Days).Does(AddAsync),
        new Verb("list", "Keys of all workspaces, without their secrets.", "emend keys list").OnStore().Does(ListAsync),
        new Verb("rotate", "Issue a successor; the old key stays good for the overlap.", "emend keys rotate 0a1b2c3d4e5f --overlap-hours 1").OnStore().With(Id).With(Overlap).Does(RotateAsync),
        new Verb("revoke", "End a key at once.", "emend keys revoke 0a1b2c3d4e5f").OnStore().With(Id).Does(RevokeAsync));

    private static async Task<ExitCode> AddAsync(Invocation run, CancellationToken cancel)
    {
        var roles = new List<Role>();
        foreach (var name in run.Get(RoleNames))
            roles.Add(Roles.Of(name) ?? throw new Failure(ExitCode.BadInput, $"there is no role '{name}'", $"there are {string.Join(", ", Roles.All)}"));
        using var keys = Open(run);
        var ask = new IssueKey(run.Get(Name), run.Get(CommonOptions.Workspace), [.. roles], run.Actor) { IsService = run.Get(Service), Life = TimeSpan.FromDays(run.Get(Days)), IsLocal = true };
        var issued = Invocation.Take(keys.Issue(ask));
        await JournalAsync(run, keys, cancel);
        return Show(run, issued);
    }

    private static async Task<ExitCode> RotateAsync(Invocation run, CancellationToken cancel)
    {
        using var keys = Open(run);
        var issued = Invocation.Take(keys.Rotate(run.Get(Id), TimeSpan.FromHours(run.Get(Overlap)), run.Actor));
        await JournalAsync(run, keys, cancel);
        return Show(run, issued);
    }

    private static async Task<ExitCode> RevokeAsync(Invocation run, CancellationToken cancel)
    {
        using var keys = Open(run);
        var ended = Invocation.Take(keys.Revoke(run.Get(Id), run.Actor));
        await JournalAsync(run, keys, cancel);
        run.Terminal.Json(json => Write(json, ended));
        run.Terminal.Line($"key {ended.Id} of {ended.Name} is revoked; a running server notices within a second.");
        return ExitCode.Done;
    }

    private static Task<ExitCode> ListAsync(Invocation run, CancellationToken cancel)
    {
        using var keys = Open(run);
        var all = keys.All();
        var now = Microseconds.Of(TimeProvider.System.GetUtcNow());
        run.Terminal.Json(json =>
        {
            json.WriteStartArray();
            foreach (var key in all) Write(json, key);
            json.WriteEndArray();
        });
        var table = Terminal.Table("key", "holder", "workspace", "roles", "state", "until", "last used");
        foreach (var key in all)
        {
            table.AddRow(
                key.Id, Terminal.Escape(key.Name + (key.IsService ? " (service)" : "")), key.Workspace, string.Join(", ", key.Roles.Select(static role => role.Name())),
                key.IsLiveAt(now) ? "good" : key.RevokedAt is null ? "over" : "revoked", Format.Instant(key.ExpiresAt), key.LastUsedAt is { } used ? Format.Instant(used) : "-");
        }
        if (all.IsEmpty) run.Terminal.Line("No keys yet: emend keys add NAME --role ROLE");
        else run.Terminal.Show(table);
        return Task.FromResult(ExitCode.Done);
    }

    private static ApiKeys Open(Invocation run) => ApiKeys.Open(DataDirectory.Open(run.Get(CommonOptions.Data).FullName), TimeProvider.System);

    // What happened belongs into the journal. When a server holds it, the server takes it over within a second.
    private static async Task JournalAsync(Invocation run, ApiKeys keys, CancellationToken cancel)
    {
        try
        {
            var engine = await run.EngineAsync(cancel);
            await engine.Access.TakeOverAsync(keys, run.Get(CommonOptions.Workspace), cancel);
        }
        catch (WorkspaceIsInUseException)
        {
            run.Terminal.Say("[grey]the workspace is in use: its server journals this[/]");
        }
    }

    private static ExitCode Show(Invocation run, IssuedKey issued)
    {
        run.Terminal.Json(json => Write(json, issued.Key, issued.Text));
        run.Terminal.Line(issued.Text);
        run.Terminal.Say($"[grey]Shown this once. It speaks for {Terminal.Escape(issued.Key.Name)} in workspace {issued.Key.Workspace} until {Format.Instant(issued.Key.ExpiresAt)}.[/]");
        return ExitCode.Done;
    }

    private static void Write(Utf8JsonWriter json, ApiKey key, string? text = null)
    {
        json.WriteStartObject();
        json.WriteString("id", key.Id);
        if (text is not null) json.WriteString("key", text);
        json.WriteString("holder", key.Name);
        json.WriteBoolean("service", key.IsService);
        json.WriteString("workspace", key.Workspace);
        json.WriteStartArray("roles");
        foreach (var role in key.Roles) json.WriteStringValue(role.Name());
        json.WriteEndArray();
        json.WriteString("createdAt", CanonicalJson.Instant(key.CreatedAt));
        json.WriteString("createdBy", key.CreatedBy);
        json.WriteString("expiresAt", CanonicalJson.Instant(key.ExpiresAt));
        if (key.RevokedAt is { } revoked) json.WriteString("revokedAt", CanonicalJson.Instant(revoked));
        if (key.LastUsedAt is { } used) json.WriteString("lastUsedAt", CanonicalJson.Instant(used));
        json.WriteEndObject();
    }
}
