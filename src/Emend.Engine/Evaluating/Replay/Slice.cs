namespace Emend.Engine.Evaluating.Replay;

/// <summary>By what decisions are divided.</summary>
internal enum SliceKind : byte
{
    /// <summary>What the agent proposed.</summary>
    Proposed,
    /// <summary>What is done under the candidate.</summary>
    Final,
    /// <summary>Kind of task.</summary>
    Task,
    /// <summary>A feature that is true.</summary>
    IsTrue,
    /// <summary>A feature that is false.</summary>
    IsFalse,
}

/// <summary>A slice of decisions, fixed before anything is counted.</summary>
/// <param name="Kind">By what.</param>
/// <param name="Name">Label, kind of task, or name of the feature.</param>
internal readonly record struct Slice(SliceKind Kind, string Name)
{
    /// <summary>For people and reports.</summary>
    public string Text => Kind switch
    {
        SliceKind.Proposed => "proposed " + Name,
        SliceKind.Final => "final " + Name,
        SliceKind.Task => "task " + Name,
        SliceKind.IsTrue => Name + " true",
        _ => Name + " false",
    };
}
