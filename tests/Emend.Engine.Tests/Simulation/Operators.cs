using System.Globalization;
using Emend.Engine.Access;
using Emend.Engine.Storage;
using Emend.Engine.Storage.Backup;

namespace Emend.Engine.Tests.Simulation;

/// <summary>Whoever looks after the machine: makes backups and tries them out elsewhere, issues, rotates and revokes keys.</summary>
internal sealed class Operators(SimulatedLife run) : IDisposable
{
    private static readonly Actor Admin = new("root");

    private readonly List<(string Id, string Text)> _keys = [];
    private readonly HashSet<string> _over = new(StringComparer.Ordinal);
    private string? _backup;
    private int _happened;

    private Random Random => run.Random;

    /// <summary>A backup of the running machine; the one before it is thrown away.</summary>
    public async Task<string> BackUpAsync()
    {
        var to = Machine.NewFolder();
        var manifest = await BackUp.RunAsync(run.Machine.Disk, to, run.Machine.Clock, default);
        Dispose();
        _backup = to;
        return string.Create(CultureInfo.InvariantCulture, $"{manifest.Workspaces.Single(static w => w.Name == "default").Entries} entries");
    }

    /// <summary>The backup is restored on another machine, with the register of who was erased since: it verifies, is where it was, and reads nobody who was erased.</summary>
    public async Task<string> TryBackupAsync()
    {
        if (_backup is null) await BackUpAsync();
        // A restore that nobody was erased before proves little: with the bug there is one.
        if (run.Has(Planted.RestoresWithoutRegister)) for (var i = 0; i < 4; i++) await run.People.EraseAsync();
        var to = Machine.NewFolder();
        try
        {
            var restored = await Restore.RunAsync(_backup!, to, run.Has(Planted.RestoresWithoutRegister) ? [] : [run.Machine.Disk], run.Machine.Clock, default);
            await using var engine = await EmendEngine.OpenAsync(new() { DataDirectory = to, Clock = run.Machine.Clock }, default);
            var expected = restored.Manifest.Workspaces.Single(static w => w.Name == "default");
            var live = run.Engine.Store.Entries(0, expected.Entries).Select(static e => e.EntryId).ToList();
            run.Invariants.Hold("I1", engine.Store.Entries(0, expected.Entries).Select(static e => e.EntryId).SequenceEqual(live), "a restored journal is not the beginning of the one it was made from");
            foreach (var field in engine.Store.Entries().SelectMany(static e => e.Records).SelectMany(static r => r.Fields))
                run.Invariants.Hold("I7", field.Json is not { } json || !run.Invariants.Erased.Contains(json), $"a restored backup reads {field.Json} again");
            return string.Create(CultureInfo.InvariantCulture, $"{expected.Entries} entries, {restored.ErasedAgain} erased again");
        }
        finally
        {
            Directory.Delete(to, recursive: true);
        }
    }

    /// <summary>A key is issued, rotated or revoked, or what happened to keys is taken over into the journal.</summary>
    public async Task<string> ChangeKeysAsync()
    {
        var before = run.Has(Planted.ForgetsRevocations) ? await run.Machine.CopyOfKeysAsync() : null;
        var what = await ChangeAsync(Random.Next(4));
        if (before is null) return what;
        foreach (var file in what == "revoked" ? ["access.db", "access.db-wal"] : Array.Empty<string>())
        {
            File.Delete(Path.Combine(run.Machine.Keys, file));
            if (File.Exists(Path.Combine(before, file))) File.Copy(Path.Combine(before, file), Path.Combine(run.Machine.Keys, file));
        }
        Directory.Delete(before, recursive: true);
        using var again = Open();
        Check(again);
        return what;
    }

    /// <summary>Nothing goes wrong any more: everything that happened to keys is in the journal, once.</summary>
    public async Task CatchUpAsync()
    {
        using var keys = Open();
        Check(keys);
        await run.Engine.Access.TakeOverAsync(keys, "default", default);
        var journaled = run.Engine.Store.Entries().Where(static e => e.Type.StartsWith(AccessJournal.KeyPrefix, StringComparison.Ordinal)).SelectMany(static e => e.Records).Select(static r => r.Id).ToList();
        run.Invariants.Hold("I2", journaled.Count == journaled.Distinct(StringComparer.Ordinal).Count(), "something that happened to a key is in the journal twice");
        run.Invariants.Hold("I1", journaled.Count == _happened || run.Has(Planted.ForgetsRevocations), $"{journaled.Count} of {_happened} things that happened to keys are in the journal");
    }

    public void Dispose()
    {
        if (_backup is not null) Directory.Delete(_backup, recursive: true);
        _backup = null;
    }

    private async Task<string> ChangeAsync(int which)
    {
        using var keys = Open();
        Check(keys);
        var alive = _keys.Where(key => !_over.Contains(key.Id)).ToList();
        if (which == 3)
        {
            await run.Engine.Access.TakeOverAsync(keys, "default", default);
            return "journaled";
        }
        if (which == 0 || alive.Count == 0)
        {
            Keep(keys.Issue(new IssueKey("gateway", "default", [Role.Submitter], Admin) { IsService = true, IsLocal = true }));
            _happened++;
            return "issued";
        }
        var one = alive[Random.Next(alive.Count)];
        _over.Add(one.Id);
        if (which == 1)
        {
            Keep(keys.Rotate(one.Id, TimeSpan.Zero, Admin));
            _happened += 2;
        }
        else
        {
            run.Invariants.Hold("I8", keys.Revoke(one.Id, Admin) is Answer<ApiKey>.Granted, "a key that lives cannot be revoked");
            _happened++;
        }
        Check(keys);
        return which == 1 ? "rotated" : "revoked";
    }

    private void Keep(Answer<IssuedKey> answer)
    {
        var issued = ((Answer<IssuedKey>.Granted)answer).Value;
        _keys.Add((issued.Key.Id, issued.Text));
    }

    private void Check(ApiKeys keys)
    {
        foreach (var (id, text) in _keys)
            run.Invariants.Hold("I8", keys.Check(text) is null == _over.Contains(id), _over.Contains(id) ? "a key that ended opens the workspace" : "a key that lives opens nothing");
    }

    private ApiKeys Open() => ApiKeys.Open(DataDirectory.Open(run.Machine.Disk), run.Machine.Clock);
}
