using System.Buffers.Binary;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace Emend.Client.Capturing;

/// <summary>
/// How many records this client has lost since its state folder was made, by reason: totals that only grow, on disk, so that a report of
/// them may be sent again, by another process too, and counts once.
/// </summary>
/// <remarks>
/// A file of two slots that are written in turn, each with a checksum: a write that was cut short leaves the other one. It has its size
/// from the beginning, so that a full disk, the usual cause of losses, does not keep them from being counted.
/// </remarks>
internal sealed class LossRegister : IDisposable
{
    private const uint Mark = 0x314C4D45; // EML1
    private const int SlotSize = 512, Slots = 2, NameAt = 16, NameSize = 16, TotalsAt = NameAt + NameSize, MostReasons = 16;
    private const int LongestName = 128; // what a server takes

    private static readonly int Reasons = Enum.GetValues<LossReason>().Length;

    private readonly string _path;
    private readonly string _agent;
    private readonly Lock _saving = new();
    private readonly long[] _totals = new long[MostReasons];
    private readonly byte[] _name = new byte[NameSize];
    private SafeFileHandle? _file;
    private long _generation;
    private int _isChanged;

    private LossRegister(string path, string agent) => (_path, _agent) = (path, agent);

    /// <summary>Name of this client: one for each state folder.</summary>
    public string Client => string.Concat(_agent.AsSpan(0, Math.Min(_agent.Length, LongestName - (2 * NameSize) - 1)), "/", Convert.ToHexStringLower(_name));

    /// <summary>Told when something was lost.</summary>
    public event EventHandler? Grew;

    /// <summary>Takes up what earlier processes counted. What cannot be read begins anew, under another name.</summary>
    public static LossRegister Open(string stateFolder, string agent)
    {
        var register = new LossRegister(Path.Combine(stateFolder, "losses"), agent);
        if (!register.Read()) RandomNumberGenerator.Fill(register._name);
        register.Save();
        return register;
    }

    /// <summary>The totals at this moment.</summary>
    public long[] Totals()
    {
        var totals = new long[Reasons];
        for (var i = 0; i < totals.Length; i++) totals[i] = Volatile.Read(ref _totals[i]);
        return totals;
    }

    /// <summary>Counts records as lost. Never waits for the disk: that is <see cref="Save"/>, which the deciding thread leaves to others.</summary>
    public void Add(LossReason why, long records)
    {
        Interlocked.Add(ref _totals[(int)why], records);
        Volatile.Write(ref _isChanged, 1);
        Grew?.Invoke(this, EventArgs.Empty);
    }

    /// <summary>Writes the totals down if they changed: a process killed afterwards has counted them. A disk that refuses is asked again the next time.</summary>
    public void Save()
    {
        if (Volatile.Read(ref _isChanged) == 0 && _file is not null) return;
        lock (_saving)
        {
            Volatile.Write(ref _isChanged, 0);
            try
            {
                var file = _file ??= Create();
                Span<byte> slot = stackalloc byte[SlotSize];
                _generation++;
                Write(slot);
                RandomAccess.Write(file, slot, _generation % Slots * SlotSize);
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or ObjectDisposedException)
            {
                Volatile.Write(ref _isChanged, 1);
            }
        }
    }

    public void Dispose()
    {
        Save();
        lock (_saving) _file?.Dispose();
    }

    private SafeFileHandle Create()
    {
        var isNew = !File.Exists(_path) || new FileInfo(_path).Length < Slots * SlotSize;
        using (var stream = DurableFile.Create(_path, FileMode.OpenOrCreate))
        {
            if (isNew)
            {
                // All of it at once: it never grows again.
                stream.Write(new byte[Slots * SlotSize]);
                stream.Flush(flushToDisk: true);
            }
        }
        return File.OpenHandle(_path, FileMode.Open, FileAccess.ReadWrite, FileShare.Read | FileShare.Delete);
    }

    private bool Read()
    {
        byte[] bytes;
        try
        {
            bytes = File.ReadAllBytes(_path);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return false;
        }
        for (var slot = 0; slot + SlotSize <= bytes.Length; slot += SlotSize)
        {
            var one = bytes.AsSpan(slot, SlotSize);
            if (BinaryPrimitives.ReadUInt32LittleEndian(one) != Mark || BinaryPrimitives.ReadUInt32LittleEndian(one[4..]) != Frame.Checksum(one[8..])) continue;
            var generation = BinaryPrimitives.ReadInt64LittleEndian(one[8..]);
            if (generation <= _generation) continue;
            _generation = generation;
            one.Slice(NameAt, NameSize).CopyTo(_name);
            for (var i = 0; i < MostReasons; i++) _totals[i] = BinaryPrimitives.ReadInt64LittleEndian(one[(TotalsAt + (8 * i))..]);
        }
        return _generation > 0;
    }

    private void Write(Span<byte> slot)
    {
        slot.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(slot, Mark);
        BinaryPrimitives.WriteInt64LittleEndian(slot[8..], _generation);
        _name.CopyTo(slot[NameAt..]);
        for (var i = 0; i < MostReasons; i++) BinaryPrimitives.WriteInt64LittleEndian(slot[(TotalsAt + (8 * i))..], Volatile.Read(ref _totals[i]));
        BinaryPrimitives.WriteUInt32LittleEndian(slot[4..], Frame.Checksum(slot[8..]));
    }
}
