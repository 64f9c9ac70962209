namespace Emend.Engine.Journal;

/// <summary>Stored bytes are not what the journal format says: damaged, cut short or edited.</summary>
internal sealed class JournalFormatException : Exception
{
    /// <summary>With what is wrong.</summary>
    public JournalFormatException(string message) : base(message) { }

    /// <summary>With what is wrong and the cause.</summary>
    public JournalFormatException(string message, Exception cause) : base(message, cause) { }

    /// <summary>For serializers.</summary>
    public JournalFormatException() { }
}
