using System.Formats.Tar;
using System.Security.Cryptography;
using Emend.Engine.Journal;
using Emend.Engine.Privacy;

namespace Emend.Engine.Storage.Backup;

/// <summary>What was restored.</summary>
/// <param name="Manifest">The backup.</param>
/// <param name="ErasedAgain">Keys destroyed again, because they were destroyed after the backup was made.</param>
internal sealed record Restored(BackupManifest Manifest, int ErasedAgain);

/// <summary>Brings a backup back, once everything in it was checked: files, journals, states. Erasures made since are made again before anybody can read.</summary>
internal static class Restore
{
    /// <summary>Who erases again.</summary>
    public static readonly Actor Restorer = Actor.Policy("restore");

    /// <summary>Restores.</summary>
    /// <param name="from">The backup: folder or .tar.</param>
    /// <param name="data">Where to: a folder that does not exist or is empty.</param>
    /// <param name="registers">Registers of erasures that are newer than the backup; what is in any of them is destroyed.</param>
    /// <param name="clock">Clock.</param>
    /// <param name="cancel">Cancels; what was begun is removed.</param>
    /// <exception cref="StorageException">Something is in the way or does not verify; nothing was left behind.</exception>
    public static async Task<Restored> RunAsync(string from, string data, IReadOnlyList<string> registers, TimeProvider clock, CancellationToken cancel)
    {
        data = Path.GetFullPath(data);
        if (File.Exists(data) || (Directory.Exists(data) && Directory.EnumerateFileSystemEntries(data).Any()))
            throw new StorageException($"{data} is not empty: a restore never overwrites anything. Give another folder, or move this one away first");
        var erased = registers.SelectMany(ErasureRegister.Read).ToHashSet();

        var making = data + ".partial";
        if (Directory.Exists(making)) Directory.Delete(making, recursive: true);
        try
        {
            await FetchAsync(from, making, cancel).ConfigureAwait(false);
            var manifest = BackupManifest.Read(making);
            CheckFiles(making, manifest);
            erased.UnionWith(ErasureRegister.Read(Path.Combine(making, ErasureRegister.FileName)));
            File.Delete(Path.Combine(making, ErasureRegister.FileName));
            File.Delete(Path.Combine(making, BackupManifest.FileName));

            var again = 0;
            foreach (var workspace in manifest.Workspaces) again += await CheckAsync(making, workspace, erased, clock, cancel).ConfigureAwait(false);
            if (Directory.Exists(data)) Directory.Delete(data);
            Directory.Move(making, data);
            return new(manifest, again);
        }
        catch
        {
            if (Directory.Exists(making)) Directory.Delete(making, recursive: true);
            throw;
        }
    }

    private static async Task FetchAsync(string from, string to, CancellationToken cancel)
    {
        DataDirectory.CreatePrivate(to);
        if (File.Exists(from))
        {
            // Refuses by itself what would lead out of the folder.
            await TarFile.ExtractToDirectoryAsync(from, to, overwriteFiles: false, cancel).ConfigureAwait(false);
            return;
        }
        if (!Directory.Exists(from)) throw new StorageException($"there is no backup {from}");
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            cancel.ThrowIfCancellationRequested();
            var target = Path.Combine(to, Path.GetRelativePath(from, file));
            DataDirectory.CreatePrivate(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }

    private static void CheckFiles(string folder, BackupManifest manifest)
    {
        var there = BackUp.Listed(folder).ToDictionary(static file => file.Path, StringComparer.Ordinal);
        var problems = new List<string>();
        foreach (var file in manifest.Files)
        {
            if (!there.Remove(file.Path, out var found)) problems.Add($"{file.Path} is missing");
            else if (!CryptographicOperations.FixedTimeEquals(Convert.FromHexString(found.Sha256), Convert.FromHexString(file.Sha256))) problems.Add($"{file.Path} is not the file that was backed up");
        }
        problems.AddRange(there.Keys.Select(static path => $"{path} was not in the backup"));
        if (problems.Count > 0) throw new StorageException($"the backup is damaged or was altered; nothing was restored: {string.Join("; ", problems)}");
    }

    private static async Task<int> CheckAsync(string folder, BackedUpWorkspace expected, HashSet<(string Workspace, Guid Key)> erased, TimeProvider clock, CancellationToken cancel)
    {
        var engine = await EmendEngine.OpenAsync(new() { DataDirectory = folder, Workspace = expected.Name, Clock = clock }, cancel).ConfigureAwait(false);
        await using (engine.ConfigureAwait(false))
        {
            var audit = VerifyJournal.Run(engine.Store, null, cancel);
            if (!audit.IsSound) throw new StorageException($"the journal of workspace '{expected.Name}' does not verify; nothing was restored: {audit.Findings[0].What}");
            if (audit.Entries != expected.Entries || Convert.ToBase64String(BackUp.RootOf(engine.Store)) != expected.Root)
                throw new StorageException($"the journal of workspace '{expected.Name}' is not the one that was backed up; nothing was restored");
            if (StateDigest.Of(engine.Store) != expected.Digest)
                throw new StorageException($"the state of workspace '{expected.Name}' is not the one that was backed up; nothing was restored");
            return await EraseSubject.AgainAsync(engine.Store, erased.Where(one => one.Workspace == expected.Name).Select(static one => one.Key), Restorer, cancel).ConfigureAwait(false);
        }
    }
}
