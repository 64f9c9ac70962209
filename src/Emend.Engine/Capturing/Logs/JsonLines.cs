namespace Emend.Engine.Capturing.Logs;

/// <summary>Splits a stream into lines without ever holding more than one of them: LF or CRLF, a byte order mark at the start, blank lines skipped.</summary>
internal sealed class JsonLines(Stream stream, int maxLineBytes)
{
    private const int FirstBuffer = 128 * 1024;

    private byte[] _buffer = new byte[Math.Min(FirstBuffer, maxLineBytes + 2)];
    private int _start;
    private int _end;
    private bool _ended;

    /// <summary>Number of the current line, from 1.</summary>
    public long Number { get; private set; }

    /// <summary>True when the current line was longer than allowed; its bytes are skipped, not kept.</summary>
    public bool IsTooLong { get; private set; }

    /// <summary>The current line without its end; valid until the next call of <see cref="MoveNext"/>.</summary>
    public ReadOnlySpan<byte> Current => _buffer.AsSpan(_lineStart, _lineLength);

    private int _lineStart;
    private int _lineLength;

    /// <summary>Goes to the next line that is not blank; false at the end.</summary>
    public bool MoveNext()
    {
        while (NextRaw())
        {
            if (Number == 1 && Current.StartsWith("\uFEFF"u8)) (_lineStart, _lineLength) = (_lineStart + 3, _lineLength - 3);
            if (IsTooLong || Current.IndexOfAnyExcept(" \t\r"u8) >= 0) return true;
        }
        return false;
    }

    private bool NextRaw()
    {
        IsTooLong = false;
        var searched = 0;
        while (true)
        {
            var at = _buffer.AsSpan(_start + searched, _end - _start - searched).IndexOf((byte)'\n');
            if (at >= 0)
            {
                Take(searched + at, 1);
                return true;
            }
            searched = _end - _start;
            if (_ended)
            {
                if (searched == 0 && !IsTooLong) return false;
                Take(searched, 0);
                return true;
            }
            // Room for the longest line and its CR LF: a full buffer without a line end can only be too long.
            if (searched >= maxLineBytes + 2)
            {
                IsTooLong = true;
                _start = _end;
                searched = 0;
            }
            Fill();
        }
    }

    private void Take(int length, int lineEnd)
    {
        Number++;
        (_lineStart, _lineLength) = (_start, length);
        _start += length + lineEnd;
        if (length > 0 && _buffer[_lineStart + length - 1] == '\r') _lineLength--;
        IsTooLong |= _lineLength > maxLineBytes;
        if (IsTooLong) _lineLength = 0;
    }

    private void Fill()
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }
        if (_end == _buffer.Length) Array.Resize(ref _buffer, (int)Math.Min(_buffer.Length * 2L, maxLineBytes + 2L));
        var read = stream.Read(_buffer, _end, _buffer.Length - _end);
        if (read == 0) _ended = true;
        _end += read;
    }
}
