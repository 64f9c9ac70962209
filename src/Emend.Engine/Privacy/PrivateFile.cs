using System.Security.Cryptography;
using Emend.Engine.Storage;

namespace Emend.Engine.Privacy;

/// <summary>A file that only its owner may read: key material.</summary>
internal static class PrivateFile
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Reads it, after checking that nobody else can; null when there is none.</summary>
    /// <exception cref="StorageException">Others may read or write it.</exception>
    public static byte[]? Read(string path)
    {
        if (!File.Exists(path)) return null;
        Check(path);
        return File.ReadAllBytes(path);
    }

    /// <summary>Creates it with mode 0600, flushed to disk. Never overwrites; whoever looks sees all of it or no file.</summary>
    /// <exception cref="IOException">It exists already.</exception>
    public static void Create(string path, ReadOnlySpan<byte> content)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = OwnerOnly;
        // Written aside: a process killed half-way would leave half a key behind, and no later start would get past it.
        var aside = $"{path}.{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4))}.part";
        try
        {
            using (var stream = new FileStream(aside, options))
            {
                stream.Write(content);
                stream.Flush(flushToDisk: true);
            }
            File.Move(aside, path, overwrite: false);
        }
        catch
        {
            File.Delete(aside);
            throw;
        }
    }

    /// <summary>Refuses a file that others may read or write.</summary>
    public static void Check(string path)
    {
        if (OperatingSystem.IsWindows()) return;
        var mode = File.GetUnixFileMode(path);
        if ((mode & ~OwnerOnly) != UnixFileMode.None)
        {
            throw new StorageException(
                $"{path} holds key material and may be used by others (mode 0{Convert.ToString((int)mode, 8)}): run  chmod 600 '{path}'  and, if others had access, replace the key.");
        }
    }
}
