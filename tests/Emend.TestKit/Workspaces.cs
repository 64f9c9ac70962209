using System.Collections.Immutable;
using Emend.Engine;
using Emend.Engine.Journal;
using Emend.Engine.Storage;

namespace Emend.TestKit;

/// <summary>A workspace in a temporary folder, and drafts to fill it with.</summary>
internal sealed class WorkspaceFixture : IAsyncDisposable
{
    private readonly IProjection[] _projections;
    private readonly StoreOptions? _options;

    private WorkspaceFixture(IProjection[] projections, StoreOptions? options) => (_projections, _options) = (projections, options);

    public TemporaryFolder Folder { get; } = new();

    public ManualClock Clock { get; } = new();

    public SqliteWorkspaceStore Store { get; private set; } = null!;

    public static async Task<WorkspaceFixture> OpenAsync(params IProjection[] projections) => await OpenAsync(null, projections);

    public static async Task<WorkspaceFixture> OpenAsync(StoreOptions? options, params IProjection[] projections)
    {
        var fixture = new WorkspaceFixture(projections, options);
        fixture.Store = await fixture.ConnectAsync();
        return fixture;
    }

    /// <summary>A workspace in a copy of another one's closed files.</summary>
    public static async Task<WorkspaceFixture> CopyAsync(WorkspaceFixture closed)
    {
        var fixture = new WorkspaceFixture(closed._projections, closed._options);
        fixture.Clock.Move(closed.Clock.Now - fixture.Clock.Now);
        foreach (var path in Directory.EnumerateFiles(closed.Folder.Path, "*", SearchOption.AllDirectories))
        {
            var to = Path.Combine(fixture.Folder.Path, Path.GetRelativePath(closed.Folder.Path, path));
            Directory.CreateDirectory(Path.GetDirectoryName(to)!);
            File.Copy(path, to);
        }
        fixture.Store = await fixture.ConnectAsync();
        return fixture;
    }

    /// <summary>Closes the store and opens it again on the same files.</summary>
    public async Task ReopenAsync(Action? between = null)
    {
        await Store.DisposeAsync();
        between?.Invoke();
        Store = await ConnectAsync();
    }

    public async Task<JournalEntry> AppendAsync(JournalDraft draft)
    {
        var batch = Store.Seal(draft);
        return await Store.WriteAsync(work => work.Append(batch), CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        Folder.Dispose();
    }

    /// <summary>A draft of one record.</summary>
    public static JournalDraft Draft(string id, string? subject = null, string comment = "please send it to billing", string type = "corrections.accepted") =>
        Batch(type, Record(id, subject, comment));

    public static JournalDraft Batch(string type, params JournalRecord[] records) =>
        new() { Type = type, Actor = new Actor("rosa"), Records = [.. records] };

    /// <summary>A record shaped as a correction is: ten fields, four of them personal.</summary>
    public static JournalRecord Record(string id, string? subject, string comment) => new(id, subject, Fields(
        ("action", FieldClass.Internal, "\"verify_top_up\""),
        ("at", FieldClass.Internal, "1762761600000000"),
        ("comment", FieldClass.Personal, "\"" + comment + "\""),
        ("decision", FieldClass.Internal, "\"d-" + id + "\""),
        ("features.city", FieldClass.Personal, "\"Łódź\""),
        ("features.salary", FieldClass.Sensitive, "61250.5"),
        ("input", FieldClass.Personal, "\"" + comment + " and again " + comment + "\""),
        ("reason", FieldClass.Internal, "\"wrong-queue\""),
        ("source", FieldClass.Public, "\"console\""),
        ("verdict", FieldClass.Internal, "\"modify\"")));

    public static ImmutableArray<JournalField> Fields(params (string Path, FieldClass Class, string Json)[] fields) =>
        [.. fields.Select(static field => new JournalField(field.Path, field.Class, field.Json))];

    private Task<SqliteWorkspaceStore> ConnectAsync() =>
        SqliteWorkspaceStore.OpenAsync(DataDirectory.Open(Path.Combine(Folder.Path, "data")), "acme", _projections, Clock, _options);
}
