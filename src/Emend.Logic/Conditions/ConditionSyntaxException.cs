namespace Emend.Logic.Conditions;

/// <summary>The text form of a condition could not be read: what is wrong, where, and what to write instead.</summary>
public sealed class ConditionSyntaxException : FormatException
{
    /// <summary>An error at a place in the text.</summary>
    public ConditionSyntaxException(string what, int line, int column, string? suggestion = null)
        : base(suggestion is null ? $"line {line}, column {column}: {what}" : $"line {line}, column {column}: {what}; {suggestion}")
    {
        What = what;
        Line = line;
        Column = column;
        Suggestion = suggestion;
    }

    /// <summary>An error without a place.</summary>
    public ConditionSyntaxException() : this("the condition cannot be read", 1, 1) { }

    /// <summary>An error without a place.</summary>
    public ConditionSyntaxException(string message) : this(message, 1, 1) { }

    /// <summary>An error without a place, and its cause.</summary>
    public ConditionSyntaxException(string message, Exception innerException) : base(message, innerException) => What = message;

    /// <summary>What is wrong and what was expected.</summary>
    public string What { get; }

    /// <summary>Line, from 1.</summary>
    public int Line { get; } = 1;

    /// <summary>Column in UTF-16 code units, from 1.</summary>
    public int Column { get; } = 1;

    /// <summary>What to write instead; null when nothing is near.</summary>
    public string? Suggestion { get; }
}
