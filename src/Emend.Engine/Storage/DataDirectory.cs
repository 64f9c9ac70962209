namespace Emend.Engine.Storage;

/// <summary>Where an installation keeps its data: <c>keys/</c> (key files and key stores) beside <c>workspaces/NAME/journal.db</c>.</summary>
/// <remarks>
/// Keys and data live apart so that they can be backed up apart: a backup of the data alone gives away nothing personal, and a
/// key destroyed by an erasure does not come back with the data.
/// </remarks>
internal sealed class DataDirectory
{
    private DataDirectory(string path) => Path = path;

    /// <summary>Full path.</summary>
    public string Path { get; }

    /// <summary>Folder of keys, readable by its owner only.</summary>
    public string Keys => System.IO.Path.Combine(Path, "keys");

    /// <summary>Opens a data directory, creating it when it does not exist.</summary>
    /// <exception cref="StorageException">The path cannot be created.</exception>
    public static DataDirectory Open(string path)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        var directory = new DataDirectory(System.IO.Path.GetFullPath(path));
        try
        {
            Directory.CreateDirectory(directory.Path);
            CreatePrivate(directory.Keys);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new StorageException($"cannot create the data directory {directory.Path}: {fault.Message}", fault);
        }
        return directory;
    }

    /// <summary>Names of the workspaces, sorted.</summary>
    public IReadOnlyList<string> Workspaces()
    {
        var folder = System.IO.Path.Combine(Path, "workspaces");
        return Directory.Exists(folder)
            ? [.. Directory.EnumerateDirectories(folder).Where(static at => File.Exists(System.IO.Path.Combine(at, "journal.db")))
                .Select(static at => System.IO.Path.GetFileName(at)).Order(StringComparer.Ordinal)]
            : [];
    }

    /// <summary>Files of one workspace. Creates nothing.</summary>
    /// <exception cref="ArgumentException">The name is not 1 to 64 of <c>a-z 0-9 - _</c>, starting with a letter or digit.</exception>
    public WorkspaceFiles Workspace(string name)
    {
        if (!IsName(name))
            throw new ArgumentException($"'{name}' cannot name a workspace: use 1 to 64 of a-z, 0-9, '-' and '_', starting with a letter or a digit", nameof(name));
        return new(name, System.IO.Path.Combine(Path, "workspaces", name), System.IO.Path.Combine(Keys, name), Keys);
    }

    internal static void CreatePrivate(string folder)
    {
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(folder);
        else Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    // Names become folder names on every system: no case games, no dots, no separators.
    internal static bool IsName(string? name) =>
        name is { Length: > 0 and <= 64 } && (char.IsAsciiLetterLower(name[0]) || char.IsAsciiDigit(name[0]))
        && name.All(static c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '_');
}

/// <summary>Files of one workspace.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Folder">Its data.</param>
/// <param name="KeyFolder">Its keys.</param>
/// <param name="InstallationKeys">Keys shared by the installation's workspaces.</param>
internal sealed record WorkspaceFiles(string Name, string Folder, string KeyFolder, string InstallationKeys)
{
    /// <summary>The journal and its read models.</summary>
    public string Journal => Path.Combine(Folder, "journal.db");

    /// <summary>Held by the one process that writes.</summary>
    public string Lock => Path.Combine(Folder, "journal.lock");

    /// <summary>Wrapped keys, names behind pseudonyms, the register of erasures.</summary>
    public string KeyStore => Path.Combine(KeyFolder, "keys.db");

    /// <summary>Private key that signs checkpoints (PKCS#8, PEM).</summary>
    public string SigningKey => Path.Combine(KeyFolder, "journal-signing.pem");

    /// <summary>Public key that verifies them, as a C2SP verifier key; may be given to anybody.</summary>
    public string VerifierKey => Path.Combine(Folder, "journal.vkey");

    /// <summary>Private key that signs what agents are served (PKCS#8, PEM); not the one that signs checkpoints.</summary>
    public string ReleaseKey => Path.Combine(KeyFolder, "release-signing.pem");

    /// <summary>Public key that clients pin to verify it, as a C2SP verifier key; may be given to anybody.</summary>
    public string ReleaseVerifierKey => Path.Combine(Folder, "release.vkey");

    /// <summary>Key that wraps the key stores of all workspaces.</summary>
    public string KeyEncryptionKey => Path.Combine(InstallationKeys, "kek.key");

    /// <summary>Takes the writer's lock; disposing gives it back.</summary>
    /// <exception cref="WorkspaceIsInUseException">Another process holds it.</exception>
    public FileStream TakeLock()
    {
        try
        {
            return new FileStream(Lock, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1);
        }
        catch (IOException fault)
        {
            throw new WorkspaceIsInUseException(
                $"workspace '{Name}' is being written by another process (it holds {Lock}). Stop that process, ask it to do the work, or open the workspace read-only.", fault);
        }
    }
}
