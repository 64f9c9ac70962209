using System.Security.Cryptography;
using System.Text;
using Emend.Engine.Journal;
using Emend.TestKit;

namespace Emend.Engine.Tests.Journal;

public class Committing_to_fields
{
    [Fact]
    public void gives_the_same_in_lanes_as_one_by_one_with_the_platforms_hash()
    {
        var random = Seed.Next();
        var committer = new FieldCommitter();
        for (var round = 0; round < 300; round++)
        {
            committer.Clear();
            var expected = new List<byte[]>();
            for (var count = random.Next(1, 40); count > 0; count--)
            {
                var (key, path, value) = (new byte[32], new byte[random.Next(0, 120)], new byte[random.Next(4) == 0 ? random.Next(3_000) : random.Next(200)]);
                random.NextBytes(key);
                random.NextBytes(path);
                random.NextBytes(value);
                var (ordinal, @class) = (random.Next(), (FieldClass)random.Next(4));
                committer.Add(key, ordinal, @class, path, value);
                byte[] saltMessage = [.. "emend/salt/v1"u8, (byte)(ordinal >> 24), (byte)(ordinal >> 16), (byte)(ordinal >> 8), (byte)ordinal, .. path];
                byte[] fieldMessage = [.. "emend/fc/v1"u8, (byte)@class, (byte)(path.Length >> 8), (byte)path.Length, .. path, .. value];
                expected.Add(HMACSHA256.HashData(HMACSHA256.HashData(key, saltMessage), fieldMessage));
            }
            committer.Compute();
            for (var i = 0; i < expected.Count; i++) Assert.Equal(expected[i], committer.Commitments(i, 1).ToArray());
        }
    }

    // Test vector of docs/spec/journal-format.md: a change here changes the format, which can no longer be changed.
    [Fact]
    public void has_the_bytes_of_the_specification()
    {
        var dataKey = Enumerable.Range(0, 32).Select(static i => (byte)i).ToArray();
        var entryId = Guid.Parse("0199aabb-ccdd-7eef-8123-456789abcdef");
        Span<byte> entryKey = stackalloc byte[32], salt = stackalloc byte[32], commitment = stackalloc byte[32];
        FieldCommitment.EntryKey(dataKey, entryId, entryKey);
        FieldCommitment.Salt(entryKey, 7, "comment"u8, salt);
        FieldCommitment.Commit(salt, FieldClass.Personal, "comment"u8, Encoding.UTF8.GetBytes("\"wrong queue\""), commitment);
        Assert.Equal(
            ("6dd7712a105e6b274e2b61b1ecac5d7e2697581e5c1dd26af43fc63e6f1da638", "34b3aa058d26fef185231599052d8e232a29e4f1552b1709f8c58c4cf9ca2220", "0f478fbcdcd0e77f5252e4b70b552e55887504706daf2f10abcf2eeef4749eff"),
            (Convert.ToHexStringLower(entryKey), Convert.ToHexStringLower(salt), Convert.ToHexStringLower(commitment)));
    }
}
