using System.CommandLine;
using Emend.Cli.Output;
using Emend.Engine.Storage.Backup;

namespace Emend.Cli.Commands.Storage;

/// <summary><c>emend backup</c> and <c>emend restore</c>: the whole data directory, keys included.</summary>
internal static class BackupCommand
{
    private static readonly Argument<string> To = new("TO") { Description = "Folder or .tar file to make; never overwritten. Belongs on another disk: it holds the keys." };
    private static readonly Argument<string> From = new("FROM") { Description = "The backup, a folder or a .tar file." };
    private static readonly Option<string[]> Erasures = new("--erasures") { Description = "Register of erasures newer than the backup: erasures.jsonl, a newer backup, or the data directory that is replaced. May be given several times.", HelpName = "PATH" };
    private static readonly Option<bool> NoErasures = new("--no-later-erasures") { Description = "Nobody was erased after the backup was made." };

    public static Command Backup() =>
        new Verb("backup", "Back up the data directory, keys included, while a server may be writing it.", "emend backup /backups/emend-2026-01-05.tar --data emend-data").With(CommonOptions.Data).With(To).Does(BackupAsync);

    public static Command Restore() =>
        new Verb("restore", "Bring a backup back into an empty data directory, after checking everything in it; erasures made since are made again.", "emend restore /backups/emend-2026-01-05.tar --data emend-restored --erasures emend-data")
            .With(CommonOptions.Data).With(From).With(Erasures).With(NoErasures).Does(RestoreAsync);

    private static async Task<ExitCode> BackupAsync(Invocation run, CancellationToken cancel)
    {
        var manifest = await BackUp.RunAsync(run.Get(CommonOptions.Data).FullName, run.Get(To), TimeProvider.System, cancel);
        run.Terminal.Json(json =>
        {
            json.WriteStartObject();
            json.WriteString("backup", Path.GetFullPath(run.Get(To)));
            Write(json, manifest);
            json.WriteEndObject();
        });
        run.Terminal.Line($"{Path.GetFullPath(run.Get(To))}: {Format.Number(manifest.Files.Length)} files, {Format.Number(manifest.Files.Sum(static file => file.Size) >> 10)} KiB.");
        foreach (var workspace in manifest.Workspaces) run.Terminal.Line($"  {workspace.Name}: {Format.Number(workspace.Entries)} entries, state {Format.Digest(workspace.Digest)}");
        run.Terminal.Say("It holds the keys to everything personal: keep it as safe as the data, and no longer than your time for erasures (30 days).");
        return ExitCode.Done;
    }

    private static async Task<ExitCode> RestoreAsync(Invocation run, CancellationToken cancel)
    {
        var registers = run.Get(Erasures) ?? [];
        if (registers.Length == 0 && !run.Get(NoErasures))
        {
            throw new Failure(ExitCode.BadInput, "a backup brings back the keys of people who were erased after it was made",
                "give --erasures with something newer (the data directory that is replaced, a newer backup, erasures.jsonl), or say --no-later-erasures when nobody was erased since");
        }
        var restored = await Engine.Storage.Backup.Restore.RunAsync(run.Get(From), run.Get(CommonOptions.Data).FullName, registers, TimeProvider.System, cancel);
        run.Terminal.Json(json =>
        {
            json.WriteStartObject();
            json.WriteString("data", run.Get(CommonOptions.Data).FullName);
            json.WriteNumber("erasedAgain", restored.ErasedAgain);
            Write(json, restored.Manifest);
            json.WriteEndObject();
        });
        run.Terminal.Line($"{run.Get(CommonOptions.Data).FullName} is as it was on {restored.Manifest.CreatedAt:u}: files, journals and states verify.");
        if (restored.ErasedAgain > 0) run.Terminal.Line($"  {restored.ErasedAgain} keys that were destroyed since are destroyed again.");
        return ExitCode.Done;
    }

    private static void Write(System.Text.Json.Utf8JsonWriter json, BackupManifest manifest)
    {
        json.WriteString("createdAt", manifest.CreatedAt.UtcDateTime);
        json.WriteNumber("files", manifest.Files.Length);
        json.WriteNumber("bytes", manifest.Files.Sum(static file => file.Size));
        json.WriteStartArray("workspaces");
        foreach (var workspace in manifest.Workspaces)
        {
            json.WriteStartObject();
            json.WriteString("name", workspace.Name);
            json.WriteNumber("entries", workspace.Entries);
            json.WriteString("root", workspace.Root);
            json.WriteString("digest", workspace.Digest);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }
}
