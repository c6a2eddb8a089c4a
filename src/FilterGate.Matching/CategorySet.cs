using System.Numerics;
using System.Runtime.CompilerServices;

namespace FilterGate.Matching;

/// <summary>A set of categories, one bit each: the narrow waist between lists and policy.</summary>
/// <remarks>32 bytes, no allocation, compared bit for bit. The bit is <see cref="Category.Index"/>, 0 to 255
/// (<c>matcher.md</c> reserves 256: about 100 categories of the taxonomy and those that a school's own folders add).</remarks>
public readonly struct CategorySet : IEquatable<CategorySet>
{
    /// <summary>How many categories a set can hold.</summary>
    public const int Capacity = 256;

    private readonly ulong _bits0, _bits1, _bits2, _bits3;

    private CategorySet(ulong bits0, ulong bits1, ulong bits2, ulong bits3) =>
        (_bits0, _bits1, _bits2, _bits3) = (bits0, bits1, bits2, bits3);

    /// <summary>No category: an unknown site.</summary>
    public static CategorySet Empty => default;

    /// <summary>True when no category is in the set.</summary>
    public bool IsEmpty => (_bits0 | _bits1 | _bits2 | _bits3) == 0;

    /// <summary>How many categories are in the set.</summary>
    public int Count => BitOperations.PopCount(_bits0) + BitOperations.PopCount(_bits1) + BitOperations.PopCount(_bits2) + BitOperations.PopCount(_bits3);

    /// <summary>The lowest index in the set, or -1 when it is empty.</summary>
    public int FirstIndex
    {
        get
        {
            if (_bits0 != 0) return BitOperations.TrailingZeroCount(_bits0);
            if (_bits1 != 0) return 64 + BitOperations.TrailingZeroCount(_bits1);
            if (_bits2 != 0) return 128 + BitOperations.TrailingZeroCount(_bits2);
            return _bits3 != 0 ? 192 + BitOperations.TrailingZeroCount(_bits3) : -1;
        }
    }

    /// <summary>The set of the given categories.</summary>
    public static CategorySet Of(params ReadOnlySpan<Category> categories)
    {
        var set = Empty;
        foreach (var category in categories) set = set.With(category.Index);
        return set;
    }

    /// <summary>This set and one more category.</summary>
    /// <param name="index">0 to 255; anything else throws <see cref="ArgumentOutOfRangeException"/>.</param>
    public CategorySet With(int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Capacity, nameof(index));
        var bit = 1UL << (index & 63);
        return (index >> 6) switch
        {
            0 => new(_bits0 | bit, _bits1, _bits2, _bits3),
            1 => new(_bits0, _bits1 | bit, _bits2, _bits3),
            2 => new(_bits0, _bits1, _bits2 | bit, _bits3),
            _ => new(_bits0, _bits1, _bits2, _bits3 | bit),
        };
    }

    /// <summary>This set without the categories of another.</summary>
    public CategorySet Except(in CategorySet other) =>
        new(_bits0 & ~other._bits0, _bits1 & ~other._bits1, _bits2 & ~other._bits2, _bits3 & ~other._bits3);

    /// <summary>True when the category with this index is in the set; false for an index out of range.</summary>
    public bool Contains(int index) => (index >> 6) switch
    {
        0 => (_bits0 >> index & 1) != 0,
        1 => (_bits1 >> index & 1) != 0,
        2 => (_bits2 >> index & 1) != 0,
        3 => (_bits3 >> index & 1) != 0,
        _ => false,
    };

    /// <summary>True when the two sets share a category.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Overlaps(in CategorySet other) =>
        (_bits0 & other._bits0 | _bits1 & other._bits1 | _bits2 & other._bits2 | _bits3 & other._bits3) != 0;

    /// <summary>The categories in both sets.</summary>
    public static CategorySet operator &(in CategorySet a, in CategorySet b) =>
        new(a._bits0 & b._bits0, a._bits1 & b._bits1, a._bits2 & b._bits2, a._bits3 & b._bits3);

    /// <summary>The categories in either set.</summary>
    public static CategorySet operator |(in CategorySet a, in CategorySet b) =>
        new(a._bits0 | b._bits0, a._bits1 | b._bits1, a._bits2 | b._bits2, a._bits3 | b._bits3);

    /// <summary>The categories in both sets.</summary>
    public static CategorySet BitwiseAnd(CategorySet left, CategorySet right) => left & right;

    /// <summary>The categories in either set.</summary>
    public static CategorySet BitwiseOr(CategorySet left, CategorySet right) => left | right;

    /// <summary>The indices in the set, ascending; no allocation.</summary>
    public Enumerator GetEnumerator() => new(this);

    /// <inheritdoc/>
    public bool Equals(CategorySet other) =>
        _bits0 == other._bits0 && _bits1 == other._bits1 && _bits2 == other._bits2 && _bits3 == other._bits3;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is CategorySet other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(_bits0, _bits1, _bits2, _bits3);

    /// <summary>True when both sets hold the same categories.</summary>
    public static bool operator ==(in CategorySet a, in CategorySet b) => a.Equals(b);

    /// <summary>True when the sets differ.</summary>
    public static bool operator !=(in CategorySet a, in CategorySet b) => !a.Equals(b);

    /// <summary>Walks the indices of a set, ascending.</summary>
    public struct Enumerator
    {
        private CategorySet _rest;

        internal Enumerator(CategorySet set) => (_rest, Current) = (set, -1);

        /// <summary>The index of the category the walk stands on.</summary>
        public int Current { get; private set; }

        /// <summary>Goes to the next category; false after the last.</summary>
        public bool MoveNext()
        {
            Current = _rest.FirstIndex;
            if (Current < 0) return false;
            _rest = _rest.Except(Empty.With(Current));
            return true;
        }
    }
}
