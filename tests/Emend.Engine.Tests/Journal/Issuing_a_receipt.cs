using Emend.Engine.Journal;
using Emend.TestKit;
using static Emend.TestKit.WorkspaceFixture;

namespace Emend.Engine.Tests.Journal;

public class Issuing_a_receipt
{
    [Fact]
    public async Task proves_a_record_of_a_batch_and_the_fields_shown_with_the_public_key_alone()
    {
        await using var at = await OpenAsync();
        var receipt = await IssueAsync(at, "comment", "verdict");
        using var key = await KeyAsync(at);
        var proven = Receipt.Verify(receipt, key);
        Assert.Equal((2L, 4, "b-4", "corrections.accepted"), (proven.Index, proven.Position, proven.RecordId, proven.Head.Type));
        Assert.Equal([new("comment", FieldClass.Personal, "\"text 4\""), new("verdict", FieldClass.Internal, "\"modify\"")], proven.Disclosed);
        // Nothing of what was not shown is in it.
        Assert.DoesNotContain(Convert.ToBase64String("61250.5"u8), receipt);
    }

    [Fact]
    public async Task is_worth_nothing_once_a_single_character_is_changed()
    {
        var random = Seed.Next();
        await using var at = await OpenAsync();
        var receipt = await IssueAsync(at, "comment");
        using var key = await KeyAsync(at);
        for (var round = 0; round < 3_000; round++)
        {
            var text = receipt.ToCharArray();
            var place = random.Next(text.Length);
            var was = text[place];
            text[place] = (char)random.Next(32, 127);
            if (text[place] == was) continue;
            try
            {
                Receipt.Verify(new string(text), key);
            }
            catch (JournalFormatException)
            {
                continue;
            }
            Assert.Fail($"character {place} changed from '{was}' to '{text[place]}' went unnoticed");
        }
    }

    [Fact]
    public async Task is_worth_nothing_under_another_journals_key()
    {
        await using var at = await OpenAsync();
        await using var other = await OpenAsync();
        var receipt = await IssueAsync(at, "comment");
        await IssueAsync(other, "comment");
        using var key = await KeyAsync(other);
        Assert.Contains("has not signed this note", Assert.Throws<JournalFormatException>(() => Receipt.Verify(receipt, key)).Message);
    }

    [Fact]
    public async Task stays_valid_while_the_journal_grows_and_each_checkpoint_extends_the_last()
    {
        await using var at = await OpenAsync();
        var receipts = new List<string>();
        var notes = new List<Checkpoint>();
        using var signed = await FirstKeyAsync(at);
        for (var i = 0; i < 40; i++)
        {
            for (var n = 0; n <= i % 13; n++) await at.AppendAsync(Draft($"k-{i}-{n}"));
            receipts.Add(await Receipt.IssueAsync(at.Store, at.Store.Size - 1, 0, [], CancellationToken.None));
            notes.Add(Checkpoint.Parse(SignedNote.Verified(await SignCheckpoint.SignAsync(at.Store, CancellationToken.None), signed)));
        }
        foreach (var receipt in receipts) Assert.NotNull(Receipt.Verify(receipt, signed));
        for (var i = 1; i < notes.Count; i++)
        {
            var (old, now) = (notes[i - 1], notes[i]);
            var proof = at.Store.WithReader(reader => MerkleProof.Consistency(old.Size, now.Size, new TreeReader(reader.Commands).Hash));
            Assert.True(MerkleProof.IsConsistent(old.Size, now.Size, old.Root, now.Root, proof));
        }
    }

    private static async Task<VerifierKey> FirstKeyAsync(WorkspaceFixture at)
    {
        await SignCheckpoint.SignAsync(at.Store, CancellationToken.None);
        return await KeyAsync(at);
    }

    private static async Task<VerifierKey> KeyAsync(WorkspaceFixture at) => VerifierKey.Parse(await File.ReadAllTextAsync(at.Store.Files.VerifierKey));

    private static async Task<string> IssueAsync(WorkspaceFixture at, params string[] show)
    {
        for (var i = 0; i < 6; i++)
            await at.AppendAsync(i == 2 ? Batch("corrections.accepted", [.. Enumerable.Range(0, 7).Select(r => Record($"b-{r}", "cust-1", $"text {r}"))]) : Draft($"k-{i}"));
        return await Receipt.IssueAsync(at.Store, 2, 4, show, CancellationToken.None);
    }
}
