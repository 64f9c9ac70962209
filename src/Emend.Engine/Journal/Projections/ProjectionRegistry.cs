using System.Collections.Immutable;
using Emend.Engine.Storage;

namespace Emend.Engine.Journal;

/// <summary>How far each read model has taken the journal in. A model that is new, or was not there when entries were appended, catches up when the store opens.</summary>
internal static class ProjectionRegistry
{
    private const string Next = "SELECT next FROM projection WHERE name = @name";
    private const string SetNext = "INSERT INTO projection (name, next) VALUES (@name, @next) ON CONFLICT (name) DO UPDATE SET next = @next";

    /// <summary>First entry a projection has not taken in.</summary>
    public static long NextOf(CommandCache commands, IProjection projection) =>
        commands.Get(Next).Bind("@name", projection.Name).ExecuteScalar() as long? ?? 0;

    /// <summary>Notes that the projections have taken in everything before <paramref name="next"/>.</summary>
    public static void NoteProgress(CommandCache commands, ImmutableArray<IProjection> projections, long next)
    {
        foreach (var projection in projections)
            commands.Get(SetNext).Bind("@name", projection.Name).Bind("@next", next).ExecuteNonQuery();
    }
}
