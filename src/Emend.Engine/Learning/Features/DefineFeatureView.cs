using Emend.Engine.Access;
using Emend.Engine.Capturing;
using Emend.Engine.Journal;
using Emend.Engine.Normalizing;
using Emend.Engine.Storage;

namespace Emend.Engine.Learning.Features;

/// <summary>A change would make a view say something else than those who use it rely on.</summary>
internal sealed record FeatureViewBreaks(string Name, int Version, IReadOnlyList<string> Broken)
    : Refusal("feature.incompatible", $"this is not what {Name}@{Version} says: {string.Join("; ", Broken)}. What was trained on it stands on what it says: define a new version (--new-version) beside it");

/// <summary>A view looks at what no read model may hold.</summary>
internal sealed record FeatureIsPersonal(string Names) : Refusal("feature.personal", $"no agent declares {Names} as public or internal, so it is personal and no view may look at it; declare its class in the agent's schema");

/// <summary>A workspace has as many views as it may.</summary>
internal sealed record TooManyViews(int Most) : Refusal("feature.too-many", $"there are {Most} feature views; every signal is looked at for each of them");

/// <summary>Asks to define a view, or to add to one.</summary>
/// <param name="View">The definition; its version is set here.</param>
/// <param name="By">Who asks.</param>
internal sealed record DefineFeatureView(FeatureView View, Actor By)
{
    /// <summary>Most views of a workspace, versions counted.</summary>
    public const int Most = 200;

    /// <summary>Makes a new version where the definition is not compatible. Default false: such a change is refused.</summary>
    public bool NewVersion { get; init; }

    /// <summary>Refuses, or gives the view with its version. What is compatible (more features, another text) keeps it.</summary>
    /// <param name="ask">What is asked.</param>
    /// <param name="now">The newest version of that name; null: there is none.</param>
    /// <param name="views">How many views there are.</param>
    /// <param name="open">Whether a feature of contexts is declared public or internal.</param>
    internal static Answer<FeatureView> Decide(DefineFeatureView ask, FeatureView? now, long views, Func<string, bool> open)
    {
        var personal = FeatureViewJson.ContextFeatures(ask.View).Where(name => !open(name)).Select(static name => $"'{name}'").ToList();
        if (personal.Count > 0) return new FeatureIsPersonal(string.Join(", ", personal));
        if (now is not null && ask.View.Breaks(now) is var broken && broken.Count == 0) return ask.View with { Version = now.Version };
        if (views >= Most) return new TooManyViews(Most);
        if (now is null) return ask.View with { Version = 1 };
        return ask.NewVersion ? ask.View with { Version = now.Version + 1 } : new FeatureViewBreaks(now.Name, now.Version, ask.View.Breaks(now));
    }
}

/// <summary>Defines views, and takes in what came before them.</summary>
internal sealed class FeatureViewHandler(IWorkspaceStore store, Agents agents, FeatureProjection projection)
{
    /// <summary>Defines. Defining what is there already changes nothing. Returns once the view has taken in all that came before it.</summary>
    /// <param name="ask">The definition.</param>
    /// <param name="progress">Told how many of the entries before it have been taken in.</param>
    /// <param name="cancel">Cancels between two pages; the rest is taken in when the workspace is opened, or with the next definition.</param>
    public async Task<Answer<FeatureView>> HandleAsync(DefineFeatureView ask, Action<long, long>? progress, CancellationToken cancel)
    {
        if (ask.By.Lacks(Permission.DatasetBuild) is { } no) return no;
        var schemas = agents.All().Select(static agent => agent.Schema).ToList();
        while (true)
        {
            var seen = store.Read(connection => Seen(connection.CreateCommand, ask.View.Name));
            var answer = DefineFeatureView.Decide(ask, seen.Now, seen.Views, name => schemas.Exists(schema => schema.Find(name) is { Class: < FieldClass.Personal }));
            if (answer is not Answer<FeatureView>.Granted(var view)) return answer;
            if (seen.Now is not null && FeatureViewJson.Write(view) == FeatureViewJson.Write(seen.Now))
            {
                await FillAsync(progress, cancel).ConfigureAwait(false);
                return answer;
            }
            var draft = store.Seal(new() { Type = FeatureProjection.Defined, Actor = ask.By, Records = [FeatureProjection.Record(view)] });
            var isDone = await store.WriteAsync(
                work =>
                {
                    var now = Newest(work.Command(FeatureSql.Latest).Bind("@name", ask.View.Name));
                    if (!string.Equals(now, seen.Text, StringComparison.Ordinal)) return false;
                    work.Append(draft);
                    return true;
                },
                cancel).ConfigureAwait(false);
            // Somebody defined it meanwhile: decide again on what it is now.
            if (!isDone) continue;
            FeatureTelemetry.Defined(view);
            await FillAsync(progress, cancel).ConfigureAwait(false);
            return answer;
        }
    }

    /// <summary>Takes in what views have not yet, a page at a time: others write in between.</summary>
    public async Task FillAsync(Action<long, long>? progress, CancellationToken cancel)
    {
        while (store.Read(static connection => SignalRows.All(connection, FeatureSql.Unfilled, null, null, static row => row.IsDBNull(0) ? ((long, long)?)null : (row.GetInt64(0), row.GetInt64(1))))[0] is var (filled, since))
        {
            progress?.Invoke(filled, since);
            await store.WriteAsync(projection.FillPage, cancel).ConfigureAwait(false);
        }
    }

    private static (FeatureView? Now, string? Text, long Views) Seen(Func<Microsoft.Data.Sqlite.SqliteCommand> command, string name)
    {
        using var latest = command();
        latest.CommandText = FeatureSql.Latest;
        var text = Newest(latest.Bind("@name", name));
        using var count = command();
        count.CommandText = FeatureSql.CountViews;
        var now = text is not null && FeatureViewJson.Read(text) is Answer<FeatureView>.Granted(var view) ? view : null;
        return (now, text, (long)count.ExecuteScalar()!);
    }

    private static string? Newest(Microsoft.Data.Sqlite.SqliteCommand command) => command.ExecuteScalar() as string;
}
