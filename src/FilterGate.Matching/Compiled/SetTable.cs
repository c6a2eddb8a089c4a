using System.Collections.Concurrent;

namespace FilterGate.Matching.Compiled;

/// <summary>The sets of categories of a list while it is laid out, each once and known by a number; the empty one is 0. Safe from several threads until <see cref="Renumber"/>.</summary>
internal sealed class SetTable
{
    private readonly ConcurrentDictionary<CategorySet, int> _ids = new() { [CategorySet.Empty] = 0 };
    private readonly Lock _adding = new();
    // Written before the number is given out, and replaced whole when it is full: whoever has a number finds its set.
    private CategorySet[] _sets = new CategorySet[1024];

    public int Count { get; private set; } = 1;

    public ReadOnlySpan<CategorySet> Sets => _sets.AsSpan(0, Count);

    public ref readonly CategorySet this[int id] => ref Volatile.Read(ref _sets)[id];

    /// <summary>The number of a set, a new one for a set that has none.</summary>
    public int Intern(in CategorySet set)
    {
        if (_ids.TryGetValue(set, out var id)) return id;
        lock (_adding)
        {
            if (_ids.TryGetValue(set, out id)) return id;
            if (Count == _sets.Length)
            {
                var sets = new CategorySet[Count * 2];
                _sets.CopyTo(sets, 0);
                Volatile.Write(ref _sets, sets);
            }
            _sets[Count] = set;
            return _ids[set] = Count++;
        }
    }

    /// <summary>Gives the sets most used the smallest numbers, which take one byte in a record. The empty set stays first.</summary>
    /// <param name="uses">How often each is used, by its number.</param>
    /// <returns>The new numbers, by the old ones.</returns>
    public int[] Renumber(int[] uses)
    {
        uses[0] = int.MaxValue;
        var order = Enumerable.Range(0, Count).OrderByDescending(id => uses[id]).ToArray();
        var sets = Sets.ToArray();
        var numbers = new int[Count];
        for (var i = 0; i < order.Length; i++)
        {
            numbers[order[i]] = i;
            _sets[i] = sets[order[i]];
            // Ranges of addresses are given their sets after this, and ask by content.
            _ids[_sets[i]] = i;
        }
        return numbers;
    }
}
