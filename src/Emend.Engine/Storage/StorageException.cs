namespace Emend.Engine.Storage;

/// <summary>A fault of the store. The message says what, where and how to fix it.</summary>
internal class StorageException : Exception
{
    /// <summary>Without a cause.</summary>
    public StorageException(string message) : base(message) { }

    /// <summary>With the cause.</summary>
    public StorageException(string message, Exception cause) : base(message, cause) { }

    /// <summary>For serializers.</summary>
    public StorageException() { }
}

/// <summary>Another process writes this workspace. Readers are still welcome.</summary>
internal sealed class WorkspaceIsInUseException(string message, Exception cause) : StorageException(message, cause);

/// <summary>A key that a draft was sealed with was destroyed meanwhile: seal it again.</summary>
internal sealed class SealIsStaleException(string message) : InvalidOperationException(message);

/// <summary>No space left: nothing of this change was written. It may be tried again once there is space.</summary>
internal sealed class DiskIsFullException(string message, Exception cause) : StorageException(message, cause);

/// <summary>
/// The disk failed under a write or a flush, so nobody knows what is durable: the store acknowledges nothing any more.
/// Retrying a failed flush would lie (the kernel may have dropped the pages); start again and let recovery decide.
/// </summary>
internal sealed class StoreHasFailedException(string message, Exception cause) : StorageException(message, cause);
