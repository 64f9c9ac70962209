using Emend.Engine.Storage;

namespace Emend.Engine.Journal;

/// <summary>Signs the state of a journal. What was signed before must be a prefix of it, or nothing is signed.</summary>
internal static class SignCheckpoint
{
    /// <summary>A signed note over the journal as it is when the writer gets to it. Asking again at the same size gives the same note.</summary>
    /// <exception cref="StorageException">The journal is smaller than, or differs from, what was signed: somebody rolled it back or altered it.</exception>
    public static async Task<string> SignAsync(SqliteWorkspaceStore store, CancellationToken cancel)
    {
        var (note, checkpoint) = await store.OnWriterAsync(unit =>
        {
            var now = new Checkpoint(store.Origin, unit.Tree.Size, unit.Tree.Frontier.Root());
            var last = LastNote(unit.Commands);
            if (store.Keys.LastSigned() is var (size, root)) MustExtend(unit.Commands, size, root, now);
            using var key = SigningKey.Open(store.Files.SigningKey, store.Origin, mayCreate: last is null);
            if (last is not null)
            {
                var before = Checkpoint.Parse(SignedNote.Verified(last, key.Verifier));
                MustExtend(unit.Commands, before.Size, before.Root, now);
                if (before.Size == now.Size) return (last, now);
            }
            var signed = key.Sign(now.Text);
            unit.Commands.Get(JournalSql.AddCheckpoint).Bind("@size", now.Size).Bind("@note", signed).ExecuteNonQuery();
            Publish(store.Files.VerifierKey, key.Verifier);
            return (signed, now);
        }, cancel).ConfigureAwait(false);
        // The key store's copy comes after the journal's commit and before anybody sees the note. A crash in between leaves an
        // older copy, which only makes the next check start earlier.
        store.Keys.NoteSigned(checkpoint.Size, checkpoint.Root);
        return note;
    }

    // Written aside, so that a crash leaves the whole key or none.
    private static void Publish(string path, VerifierKey key)
    {
        if (File.Exists(path)) return;
        File.WriteAllText(path + ".part", key + "\n");
        File.Move(path + ".part", path, overwrite: true);
    }

    /// <summary>The newest signed note; null when nothing was signed yet.</summary>
    public static string? LastNote(CommandCache commands)
    {
        using var row = commands.Get(JournalSql.LastCheckpoint).ExecuteReader();
        return row.Read() ? row.GetString(1) : null;
    }

    private static void MustExtend(CommandCache commands, long size, byte[] root, Checkpoint now)
    {
        if (size > now.Size)
        {
            throw new StorageException(
                $"the journal has {now.Size} entries, but a checkpoint over {size} was signed: an older file was put in its place. Nothing is signed until the newer one is back.");
        }
        var tree = new TreeReader(commands);
        if (!MerkleProof.IsConsistent(size, now.Size, root, now.Root, MerkleProof.Consistency(size, now.Size, tree.Hash)))
        {
            throw new StorageException(
                $"the first {size} entries are not the ones that were signed: rows were altered. Nothing is signed any more; run `emend audit verify` to see which.");
        }
    }
}
