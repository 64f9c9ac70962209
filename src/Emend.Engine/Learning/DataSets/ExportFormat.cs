namespace Emend.Engine.Learning.DataSets;

/// <summary>How a data set is written.</summary>
internal enum ExportFormat : byte
{
    /// <summary>One JSON object a ruling.</summary>
    Jsonl,
    /// <summary>A table (RFC 4180), safe to open in a spreadsheet.</summary>
    Csv,
    /// <summary>Supervised fine-tuning: <c>{"messages":[…]}</c>, what was right where the agent was wrong.</summary>
    Sft,
    /// <summary>Preference pairs as OpenAI and those who follow it read them: <c>input</c>, <c>preferred_output</c>, <c>non_preferred_output</c>.</summary>
    Pairs,
    /// <summary>Preference pairs as TRL reads them: <c>prompt</c>, <c>chosen</c>, <c>rejected</c>.</summary>
    TrlPairs,
    /// <summary>Single judgements as TRL reads them (KTO): <c>prompt</c>, <c>completion</c>, <c>label</c>.</summary>
    Unpaired,
}

/// <summary>Names of formats.</summary>
internal static class ExportFormats
{
    private static readonly string[] Names = ["jsonl", "csv", "sft", "pairs", "trl-pairs", "unpaired"];

    /// <summary>All names, in order.</summary>
    public static IReadOnlyList<string> All => Names;

    /// <summary>As people write it.</summary>
    public static string Name(this ExportFormat format) => Names[(int)format];

    /// <summary>The format of a name; null when there is none.</summary>
    public static ExportFormat? Of(string name) => Array.IndexOf(Names, name) is >= 0 and var at ? (ExportFormat)at : null;

    /// <summary>Whether rows teach a model, so that a ruling may give none.</summary>
    public static bool IsTraining(this ExportFormat format) => format > ExportFormat.Csv;
}
