using System.Text.Json;

namespace Emend.Logic;

/// <summary>JSON that is well formed but is not what it should be: says where (a path like <c>$.rules[3].when.value</c>) and what is expected.</summary>
public sealed class LogicJsonException : JsonException
{
    private LogicJsonException(string path, string what) : base($"${path}: {what}")
    {
        At = "$" + path;
        What = what;
    }

    /// <summary>An error at the value itself.</summary>
    public LogicJsonException(string what) : this("", what) { }

    /// <summary>An error at the value itself.</summary>
    public LogicJsonException() : this("", "the value cannot be read") { }

    /// <summary>An error and its cause.</summary>
    public LogicJsonException(string message, Exception innerException) : base(message, innerException)
    {
        At = "$";
        What = message;
    }

    /// <summary>Path of the value, from the root <c>$</c>.</summary>
    public string At { get; }

    /// <summary>What is wrong there.</summary>
    public string What { get; }

    // Paths are put together on the way out, so that reading what is right costs nothing.
    internal LogicJsonException Under(string step) => new(step + At[1..], What);
}
