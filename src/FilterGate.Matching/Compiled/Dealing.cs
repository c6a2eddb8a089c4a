namespace FilterGate.Matching.Compiled;

/// <summary>What can be dealt into parts.</summary>
internal interface IDealt
{
    /// <summary>The hash whose first bits say which part it is of.</summary>
    ulong DealtBy { get; }
}

/// <summary>Deals blocks of things into parts by the first bits of a hash, in several threads.</summary>
/// <remarks>Each thread counts and then deals blocks of its own, to places that no other thread writes. Within a part what comes of one block stays in its order.</remarks>
internal static class Dealing
{
    // How many deal at most: more than a school's box has processors, and few enough for their counts to be nothing beside the things.
    private const int DealersMax = 8;

    /// <summary>Which part a hash is of.</summary>
    /// <param name="hash">The hash.</param>
    /// <param name="bits">Binary logarithm of the number of parts.</param>
    // A shift by 64 is a shift by 0 in C#.
    public static int PartOf(ulong hash, int bits) => bits == 0 ? 0 : (int)(hash >> 64 - bits);

    /// <returns>What was dealt, part after part, and where each part begins; one place more for the end of the last.</returns>
    public static (T[] Dealt, int[] Starts) Deal<T>(IReadOnlyList<ReadOnlyMemory<T>> blocks, int bits) where T : struct, IDealt
    {
        var dealers = Math.Clamp(blocks.Count, 1, DealersMax);
        var places = new int[dealers][];
        Parallel.For(0, dealers, dealer =>
        {
            var counts = places[dealer] = new int[1 << bits];
            for (var i = dealer; i < blocks.Count; i += dealers)
                foreach (ref readonly var item in blocks[i].Span) counts[PartOf(item.DealtBy, bits)]++;
        });
        var starts = new int[(1 << bits) + 1];
        var total = 0;
        for (var part = 0; part < starts.Length - 1; part++)
        {
            starts[part] = total;
            foreach (var ofDealer in places) (ofDealer[part], total) = (total, total + ofDealer[part]);
        }
        starts[^1] = total;
        var dealt = GC.AllocateUninitializedArray<T>(total);
        Parallel.For(0, dealers, dealer =>
        {
            var next = places[dealer];
            for (var i = dealer; i < blocks.Count; i += dealers)
                foreach (ref readonly var item in blocks[i].Span) dealt[next[PartOf(item.DealtBy, bits)]++] = item;
        });
        return (dealt, starts);
    }
}
