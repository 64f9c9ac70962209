using Emend.Engine.Journal;
using Emend.Engine.Releasing;
using Emend.Engine.Serving;
using Emend.Engine.Storage;
using Emend.Logic;
using static Emend.Engine.Tests.Evaluating.Cases;
using static Emend.Engine.Tests.Releasing.Registry;

namespace Emend.Engine.Tests.Serving;

public class Publishing_a_manifest
{
    private static readonly Bundle Good = Bundle(Override("x", "b"));

    [Fact]
    public async Task names_what_is_served_under_the_release_key_alone()
    {
        await using var at = await Releasing.Registry.OpenAsync();
        using var publish = new PublishBundle(at.At.Store, at.Clock);
        var digest = await at.ApprovedAsync(Good);
        Granted(await at.StartAsync(digest));
        var signed = await publish.SignAsync("router", CancellationToken.None);
        await SignCheckpoint.SignAsync(at.At.Store, CancellationToken.None);
        using var release = VerifierKey.Parse(await File.ReadAllTextAsync(at.At.Store.Files.ReleaseVerifierKey));
        using var journal = VerifierKey.Parse(await File.ReadAllTextAsync(at.At.Store.Files.VerifierKey));

        var text = SignedNote.Verified(signed.Note, release);
        var manifest = ReleaseManifestJson.Read(text[(text.IndexOf('\n') + 1)..^1]);
        Assert.Equal(ReleaseManifestJson.Write(signed.Manifest), ReleaseManifestJson.Write(manifest));
        Assert.Equal((1L, null, digest, 0), (manifest.Counter, manifest.Served, manifest.Release!.Bundle, manifest.Release.ShareBp));
        Assert.Throws<JournalFormatException>(() => SignedNote.Verified(signed.Note, journal));
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(at.At.Store.Files.ReleaseKey));
    }

    [Fact]
    public async Task proves_with_a_journal_receipt_that_each_bundle_was_approved()
    {
        await using var at = await Releasing.Registry.OpenAsync();
        using var publish = new PublishBundle(at.At.Store, at.Clock);
        var digest = await at.ApprovedAsync(Good);
        Granted(await at.StartAsync(digest));
        var bundle = Assert.Single((await publish.SignAsync("router", CancellationToken.None)).Manifest.Bundles);
        using var journal = VerifierKey.Parse(await File.ReadAllTextAsync(at.At.Store.Files.VerifierKey));

        var proven = Receipt.Verify(bundle.Approval, journal);
        Assert.Equal("candidate.approved", proven.Head.Type);
        Assert.Equal([("agent", "\"router\""), ("candidate", $"\"{digest}\""), ("complete", "true")], proven.Disclosed.Select(static field => (field.Path, field.Json!)));
    }

    [Fact]
    public async Task counts_up_with_every_change_and_never_down()
    {
        await using var at = await Releasing.Registry.OpenAsync(steps: ReleasePolicy.Default with { StepsBp = [0, 5_000, 10_000], MinJudged = 0, Soak = TimeSpan.Zero, MinExposed = 1 });
        using var publish = new PublishBundle(at.At.Store, at.Clock);
        var counters = new List<long>();
        async Task<ReleaseManifest> SignAsync()
        {
            var manifest = (await publish.SignAsync("router", CancellationToken.None)).Manifest;
            counters.Add(manifest.Counter);
            return manifest;
        }
        await SignAsync();
        var digest = await at.ApprovedAsync(Good);
        Granted(await at.StartAsync(digest));
        at.Clock.Move(TimeSpan.FromMinutes(1));
        Assert.Equal(0, (await SignAsync()).Release!.ShareBp);
        await at.ServeAsync(Enumerable.Range(0, 50).Select(static i => Decision(i, "a", "x")));
        Granted(await at.AdvanceAsync());
        Assert.Equal(5_000, (await SignAsync()).Release!.ShareBp);
        Granted(await at.KillAsync(on: true));
        Assert.True((await SignAsync()).IsKilled);
        Granted(await at.KillAsync(on: false));
        Granted(await at.RollBackAsync());
        var back = await SignAsync();

        Assert.Equal([0, 1, 2, 3, 5], counters);
        Assert.Equal((null, null), (back.Served, back.Release));
        Assert.Equal(Microseconds.Of(at.Clock.Now), back.ChangedAt);
    }

    [Fact]
    public async Task refuses_a_new_key_once_the_public_half_was_given_out()
    {
        await using var at = await Releasing.Registry.OpenAsync();
        using (var publish = new PublishBundle(at.At.Store, at.Clock)) await publish.SignAsync("router", CancellationToken.None);
        File.Delete(at.At.Store.Files.ReleaseKey);

        using var again = new PublishBundle(at.At.Store, at.Clock);
        var fault = await Assert.ThrowsAsync<StorageException>(() => again.SignAsync("router", CancellationToken.None));
        Assert.Contains("restore it from your backup", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task reaches_those_who_listen_with_every_release_step_and_the_slow_with_the_latest()
    {
        await using var at = await Releasing.Registry.OpenAsync();
        using var publish = new PublishBundle(at.At.Store, at.Clock);
        var ledger = at.Ledger;
        await using var feed = new BundleFeed(publish, ledger, at.Clock);
        using var quick = feed.Listen("router");
        using var slow = feed.Listen("router");
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        Assert.Equal(0, (await feed.CurrentAsync("router", limit.Token)).Manifest.Counter);

        for (var turn = 1; turn <= 5; turn++)
        {
            Granted(await new TurnKillSwitchHandler(ledger).HandleAsync(new("router", turn % 2 == 1, "drill", Operator), CancellationToken.None));
            SignedManifest heard;
            do heard = await quick.Manifests.ReadAsync(limit.Token);
            while (heard.Manifest.Counter < turn);
            Assert.Equal(turn % 2 == 1, heard.Manifest.IsKilled);
        }
        Assert.Equal(5, (await slow.Manifests.ReadAsync(limit.Token)).Manifest.Counter);
        Assert.False(slow.Manifests.TryRead(out _));
    }

    [Fact]
    public async Task answers_a_long_poll_when_something_changes_and_with_the_same_when_nothing_does()
    {
        await using var at = await Releasing.Registry.OpenAsync();
        using var publish = new PublishBundle(at.At.Store, at.Clock);
        var ledger = at.Ledger;
        await using var feed = new BundleFeed(publish, ledger, at.Clock);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var first = await feed.NextAsync("router", null, TimeSpan.FromSeconds(60), limit.Token);

        Assert.Equal(first.ETag, (await feed.NextAsync("router", first.ETag, TimeSpan.FromMilliseconds(1), limit.Token)).ETag);
        var waiting = feed.NextAsync("router", first.ETag, TimeSpan.FromSeconds(60), limit.Token);
        Granted(await new TurnKillSwitchHandler(ledger).HandleAsync(new("router", true, "drill", Operator), CancellationToken.None));
        Assert.True((await waiting).Manifest.IsKilled);
    }
}
