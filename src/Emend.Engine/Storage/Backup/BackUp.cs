using System.Collections.Immutable;
using System.Formats.Tar;
using System.Security.Cryptography;
using Emend.Engine.Journal;
using Emend.Engine.Privacy;
using Microsoft.Data.Sqlite;

namespace Emend.Engine.Storage.Backup;

/// <summary>Copies a data directory, keys included, while a server writes it. Takes no lock and keeps nobody waiting.</summary>
/// <remarks>
/// Databases are copied with SQLite's backup interface, each as of one moment. Of a workspace the journal comes first and its key store
/// second: keys are durable before the entries that need them, so the copy has every key. Whatever went the other way in between (an
/// erasure, a signed checkpoint) shows when both are compared, and both are copied again.
/// </remarks>
internal static class BackUp
{
    private const int Attempts = 20;
    private static readonly string[] Passing = [".lock", "-wal", "-shm", "-journal", ".partial"];

    /// <summary>Makes a backup.</summary>
    /// <param name="data">The data directory.</param>
    /// <param name="to">A folder that does not exist or is empty, or a file that ends in <c>.tar</c> and does not exist.</param>
    /// <param name="clock">Clock.</param>
    /// <param name="cancel">Cancels; what was begun is removed.</param>
    /// <exception cref="StorageException">Something is in the way; the message says what.</exception>
    public static async Task<BackupManifest> RunAsync(string data, string to, TimeProvider clock, CancellationToken cancel)
    {
        if (!Directory.Exists(Path.Combine(data, "workspaces"))) throw new StorageException($"{data} is no data directory: it has no workspaces");
        var from = DataDirectory.Open(data);
        to = Path.GetFullPath(to);
        var isTar = to.EndsWith(".tar", StringComparison.OrdinalIgnoreCase);
        if (File.Exists(to) || (Directory.Exists(to) && (isTar || Directory.EnumerateFileSystemEntries(to).Any())))
            throw new StorageException($"{to} exists already; a backup never overwrites anything: give another name");
        if ((to + Path.DirectorySeparatorChar).StartsWith(from.Path + Path.DirectorySeparatorChar, StringComparison.Ordinal))
            throw new StorageException($"{to} lies inside the data directory: a backup belongs on another disk");

        // Made aside and renamed when it is whole: a backup that exists is complete.
        var making = to + ".partial";
        if (Directory.Exists(making)) Directory.Delete(making, recursive: true);
        try
        {
            DataDirectory.CreatePrivate(making);
            var manifest = await FillAsync(from, making, clock, cancel).ConfigureAwait(false);
            if (isTar)
            {
                await TarFile.CreateFromDirectoryAsync(making, to + ".tmp", includeBaseDirectory: false, cancel).ConfigureAwait(false);
                if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(to + ".tmp", UnixFileMode.UserRead | UnixFileMode.UserWrite);
                Flush(to + ".tmp");
                File.Move(to + ".tmp", to);
                Directory.Delete(making, recursive: true);
            }
            else
            {
                if (Directory.Exists(to)) Directory.Delete(to);
                Directory.Move(making, to);
            }
            return manifest;
        }
        catch
        {
            File.Delete(to + ".tmp");
            if (Directory.Exists(making)) Directory.Delete(making, recursive: true);
            throw;
        }
    }

    private static async Task<BackupManifest> FillAsync(DataDirectory from, string to, TimeProvider clock, CancellationToken cancel)
    {
        var copied = new HashSet<string>(StringComparer.Ordinal);
        foreach (var name in from.Workspaces())
        {
            cancel.ThrowIfCancellationRequested();
            var files = from.Workspace(name);
            string[] both = [files.Journal, files.KeyStore];
            for (var attempt = 1; ; attempt++)
            {
                foreach (var file in both) CopyDatabase(file, At(file));
                if (Agree(At(files.Journal), At(files.KeyStore))) break;
                if (attempt == Attempts) throw new StorageException($"workspace '{name}' was changed {Attempts} times while its journal and its keys were copied; try again when fewer subjects are being erased");
            }
            copied.UnionWith(both);
        }
        foreach (var file in Directory.EnumerateFiles(from.Path, "*", SearchOption.AllDirectories).Where(file => !copied.Contains(file) && !Passing.Any(end => file.EndsWith(end, StringComparison.Ordinal))))
        {
            cancel.ThrowIfCancellationRequested();
            if (file.EndsWith(".db", StringComparison.Ordinal)) CopyDatabase(file, At(file));
            else CopyFile(file, At(file));
        }
        PrivateFile.Create(Path.Combine(to, ErasureRegister.FileName), ErasureRegister.Of(DataDirectory.Open(to)));

        var workspaces = ImmutableArray.CreateBuilder<BackedUpWorkspace>();
        foreach (var name in DataDirectory.Open(to).Workspaces())
        {
            // Opened as a server would: what cannot be opened is no backup.
            var engine = await EmendEngine.OpenAsync(new() { DataDirectory = to, Workspace = name, Clock = clock, ReadOnly = true }, cancel).ConfigureAwait(false);
            await using (engine.ConfigureAwait(false))
                workspaces.Add(new(name, engine.Store.Size, Convert.ToBase64String(RootOf(engine.Store)), StateDigest.Of(engine.Store)));
        }
        var manifest = new BackupManifest { CreatedAt = clock.GetUtcNow(), Workspaces = workspaces.ToImmutable(), Files = Listed(to) };
        PrivateFile.Create(Path.Combine(to, BackupManifest.FileName), manifest.Write());
        return manifest;

        string At(string file)
        {
            var target = Path.Combine(to, Path.GetRelativePath(from.Path, file));
            DataDirectory.CreatePrivate(Path.GetDirectoryName(target)!);
            return target;
        }
    }

    /// <summary>Root of a journal's tree.</summary>
    internal static byte[] RootOf(SqliteWorkspaceStore store) => store.WithReader(static reader =>
    {
        using var tree = reader.Commands.Get(JournalSql.Tree).ExecuteReader();
        return tree.Read() ? tree.GetFieldValue<byte[]>(1) : MerkleHash.Empty.ToArray();
    });

    /// <summary>All files of a folder but the manifest, sorted, with their digests.</summary>
    internal static ImmutableArray<BackupFile> Listed(string folder) =>
    [
        .. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Select(file => (File: file, Path: Path.GetRelativePath(folder, file).Replace('\\', '/')))
            .Where(static one => one.Path != BackupManifest.FileName)
            .OrderBy(static one => one.Path, StringComparer.Ordinal)
            .Select(static one =>
            {
                using var stream = File.OpenRead(one.File);
                return new BackupFile(one.Path, stream.Length, Convert.ToHexStringLower(SHA256.HashData(stream)));
            }),
    ];

    // The key store came later than the journal: an erasure or a signature of the time in between is in it and not in the journal.
    private static bool Agree(string journal, string keys)
    {
        using var data = SqliteFile.Open(journal, SqliteOpenMode.ReadOnly);
        using var store = SqliteFile.Open(keys, SqliteOpenMode.ReadOnly);
        using var ofData = new CommandCache(data);
        using var ofKeys = new CommandCache(store);
        if (ofKeys.Get("SELECT size FROM last_signed WHERE id = 1").ExecuteScalar() is long signed && signed > (ofData.Get("SELECT size FROM tree WHERE id = 1").ExecuteScalar() as long? ?? 0)) return false;
        using var erased = ofKeys.Get(KeyStoreSql.Erased).ExecuteReader();
        while (erased.Read())
            if (ofData.Get("SELECT 1 FROM erasure WHERE token = @token").Bind("@token", erased.GetFieldValue<byte[]>(0)).ExecuteScalar() is null) return false;
        return true;
    }

    private static void CopyDatabase(string from, string to)
    {
        File.Delete(to);
        PrivateFile.Create(to, []);
        using (var source = SqliteFile.Open(from, SqliteOpenMode.ReadOnly))
        using (var target = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = to, Pooling = false }.ToString()))
        {
            target.Open();
            source.BackupDatabase(target);
            // The copy is one file: no log beside it that somebody could forget.
            SqliteFile.Execute(target, "PRAGMA journal_mode = DELETE");
        }
        Flush(to);
    }

    private static void CopyFile(string from, string to)
    {
        PrivateFile.Create(to, File.ReadAllBytes(from));
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(to, File.GetUnixFileMode(from));
    }

    private static void Flush(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.ReadWrite);
        stream.Flush(flushToDisk: true);
    }
}
