using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Emend.Engine.Storage;
using Microsoft.Data.Sqlite;

namespace Emend.Engine.Journal;

/// <summary>One SHA-256 over the state of all read models. Equal sets of events give equal digests, whatever their order, batching or restarts.</summary>
internal static class StateDigest
{
    /// <summary>Digest of the state as one moment shows it, 64 lower-case hexadecimal digits.</summary>
    public static string Of(SqliteWorkspaceStore store) => store.WithReader(reader =>
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var projection in store.Projections.OrderBy(static projection => projection.Name, StringComparer.Ordinal))
        {
            Text(hash, projection.Name);
            foreach (var query in projection.DigestQueries)
            {
                using var rows = reader.Commands.Get(query).ExecuteReader();
                while (rows.Read()) Row(hash, rows);
                hash.AppendData([0xFF]);
            }
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    });

    // Each value with its type and length, so that no two rows run together.
    private static void Row(IncrementalHash hash, SqliteDataReader row)
    {
        hash.AppendData([0xFE]);
        for (var i = 0; i < row.FieldCount; i++)
        {
            switch (row.GetValue(i))
            {
                case DBNull: Text(hash, "n"); break;
                case long number: Text(hash, "i" + number.ToString(CultureInfo.InvariantCulture)); break;
                case double number: Text(hash, "r" + number.ToString("R", CultureInfo.InvariantCulture)); break;
                case byte[] bytes: Text(hash, "b" + Convert.ToHexStringLower(bytes)); break;
                case var text: Text(hash, "t" + text); break;
            }
        }
    }

    private static void Text(IncrementalHash hash, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        Span<byte> length = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(length, bytes.Length);
        hash.AppendData(length);
        hash.AppendData(bytes);
    }
}
