namespace FilterGate.Events.Tests;

internal sealed class EventIdTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);

    [Test]
    public void Next_InOneMillisecond_KeepsOrderOfMakingAsBytesAndAsGuid()
    {
        // A millisecond of its own: the count goes on over a whole process.
        var ids = Enumerable.Range(0, 20_000).Select(_ => EventId.Next(Noon.AddHours(7))).ToArray();

        Assert.That(ids, Is.Ordered);
        Assert.That(ids.Select(id => Convert.ToHexString(EventId.ToBytes(id))), Is.Ordered.Using((IComparer<string>)StringComparer.Ordinal));
        Assert.That(ids, Is.Unique);
    }

    [Test]
    public void Next_EarlierTimeAfterLater_SortsByTime()
    {
        var later = EventId.Next(Noon.AddMilliseconds(1));
        var earlier = EventId.Next(Noon);

        Assert.That(earlier, Is.LessThan(later));
        Assert.That(EventId.TimeOf(earlier), Is.EqualTo(Noon));
    }

    [Test]
    public void Next_FromManyThreads_NeverRepeats()
    {
        var ids = new System.Collections.Concurrent.ConcurrentBag<Guid>();
        Parallel.For(0, 20_000, _ => ids.Add(EventId.Next(Noon)));
        Assert.That(ids, Is.Unique);
    }

    [Test]
    public void Next_Always_IsAVersion7VariantRfc()
    {
        var id = EventId.Next(Noon);
        Assert.That((id.Version, id.Variant & 0xC), Is.EqualTo((7, 8)));
    }

    [Test]
    public void Derive_SameInstantAndName_IsTheSameIdAndNoOther()
    {
        var id = EventId.Derive(Noon, "gateway/override 12 ended");
        Assert.That(EventId.Derive(Noon, "gateway/override 12 ended"), Is.EqualTo(id));
        Assert.That(EventId.Derive(Noon, "gateway/override 13 ended"), Is.Not.EqualTo(id));
        Assert.That(EventId.Derive(Noon.AddMilliseconds(1), "gateway/override 12 ended"), Is.GreaterThan(id));
        Assert.That((id.Version, id.Variant & 0xC, EventId.TimeOf(id)), Is.EqualTo((7, 8, Noon)));
    }

    [Test]
    public void FirstOf_Instant_IsNotAfterAnyIdOfItAndAfterThoseBefore()
    {
        static string Hex(byte[] bytes) => Convert.ToHexString(bytes);
        var first = Hex(EventId.FirstOf(Noon));
        Assert.That(first, Is.LessThan(Hex(EventId.ToBytes(EventId.Next(Noon)))).Using((IComparer<string>)StringComparer.Ordinal));
        Assert.That(first, Is.GreaterThan(Hex(EventId.ToBytes(EventId.Next(Noon.AddMilliseconds(-1))))).Using((IComparer<string>)StringComparer.Ordinal));
    }

    [Test]
    public void FilterEvent_WithoutId_GetsOneOfItsTime_InEitherOrderOfInitialisers()
    {
        var given = EventId.Next(Noon);
        Assert.That(EventId.TimeOf(new FilterEvent { Time = Noon, Kind = EventKind.Block }.Id), Is.EqualTo(Noon));
        Assert.That(new FilterEvent { Id = given, Time = Noon, Kind = EventKind.Block }.Id, Is.EqualTo(given));
        Assert.That(new FilterEvent { Time = Noon, Kind = EventKind.Block, Id = given }.Id, Is.EqualTo(given));
    }
}
