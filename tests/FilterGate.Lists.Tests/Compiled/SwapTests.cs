using System.Runtime.CompilerServices;
using FilterGate.Lists.Compiled;
using FilterGate.Matching;

namespace FilterGate.Lists.Tests.Compiled;

public sealed class SwapTests
{
    private const int Swaps = 200, Names = 3_000;

    // A request reads the lists once and keeps them to its end; who holds the old ones holds their memory, and nobody else does.
    [Test]
    public void Swap_TwoHundredTimesUnderReaders_EveryAnswerIsRightAndTheMapsAreReleased()
    {
        using var box = new Box();
        // Even names are in the one, odd names in the other, both with a delta of their own.
        ListFolder[] folders = [Compiled(box, "even", 0), Compiled(box, "odd", 1)];
        var before = Settled(MappedFile.Count);
        var (asked, wrong, failures) = Run(box, folders);
        var left = Settled(before + 6);
        TestContext.Progress.WriteLine($"{Swaps} swaps, {asked:n0} look-ups, {left - before} maps left");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(failures, Is.Empty);
            Assert.That(wrong, Is.Zero);
            Assert.That(asked, Is.GreaterThan(10_000));
            Assert.That(left, Is.LessThanOrEqualTo(before + 6));
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static (long Asked, long Wrong, IReadOnlyList<Exception> Failures) Run(Box box, ListFolder[] folders)
    {
        var urls = Enumerable.Range(0, Names).Select(i => Box.Url($"n{i}.example/x")).ToArray();
        var current = new Snapshot(Open(box, folders[0]), 0);
        var (asked, wrong, isDone) = (0L, 0L, false);
        var failures = new List<Exception>();
        Thread[] readers = [.. Enumerable.Range(0, 2).Select(_ => new Thread(Read))];
        foreach (var reader in readers) reader.Start();
        for (var i = 1; i <= Swaps; i++)
        {
            Volatile.Write(ref current, new(Open(box, folders[i & 1]), i & 1));
            // Collecting while others read: what is released too early would fail now.
            if (i % 10 == 0) GC.Collect(0, GCCollectionMode.Forced, blocking: false);
            if (i % 50 == 0) GC.Collect();
        }
        Volatile.Write(ref isDone, true);
        foreach (var reader in readers) reader.Join();
        return (asked, wrong, failures);

        void Read()
        {
            try
            {
                var (mine, bad) = (0L, 0L);
                for (var i = 0; !Volatile.Read(ref isDone); i = (i + 1) % Names)
                {
                    var snapshot = Volatile.Read(ref current);
                    if (snapshot.Layers.Matches(urls[i], Seen.Url) != (i % 2 == snapshot.Parity)) bad++;
                    if (i % 101 == 0 && snapshot.Layers.Explain(urls[i], Seen.Url).Length != (i % 2 == snapshot.Parity ? 1 : 0)) bad++;
                    mine++;
                }
                Interlocked.Add(ref asked, mine);
                Interlocked.Add(ref wrong, bad);
            }
            catch (Exception e)
            {
                lock (failures) failures.Add(e);
            }
        }
    }

    private static ListFolder Compiled(Box box, string name, int parity)
    {
        var folder = new ListFolder(box[name]);
        Directory.CreateDirectory(folder.Root);
        var store = new ListStore(folder, box.Clock);
        var mine = Enumerable.Range(0, Names).Where(i => i % 2 == parity).Select(i => $"n{i}.example").ToArray();
        store.Compile([box.File("own/one", mine[..^100].Append("gone.example"))]);
        Assert.That(store.Compile([box.File("own/one", mine)]).Kind, Is.EqualTo(CompileKind.Delta));
        return folder;
    }

    private static ListLayers Open(Box box, ListFolder folder) => new ListStore(folder, box.Clock).OpenInForce(out _)!.Layers;

    /// <summary>How many files are mapped once the collector has had its turns; as soon as that is as few as expected.</summary>
    private static int Settled(int expected)
    {
        for (var i = 0; i < 20 && (i < 2 || MappedFile.Count > expected); i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
        return MappedFile.Count;
    }

    private sealed record Snapshot(ListLayers Layers, int Parity);
}
