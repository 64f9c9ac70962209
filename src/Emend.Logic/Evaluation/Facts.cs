using System.Runtime.CompilerServices;

namespace Emend.Logic.Evaluation;

/// <summary>What is true of one case beside its single values: which phrases the text holds, which members its sets have.</summary>
internal ref struct Facts
{
    private readonly Span<ulong> _bits;
    private readonly Span<int> _list;
    private int _count;

    /// <param name="bits">One bit per fact, cleared.</param>
    /// <param name="list">Takes the facts in the order they are found; when it is full, the bits are walked instead.</param>
    public Facts(Span<ulong> bits, Span<int> list)
    {
        _bits = bits;
        _list = list;
    }

    /// <summary>Facts found so far; may name one that was cleared since (<see cref="Clear"/>). Empty when there were too many to list.</summary>
    public readonly ReadOnlySpan<int> Listed => _count <= _list.Length ? _list[.._count] : [];

    /// <summary>Whether <see cref="Listed"/> misses some and the bits must be walked.</summary>
    public readonly bool IsListCut => _count > _list.Length;

    /// <summary>The bits, 64 facts a word.</summary>
    public readonly ReadOnlySpan<ulong> Words => _bits;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly bool Has(int fact) => (_bits[fact >> 6] >> fact & 1) != 0;

    /// <summary>Notes a fact; false when it was known.</summary>
    public bool Add(int fact)
    {
        if (Has(fact)) return false;
        _bits[fact >> 6] |= 1UL << fact;
        if (_count < _list.Length) _list[_count] = fact;
        _count++;
        return true;
    }

    /// <summary>Forgets the facts from <paramref name="first"/> on, <paramref name="count"/> of them.</summary>
    public readonly void Clear(int first, int count)
    {
        for (var fact = first; fact < first + count; fact++) _bits[fact >> 6] &= ~(1UL << fact);
    }
}
