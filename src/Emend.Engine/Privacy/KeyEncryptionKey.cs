using System.Security.Cryptography;
using System.Text;
using Emend.Engine.Storage;

namespace Emend.Engine.Privacy;

/// <summary>The installation's root key, a file of 32 bytes that only its owner may read. It wraps the keys of the workspaces and is in no database.</summary>
internal static class KeyEncryptionKey
{
    private const int Size = 32;

    /// <summary>Key that wraps one workspace's keys, derived from the file at <paramref name="path"/>; the file is created on first use.</summary>
    /// <exception cref="StorageException">The file is readable by others, has the wrong size, or is missing although <paramref name="mayCreate"/> is false.</exception>
    public static byte[] ForWorkspace(string path, Guid workspace, bool mayCreate)
    {
        var root = PrivateFile.Read(path);
        if (root is null)
        {
            if (!mayCreate)
                throw new StorageException($"the key file {path} is missing: without it nothing personal in this data directory can be read. Restore it from your backup of keys/.");
            root = RandomNumberGenerator.GetBytes(Size);
            try
            {
                PrivateFile.Create(path, root);
            }
            catch (IOException) when (File.Exists(path))
            {
                // Another process was first: its key counts.
                root = PrivateFile.Read(path)!;
            }
        }
        if (root.Length != Size)
            throw new StorageException($"the key file {path} holds {root.Length} bytes instead of {Size}: restore it from your backup of keys/.");

        Span<byte> info = stackalloc byte[13 + 16];
        Encoding.ASCII.GetBytes("emend/wrap/v1", info);
        workspace.TryWriteBytes(info[13..], bigEndian: true, out _);
        var derived = HMACSHA256.HashData(root, info);
        CryptographicOperations.ZeroMemory(root);
        return derived;
    }
}
