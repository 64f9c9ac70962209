using System.Collections.Immutable;
using System.Globalization;
using Emend.Engine.Capturing.Logs;
using Emend.Engine.Journal;
using Emend.Logic;

namespace Emend.Engine.Normalizing;

/// <summary>Values of record fields, to and from canonical JSON.</summary>
internal static class FieldText
{
    /// <summary>A JSON number; null stays null.</summary>
    public static double? Number(string? json) => json is null ? null : double.Parse(json, NumberStyles.Float, CultureInfo.InvariantCulture);

    /// <summary>A required instant in microseconds.</summary>
    /// <exception cref="InvalidDataException">The field is not there or no instant.</exception>
    public static long Instant(JournalRecord record, string path) =>
        InstantText.Read(record.Text(path), out var micros) is { } wrong ? throw new InvalidDataException($"record '{record.Id}': '{path}' {wrong}") : micros;

    /// <summary>An instant as a JSON string.</summary>
    public static string Of(long micros) => "\"" + CanonicalJson.Instant(micros) + "\"";

    /// <summary>An action of a record: label and arguments. Null when there is none.</summary>
    public static AgentAction? Action(JournalRecord record)
    {
        if (record.TextOrNull("action") is not { } label) return null;
        return new(label, record["args"] is { } args ? ActionArgs.Parse(args) : ActionArgs.None);
    }

    /// <summary>Whether a field that was accepted can no longer be read.</summary>
    public static bool IsErased(JournalRecord record)
    {
        foreach (var field in record.Fields)
            if (field.Json is null) return true;
        return false;
    }
}

/// <summary>Collects the fields of a record in the order of their paths.</summary>
internal ref struct Fields()
{
    private readonly ImmutableArray<JournalField>.Builder _fields = ImmutableArray.CreateBuilder<JournalField>(12);

    /// <summary>Adds a field unless it has no value. Paths come in ascending order.</summary>
    public readonly void Add(string path, FieldClass @class, string? json)
    {
        if (json is not null) _fields.Add(new(path, @class, json));
    }

    /// <summary>Adds a text.</summary>
    public readonly void Text(string path, FieldClass @class, string? value) => Add(path, @class, value is null ? null : CanonicalJson.Quote(value));

    /// <summary>Adds the arguments of an action and the mark by which they are compared; nothing when there are none.</summary>
    public readonly void Args(AgentAction? action, string? mark)
    {
        if (action is null or { Args.IsEmpty: true }) return;
        Add("args", FieldClass.Personal, action.Args.Json);
        Text("argsMark", FieldClass.Internal, mark);
    }

    public readonly ImmutableArray<JournalField> Done() => _fields.DrainToImmutable();
}
