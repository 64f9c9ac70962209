using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Emend.Client.Serving;
using Emend.Engine.Journal;
using Emend.Logic;
using Emend.TestKit;
using static Emend.Client.Tests.World;

namespace Emend.Client.Tests.Serving;

public class Refusing_what_is_not_proven
{
    [Fact, Trait("Fault", "F25")]
    public async Task refuses_a_bundle_with_any_one_bit_changed_and_keeps_what_is_in_force()
    {
        await using var world = await OpenAsync();
        var server = new FakeServer(world.Engine);
        await using var emend = world.Client(server);
        await world.Walk.ReleaseAsync(Bundle(Override("x", "b")));
        await emend.ApplyAsync((await world.SignAsync()).Note, Patience);
        await world.Walk.ReleaseAsync(Bundle(Override("x", "c")));
        var next = (await world.SignAsync()).Note;

        var size = BundleJson.Write(Bundle(Override("x", "c"))).Length;
        for (var bit = 0; bit < size * 8; bit += 5)
        {
            server.OnTheWay = bytes =>
            {
                bytes[bit / 8] ^= (byte)(1 << (bit % 8));
                return bytes;
            };
            Assert.False(await emend.ApplyAsync(next, Patience));
        }
        Assert.Equal("b", emend.Decide(About("x")).Action!.Label);
        server.OnTheWay = static bytes => bytes;
        Assert.True(await emend.ApplyAsync(next, Patience));
        Assert.Equal("c", emend.Decide(About("x")).Action!.Label);
    }

    [Fact, Trait("Fault", "F25")]
    public async Task refuses_a_manifest_with_any_one_character_changed()
    {
        await using var world = await OpenAsync();
        await world.Walk.ReleaseAsync(Bundle(Override("x", "b")));
        var note = (await world.SignAsync()).Note;
        var trust = Trust.Of(world.Options());
        Assert.NotNull(VerifiedManifest.Of(note, trust));

        for (var at = 0; at < note.Length; at += 3)
        {
            var changed = note[..at] + (note[at] == 'A' ? 'B' : 'A') + note[(at + 1)..];
            Assert.Throws<VerificationException>(() => VerifiedManifest.Of(changed, trust));
        }
        for (var length = 0; length < note.Length; length += 7) Assert.Throws<VerificationException>(() => VerifiedManifest.Of(note[..length], trust));
    }

    [Fact]
    public async Task refuses_the_signature_of_another_key_even_one_of_the_journal()
    {
        await using var world = await OpenAsync();
        await using var other = await OpenAsync();
        await world.Walk.ReleaseAsync(Bundle(Override("x", "b")));
        var manifest = (await world.SignAsync()).Manifest;
        var text = $"{ReleaseManifest.Schema}\n{ReleaseManifestJson.Write(manifest)}\n";
        using var journal = SigningKey.Open(world.Engine.Store.Files.SigningKey, world.Engine.Store.Origin + "/release", mayCreate: false);
        using var stranger = SigningKey.Open(other.Engine.Store.Files.ReleaseKey, world.Engine.Store.Origin + "/release", mayCreate: false);

        Assert.Equal("manifest.signature", CodeOf(world, journal.Sign(text)));
        Assert.Equal("manifest.signature", CodeOf(world, stranger.Sign(text)));
        Assert.Equal("manifest.signature", CodeOf(other, (await world.SignAsync()).Note));
    }

    [Fact, Trait("Fault", "F26")]
    public async Task refuses_an_older_manifest_after_a_restart_too()
    {
        await using var world = await OpenAsync();
        var state = world.NewState();
        await world.Walk.ReleaseAsync(Bundle(Override("x", "b")));
        var old = (await world.SignAsync()).Note;
        await world.Walk.KillAsync(on: true);
        await using (var emend = world.Client(new(world.Engine), state: state))
        {
            Assert.True(await emend.ApplyAsync(old, Patience));
            Assert.True(await emend.ApplyAsync((await world.SignAsync()).Note, Patience));
            Assert.False(await emend.ApplyAsync(old, Patience));
        }
        await using (var emend = world.Client(new(world.Engine), state: state))
        {
            Assert.Equal(Fallback.Killed, emend.Decide(About("x")).Fallback);
            Assert.False(await emend.ApplyAsync(old, Patience));
        }
        // The manifest is lost, the counter is not.
        File.Delete(Path.Combine(state, "bundles", "manifest.note"));
        await using (var emend = world.Client(new(world.Engine), state: state))
        {
            Assert.False(await emend.ApplyAsync(old, Patience));
            Assert.Equal(Fallback.NoBundle, emend.Decide(About("x")).Fallback);
        }
    }

    [Fact, Trait("Fault", "F26")]
    public async Task refuses_two_manifests_that_differ_under_one_counter()
    {
        await using var world = await OpenAsync();
        await using var emend = world.Client(new(world.Engine));
        await world.Walk.ReleaseAsync(Bundle(Override("x", "b")));
        var signed = await world.SignAsync();
        await emend.ApplyAsync(signed.Note, Patience);

        Assert.True(await emend.ApplyAsync((await world.SignAsync()).Note, Patience));
        Assert.False(await emend.ApplyAsync(Signed(world, signed.Manifest with { IsKilled = true }), Patience));
    }

    [Fact, Trait("Fault", "F25")]
    public async Task refuses_a_bundle_without_an_approval_or_with_that_of_another()
    {
        await using var world = await OpenAsync();
        await using var elsewhere = await OpenAsync();
        await world.Walk.ReleaseAsync(Bundle(Override("x", "b")));
        await elsewhere.Walk.ReleaseAsync(Bundle(Override("x", "b")));
        var manifest = (await world.SignAsync()).Manifest;
        var (digest, approval) = manifest.Bundles[0];
        var evil = BundleDigest.Of(Bundle(Override("x", "evil")));
        var built = await Receipt.IssueAsync(world.Engine.Store, world.Engine.Store.Size - 5, 0, ["agent", "candidate"], CancellationToken.None);

        Assert.Equal("approval.missing", CodeOf(world, Signed(world, manifest with { Served = evil, Bundles = [new(evil, approval)] })));
        Assert.Equal("approval.malformed", CodeOf(world, Signed(world, manifest with { Bundles = [new(digest, "")] })));
        Assert.Equal("approval.missing", CodeOf(world, Signed(world, manifest with { Bundles = [new(digest, built)] })));
        Assert.Equal("approval.checkpoint", CodeOf(world, Signed(world, manifest with { Bundles = [new(digest, (await elsewhere.SignAsync()).Manifest.Bundles[0].Approval)] })));
        Assert.Equal("manifest.malformed", CodeOf(world, Signed(world, manifest with { Bundles = [] })));
        Assert.Equal("manifest.agent", CodeOf(world, Signed(world, manifest with { Agent = "another" })));
        Assert.Null(CodeOf(world, Signed(world, manifest)));
    }

    [Fact]
    public async Task proves_the_same_of_a_receipt_as_the_engine_that_issued_it()
    {
        await using var world = await OpenAsync();
        await world.Walk.ReleaseAsync(Bundle(Override("x", "b")));
        using var key = VerifierKey.Parse(world.JournalKey);
        var client = new[] { PublicKey.Parse(world.JournalKey) };
        var random = Seed.Next();
        for (var entry = 0; entry < world.Engine.Store.Size; entry++)
        {
            var receipt = await Receipt.IssueAsync(world.Engine.Store, entry, 0, [], CancellationToken.None);
            var (theirs, ours) = (Receipt.Verify(receipt, key), Proof.Verify(receipt, client));
            Assert.Equal((theirs.Checkpoint.Origin, theirs.Head.Type), (ours.Origin, ours.Type));

            // The engine checks the record's id as well, which the client does not use: those three lines are left alone.
            var lines = receipt.Split('\n');
            for (var i = 0; i < 40; i++)
            {
                var line = random.Next(lines.Length);
                if (lines[line].Length == 0 || lines[line].Split(' ')[0] is "key" or "salt" or "id") continue;
                var at = random.Next(lines[line].Length);
                var forged = lines.ToArray();
                forged[line] = lines[line][..at] + (lines[line][at] == 'q' ? 'z' : 'q') + lines[line][(at + 1)..];
                Assert.Throws<VerificationException>(() => Proof.Verify(string.Join('\n', forged), client));
            }
        }
    }

    [Fact]
    public async Task starts_without_logic_rather_than_with_half_a_file_and_fetches_it_again()
    {
        await using var world = await OpenAsync();
        var state = world.NewState();
        var digest = await world.Walk.ReleaseAsync(Bundle(Override("x", "b")));
        var note = (await world.SignAsync()).Note;
        await using (var emend = world.Client(new(world.Engine), state: state)) await emend.ApplyAsync(note, Patience);
        var file = Path.Combine(state, "bundles", digest[7..] + ".json");
        var whole = await File.ReadAllBytesAsync(file);

        foreach (var length in new[] { 0, 1, whole.Length / 2, whole.Length - 1 })
        {
            await File.WriteAllBytesAsync(file, whole[..length]);
            var server = new FakeServer(world.Engine);
            await using var emend = world.Client(server, state: state);
            Assert.Equal(Fallback.NoBundle, emend.Decide(About("x")).Fallback);
            Assert.True(await emend.ApplyAsync(note, Patience));
            Assert.Equal(("b", 1), (emend.Decide(About("x")).Action!.Label, server.Downloads));
        }
    }

    [Fact]
    public async Task counts_every_refusal_under_its_code()
    {
        await using var world = await OpenAsync();
        await using var emend = world.Client(new(world.Engine));
        var codes = new ConcurrentBag<string>();
        using var listener = new MeterListener { InstrumentPublished = static (instrument, on) => { if (instrument.Name == "emend.client.bundles_refused") on.EnableMeasurementEvents(instrument); } };
        listener.SetMeasurementEventCallback<long>((_, _, tags, _) => codes.Add((string)tags[0].Value!));
        listener.Start();
        await emend.ApplyAsync("nonsense", Patience);

        Assert.Contains("manifest.signature", codes);
    }

    private static string Signed(World world, ReleaseManifest manifest)
    {
        using var key = SigningKey.Open(world.Engine.Store.Files.ReleaseKey, world.Engine.Store.Origin + "/release", mayCreate: false);
        return key.Sign($"{ReleaseManifest.Schema}\n{ReleaseManifestJson.Write(manifest)}\n");
    }

    private static string? CodeOf(World world, string note)
    {
        try
        {
            VerifiedManifest.Of(note, Trust.Of(world.Options()));
            return null;
        }
        catch (VerificationException why)
        {
            return why.Code;
        }
    }
}
