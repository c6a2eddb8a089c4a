namespace FilterGate.Testing;

/// <summary>What some work allocates.</summary>
public static class Allocations
{
    /// <summary>Bytes that this thread allocates in the work: the least of a few runs, because a collection that another test causes makes the runtime put aside the rest of this thread's block, and counts that too.</summary>
    public static long Of(Action work)
    {
        ArgumentNullException.ThrowIfNull(work);
        var least = long.MaxValue;
        for (var run = 0; run < 5 && least > 0; run++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            work();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }
        return least;
    }
}
