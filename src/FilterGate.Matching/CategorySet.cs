using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace FilterGate.Matching;

/// <summary>A set of categories, one bit each: the narrow waist between lists and policy.</summary>
/// <remarks>32 bytes, no allocation, compared bit for bit. The bit is <see cref="Category.Index"/>, 0 to 255
/// (<c>matcher.md</c> reserves 256: about 100 categories of the taxonomy and those that a school's own folders add).</remarks>
public readonly struct CategorySet : IEquatable<CategorySet>
{
    /// <summary>How many categories a set can hold.</summary>
    public const int Capacity = 256;

    // One vector, so that what is done with a set is an instruction where the processor has one for 256 bits.
    private readonly Vector256<ulong> _bits;

    private CategorySet(Vector256<ulong> bits) => _bits = bits;

    /// <summary>No category: an unknown site.</summary>
    public static CategorySet Empty => default;

    /// <summary>True when no category is in the set.</summary>
    public bool IsEmpty
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _bits == Vector256<ulong>.Zero;
    }

    /// <summary>How many categories are in the set.</summary>
    public int Count
    {
        get
        {
            var count = 0;
            for (var i = 0; i < Vector256<ulong>.Count; i++) count += BitOperations.PopCount(_bits[i]);
            return count;
        }
    }

    /// <summary>The lowest index in the set, or -1 when it is empty.</summary>
    public int FirstIndex
    {
        get
        {
            for (var i = 0; i < Vector256<ulong>.Count; i++)
                if (_bits[i] is not 0 and var bits) return 64 * i + BitOperations.TrailingZeroCount(bits);
            return -1;
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
        return new(_bits.WithElement(index >> 6, _bits[index >> 6] | 1UL << index));
    }

    /// <summary>This set without the categories of another.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public CategorySet Except(in CategorySet other) => new(Vector256.AndNot(_bits, other._bits));

    /// <summary>True when the category with this index is in the set; false for an index out of range.</summary>
    public bool Contains(int index) => (uint)index < Capacity && (_bits[index >> 6] >> index & 1) != 0;

    /// <summary>True when the two sets share a category.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Overlaps(in CategorySet other) => (_bits & other._bits) != Vector256<ulong>.Zero;

    /// <summary>The categories in both sets.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static CategorySet operator &(in CategorySet a, in CategorySet b) => new(a._bits & b._bits);

    /// <summary>The categories in either set.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static CategorySet operator |(in CategorySet a, in CategorySet b) => new(a._bits | b._bits);

    /// <summary>The categories in both sets.</summary>
    public static CategorySet BitwiseAnd(CategorySet left, CategorySet right) => left & right;

    /// <summary>The categories in either set.</summary>
    public static CategorySet BitwiseOr(CategorySet left, CategorySet right) => left | right;

    /// <summary>The indices in the set, ascending; no allocation.</summary>
    public Enumerator GetEnumerator() => new(this);

    /// <inheritdoc/>
    public bool Equals(CategorySet other) => _bits == other._bits;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is CategorySet other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => _bits.GetHashCode();

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
