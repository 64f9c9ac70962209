using System.Security.Cryptography;
using System.Text;

namespace Emend.Engine.Learning.DataSets;

/// <summary>Writes the lines of one part, counts and digests them. Holds no more than a buffer.</summary>
internal sealed class RowWriter(Stream to) : IDisposable
{
    private const int FlushAt = 64 * 1024;

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly StringBuilder _text = new(2 * FlushAt);

    /// <summary>Rows so far.</summary>
    public long Rows { get; private set; }

    /// <summary>Writes a row.</summary>
    public void Row(string line, string end = "\n")
    {
        Rows++;
        Line(line, end);
    }

    /// <summary>Writes a line that is no row.</summary>
    public void Line(string line, string end = "\n")
    {
        _text.Append(line).Append(end);
        if (_text.Length >= FlushAt) Flush();
    }

    /// <summary>Writes what is left; SHA-256 of everything.</summary>
    public string Done()
    {
        Flush();
        to.Flush();
        return Convert.ToHexStringLower(_hash.GetHashAndReset());
    }

    public void Dispose() => _hash.Dispose();

    private void Flush()
    {
        var bytes = Encoding.UTF8.GetBytes(_text.ToString());
        _hash.AppendData(bytes);
        to.Write(bytes);
        _text.Clear();
    }
}
